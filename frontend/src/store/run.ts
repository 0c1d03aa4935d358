/**
 * What the page knows of a run: rings that frames write and panels read. Nothing here touches the DOM or Plotly.
 *
 * Frame arrays never pass through signals: `RunStore.apply` writes them and bumps `version`; the scheduler draws what changed.
 * Layer l is at index l − 1 everywhere; a relaxation's rows are indexed by t.
 */

/** One relaxation: rows by inference step. A row that no frame brought is null (never drawn as zero). */
export interface Relaxation {
  readonly learnStep: number;
  /** T when the relaxation began; 0 where the algorithm does not infer. */
  readonly plannedSteps: number;
  /** The learning step that follows this relaxation. */
  readonly nextLearnStep: number;
  /** `rows.get("layer_energy")?.[t]` is the (L) row of that column at t, or undefined. */
  readonly rows: ReadonlyMap<string, ReadonlyArray<Float32Array | undefined>>;
  /** Columns without a t axis, e.g. `trajectory_start`, `arrival_step`; the newest values. */
  readonly fixed: ReadonlyMap<string, Float32Array>;
  /** The largest t with a row, −1 when empty. */
  readonly lastStep: number;
}

/** A series over learning steps, bounded: when full, neighbours merge and `stride` says how many steps a point stands for. */
export interface LearningSeries {
  readonly length: number;
  readonly stride: number;
  readonly step: Float64Array;
  /** loss, total, output, hidden, imbalance_decades, imbalance_slope, test_accuracy, train_accuracy, test_loss */
  column(name: string): Float32Array;
}

/** A mark on the clocks and on every learning axis: a change, restart, pause or divergence. */
export interface RunEvent {
  readonly kind: "change" | "restart" | "pause" | "diverged" | "start" | "note";
  /** Number of the change (1, 2, …), "!" for a divergence, "" otherwise. */
  readonly mark: string;
  readonly learnStep: number;
  readonly inferStep: number;
  readonly title: string;
  readonly detail: string;
}

/** Hovered or pinned layer (1..L) and inference step; null means none. Pinned holds when hover is null. */
export interface Focus {
  readonly layer: number | null;
  readonly inferStep: number | null;
}

/** Where and why the run stopped itself, by the values of then. */
export interface Divergence {
  readonly layer: number;
  readonly learnStep: number;
  readonly inferStep: number;
  /** "layers 11–13, 13 first to pass". */
  readonly where: string;
  readonly cause: string;
  /** The largest stable activity rate of then; null where there is none. */
  readonly limit: number | null;
}

/** What a panel may read. */
export interface RunView {
  readonly version: number;
  readonly epoch: number;
  readonly depth: number;
  readonly width: number;
  readonly learnStep: number;
  readonly inferStep: number;
  /** T in force. */
  readonly plannedSteps: number;
  readonly pace: "slow" | "training";
  readonly isPaused: boolean;
  readonly current: Relaxation;
  /** The learning step before, for "sweep, do not scroll"; null at k = 0. */
  readonly previous: Relaxation | null;
  /**
   * The newest values of every column with neither a t nor a k axis. A relaxation's own are in its `fixed`; what is measured of the run
   * now and then stays known here while one relaxation follows another.
   */
  readonly latest: ReadonlyMap<string, Float32Array>;
  readonly learning: LearningSeries;
  /** By panel, the server's sentence on why it has nothing to show of this run. */
  readonly panelNotes: Readonly<Record<string, string>>;
  /** The server's sentence on how the output's error comes to the layers of this run. */
  readonly course: string;
  readonly events: ReadonlyArray<RunEvent>;
  /** As the server tells it: it stays what it is, whatever is moved later. */
  readonly diverged: Divergence | null;
  /** Values of every control, as applied by the server. */
  readonly values: Readonly<Record<string, string | number | boolean>>;
  readonly focus: Focus;
  readonly stability: { limit: number; learnStep: number } | null;
  readonly evaluation: { testAccuracy: number; trainAccuracy: number; testLoss: number; learnStep: number } | null;
}
