/** The rows of one relaxation, filled by frames. Rows are views into the frames that brought them; nothing is copied. */

import type { Frame } from "../protocol/frames";
import type { Relaxation } from "./run";

type Rows = Array<Float32Array | undefined>;

/** Columns over learning steps, or about the run as a whole, are no part of a relaxation. */
export function isOfRelaxation(column: string): boolean {
  return !column.startsWith("learning_") && column !== "evaluation" && column !== "stability";
}

export class RelaxationStore implements Relaxation {
  readonly learnStep: number;
  readonly #assumedSteps: number;
  readonly rows = new Map<string, Rows>();
  readonly fixed = new Map<string, Float32Array>();
  lastStep = -1;

  /** `assumedSteps` is T until a frame has said it. */
  constructor(learnStep: number, assumedSteps: number) {
    this.learnStep = learnStep;
    this.#assumedSteps = assumedSteps;
  }

  get plannedSteps(): number {
    return this.fixed.get("plan")?.[0] ?? this.#assumedSteps;
  }

  get nextLearnStep(): number {
    return this.fixed.get("plan")?.[1] ?? this.learnStep + 1;
  }

  /** Whether a frame goes on from here; one that begins at t = 0 again is a new relaxation of the same learning step. */
  continues(frame: Frame): boolean {
    return frame.header.learn_step === this.learnStep && !(frame.header.infer_steps[0] === 0 && this.lastStep > 0);
  }

  add(frame: Frame): void {
    const steps = frame.header.infer_steps;
    for (const [name, { shape, data }] of frame.columns) {
      if (!isOfRelaxation(name)) continue;
      const [, rowLength] = shape;
      if (rowLength === undefined) this.fixed.set(name, data);
      else this.#addRows(name, steps, data, rowLength);
    }
    for (const step of steps) this.lastStep = Math.max(this.lastStep, step);
  }

  #addRows(name: string, steps: ReadonlyArray<number>, data: Float32Array, rowLength: number): void {
    let rows = this.rows.get(name);
    if (rows === undefined) {
      rows = [];
      this.rows.set(name, rows);
    }
    for (const [index, step] of steps.entries()) {
      // An array with holes would be slow and would skip them silently; a row that no frame brought is undefined.
      while (rows.length < step) rows.push(undefined);
      rows[step] = data.subarray(index * rowLength, (index + 1) * rowLength);
    }
  }
}

/** The row of a column at `step`, or the nearest before it that a frame brought. */
export function rowAt(relaxation: Relaxation, column: string, step: number): Float32Array | undefined {
  const rows = relaxation.rows.get(column);
  for (let at = Math.min(step, relaxation.lastStep); at >= 0; at -= 1) {
    const row = rows?.[at];
    if (row !== undefined) return row;
  }
  return undefined;
}
