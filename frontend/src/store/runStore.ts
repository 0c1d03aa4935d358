/** The run as frames and messages tell it: what panels read. Only `live.ts` writes here. */

import type { Value, Values } from "../protocol/catalogue";
import type { Frame } from "../protocol/frames";
import { type Evaluation, LearningStore } from "./learning";
import { isOfRelaxation, RelaxationStore } from "./relaxation";
import type { Divergence, Focus, RunEvent, RunView } from "./run";

type Stability = NonNullable<RunView["stability"]>;

export class RunStore implements RunView {
  version = 0;
  epoch = -1;
  learnStep = 0;
  inferStep = 0;
  current = new RelaxationStore(0, 0);
  previous: RelaxationStore | null = null;
  readonly latest = new Map<string, Float32Array>();
  panelNotes: Readonly<Record<string, string>> = {};
  course = "";
  isPaused = false;
  learning = new LearningStore();
  events: ReadonlyArray<RunEvent> = [];
  diverged: Divergence | null = null;
  values: Values = {};
  stability: Stability | null = null;
  evaluation: Evaluation | null = null;
  #hovered: Focus = NOTHING;
  #pinned: number | null = null;
  #depth = 0;

  get depth(): number {
    return this.#depth || Number(this.values.depth ?? 0);
  }

  get width(): number {
    return Number(this.values.width ?? 0);
  }

  get pace(): "slow" | "training" {
    return this.values.pace === "training" ? "training" : "slow";
  }

  get plannedSteps(): number {
    return this.current.plannedSteps;
  }

  get focus(): Focus {
    return { layer: this.#hovered.layer ?? this.pinnedLayer, inferStep: this.#hovered.inferStep };
  }

  /** The layer that a person pinned, else the one that diverged, else the one whose activities are drawn. */
  get pinnedLayer(): number | null {
    if (this.#pinned !== null && this.#pinned <= this.depth) return this.#pinned;
    if (this.diverged !== null) return this.diverged.layer;
    const watched = this.current.fixed.get("trajectory_layer")?.[0] ?? Number.NaN;
    return Number.isFinite(watched) && watched >= 1 ? watched : null;
  }

  /** Begin again from nothing: a new session, or the same with a new epoch. */
  begin(epoch: number, values: Values): void {
    this.epoch = epoch;
    this.values = { ...this.values, ...values };
    this.#depth = 0;
    this.learnStep = 0;
    this.inferStep = 0;
    this.current = new RelaxationStore(0, this.#stepsSet);
    this.previous = null;
    this.latest.clear();
    this.learning = new LearningStore();
    this.diverged = null;
    this.stability = null;
    this.evaluation = null;
    this.#hovered = NOTHING;
    this.touch();
  }

  /** The values of a run that goes on. */
  refresh(values: Values): void {
    this.values = { ...this.values, ...values };
    this.touch();
  }

  /** A control has a new value. */
  set(control: string, value: Value): void {
    this.values = { ...this.values, [control]: value };
    this.touch();
  }

  /** Take a frame. One of another epoch is void; false then. */
  apply(frame: Frame): boolean {
    const { header, columns } = frame;
    if (header.epoch !== this.epoch) return false;
    if (this.current.lastStep < 0 || !this.current.continues(frame)) this.#open(header.learn_step);
    this.current.add(frame);
    this.learning.add(frame);
    for (const [name, { shape, data }] of columns) {
      if (shape.length === 1 && isOfRelaxation(name)) this.latest.set(name, data);
    }
    this.#depth = columns.get("layer_energy")?.shape[1] ?? this.#depth;
    this.learnStep = header.learn_step;
    this.inferStep = header.infer_steps.at(-1) ?? this.inferStep;
    const [limit = Number.NaN, measuredAt = Number.NaN] = columns.get("stability")?.data ?? [];
    // A limit that is not there, measured at some k, is an answer: this run has none.
    if (Number.isFinite(measuredAt)) this.#measured(limit, measuredAt);
    const [testAccuracy = Number.NaN, trainAccuracy = Number.NaN, testLoss = Number.NaN, evaluatedAt = Number.NaN] =
      columns.get("evaluation")?.data ?? [];
    if (Number.isFinite(evaluatedAt)) {
      this.evaluation = { testAccuracy, trainAccuracy, testLoss, learnStep: evaluatedAt };
      this.learning.evaluate(this.evaluation);
    }
    this.touch();
    return true;
  }

  /** A limit that is the same stays the same object, so that nothing is drawn anew for it. */
  #measured(limit: number, learnStep: number): void {
    if (!Number.isFinite(limit)) this.stability = null;
    else if (this.stability?.limit !== limit || this.stability.learnStep !== learnStep)
      this.stability = { limit, learnStep };
  }

  diverge(divergence: Divergence | null): void {
    this.diverged = divergence;
    this.touch();
  }

  /** What the server says of panels and of the error's course now, instead of what it said before. */
  note(panelNotes: Readonly<Record<string, string>>, course: string): void {
    this.panelNotes = panelNotes;
    this.course = course;
    this.touch();
  }

  mark(events: ReadonlyArray<RunEvent>): void {
    this.events = events;
    this.touch();
  }

  hover(layer: number | null, inferStep: number | null): void {
    if (this.#hovered.layer === layer && this.#hovered.inferStep === inferStep) return;
    this.#hovered = { layer, inferStep };
    this.touch();
  }

  pin(layer: number | null): void {
    this.#pinned = layer;
    this.touch();
  }

  touch(): void {
    this.version += 1;
  }

  #open(learnStep: number): void {
    const isNext = this.current.lastStep >= 0 && this.current.learnStep !== learnStep;
    if (isNext) this.previous = this.current;
    this.current = new RelaxationStore(learnStep, this.#stepsSet);
  }

  get #stepsSet(): number {
    return Number(this.values.n_inference_steps ?? 0);
  }
}

const NOTHING: Focus = { layer: null, inferStep: null };
