/**
 * Numbers over learning steps in bounded memory. When the series is full, neighbours merge in pairs and `stride` doubles.
 *
 * Merging keeps the larger value, so that a spike survives however long the run: a point then reads "the most in `stride`
 * learning steps". A value that is not finite survives as well. Accuracy, which is measured only now and then, keeps the newer.
 */

import type { Frame } from "../protocol/frames";
import type { LearningSeries } from "./run";

const CAPACITY = 1024;

const ENERGY_COLUMNS = ["loss", "total", "output", "hidden", "imbalance_decades", "imbalance_slope"] as const;
const EVALUATION_COLUMNS = ["test_accuracy", "train_accuracy", "test_loss"] as const;
type EnergyColumn = (typeof ENERGY_COLUMNS)[number];
type EvaluationColumn = (typeof EVALUATION_COLUMNS)[number];

/** What was measured on the data sets, and after how many learning steps; accuracies are NaN for regression. */
export interface Evaluation {
  readonly testAccuracy: number;
  readonly trainAccuracy: number;
  readonly testLoss: number;
  readonly learnStep: number;
}

/** Whether a panel's column is one over learning steps, which every frame carries. */
export function isOfLearning(column: string): boolean {
  const known: ReadonlyArray<string> = [...ENERGY_COLUMNS, ...EVALUATION_COLUMNS, "evaluation"];
  return column.startsWith("learning_") || known.includes(column);
}

export class LearningStore implements LearningSeries {
  length = 0;
  stride = 1;
  readonly #capacity: number;
  readonly #step: Float64Array;
  readonly #columns = new Map<string, Float32Array>();
  /** Measured before the learning step that it belongs to was finished. */
  #waiting: Evaluation | null = null;
  #evaluatedStep = -1;

  constructor(capacity = CAPACITY) {
    this.#capacity = capacity;
    this.#step = new Float64Array(capacity);
    for (const name of [...ENERGY_COLUMNS, ...EVALUATION_COLUMNS]) {
      this.#columns.set(name, new Float32Array(capacity).fill(Number.NaN));
    }
  }

  get step(): Float64Array {
    return this.#step.subarray(0, this.length);
  }

  column(name: string): Float32Array {
    const values = this.#columns.get(name);
    if (values === undefined) throw new RangeError(`There is no learning series named ${name}.`);
    return values.subarray(0, this.length);
  }

  /** Take the `learning_*` columns of a frame: M finished learning steps, oldest first. */
  add(frame: Frame): void {
    const steps = frame.columns.get("learning_step")?.data;
    if (steps === undefined) return;
    const source = (name: string) => frame.columns.get(`learning_${name}`)?.data;
    const energies = {
      loss: source("loss"),
      total: source("total"),
      output: source("output"),
      hidden: source("hidden"),
    };
    const imbalance = source("imbalance");
    for (const [index, step] of steps.entries()) {
      // A resumed session may repeat a learning step that is already here.
      if (this.length > 0 && step <= (this.#step[this.length - 1] ?? -1)) continue;
      this.#append(step, {
        loss: energies.loss?.[index],
        total: energies.total?.[index],
        output: energies.output?.[index],
        hidden: energies.hidden?.[index],
        imbalance_decades: imbalance?.[2 * index],
        imbalance_slope: imbalance?.[2 * index + 1],
      });
    }
  }

  /** Put a measurement at the learning step after which it was made. */
  evaluate(evaluation: Evaluation): void {
    if (evaluation.learnStep <= this.#evaluatedStep) return;
    const index = this.#indexOf(evaluation.learnStep);
    this.#waiting = index === null ? evaluation : null;
    if (index !== null) this.#writeEvaluation(index, evaluation);
  }

  #append(step: number, values: Record<EnergyColumn, number | undefined>): void {
    const last = this.length - 1;
    const merges = last >= 0 && Math.floor(step / this.stride) === Math.floor((this.#step[last] ?? 0) / this.stride);
    if (!merges && this.length === this.#capacity) {
      this.#halve();
      this.#append(step, values);
      return;
    }
    const index = merges ? last : this.length;
    for (const name of ENERGY_COLUMNS) {
      const value = values[name] ?? Number.NaN;
      const column = this.#values(name);
      column[index] = merges ? larger(column[index] ?? Number.NaN, value) : value;
    }
    if (!merges) {
      this.#step[index] = step;
      for (const name of EVALUATION_COLUMNS) this.#values(name)[index] = Number.NaN;
      this.length += 1;
    }
    if (this.#waiting !== null) this.evaluate(this.#waiting);
  }

  #halve(): void {
    this.stride *= 2;
    let kept = 0;
    for (let index = 0; index < this.length; index += 1) {
      const step = this.#step[index] ?? 0;
      const merges =
        kept > 0 && Math.floor(step / this.stride) === Math.floor((this.#step[kept - 1] ?? 0) / this.stride);
      if (!merges) this.#step[kept] = step;
      const target = merges ? kept - 1 : kept;
      for (const name of ENERGY_COLUMNS) {
        const column = this.#values(name);
        const value = column[index] ?? Number.NaN;
        column[target] = merges ? larger(column[target] ?? Number.NaN, value) : value;
      }
      for (const name of EVALUATION_COLUMNS) {
        const column = this.#values(name);
        const value = column[index] ?? Number.NaN;
        if (!merges || !Number.isNaN(value)) column[target] = value;
      }
      if (!merges) kept += 1;
    }
    this.length = kept;
  }

  #indexOf(step: number): number | null {
    for (let index = this.length - 1; index >= 0; index -= 1) {
      const at = this.#step[index] ?? 0;
      // After k learning steps means at the end of step k − 1, whose point may stand for several.
      if (at <= Math.max(0, step - 1)) return step - 1 < at + this.stride || index < this.length - 1 ? index : null;
    }
    return null;
  }

  #writeEvaluation(index: number, { testAccuracy, trainAccuracy, testLoss, learnStep }: Evaluation): void {
    this.#evaluatedStep = learnStep;
    this.#values("test_accuracy")[index] = testAccuracy;
    this.#values("train_accuracy")[index] = trainAccuracy;
    this.#values("test_loss")[index] = testLoss;
  }

  #values(name: EnergyColumn | EvaluationColumn): Float32Array {
    return this.#columns.get(name) as Float32Array;
  }
}

/** The larger of two; NaN ("not there") gives way to a number, infinity to nothing. */
function larger(a: number, b: number): number {
  if (Number.isNaN(a)) return b;
  if (Number.isNaN(b)) return a;
  return Math.max(a, b);
}
