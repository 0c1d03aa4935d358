/* Generated from server/pcviz_server/protocol/schema.json by `npm run codegen`; do not edit. */

export type ServerMessage = Hello | Applied | Rejected | Status | Diverged | Restarted | Notes | Heartbeat;
export type ClientMessage = Play | Pause | Infer | Learn | Change | Reset | Ack | Show;

/**
 * First message on every socket. `resumed` says that the session existed; `spec` and `view` are its present values.
 */
export interface Hello {
  op: "hello";
  protocol: number;
  session: string;
  epoch: number;
  resumed: boolean;
  spec: {
    [k: string]: boolean | number | string;
  };
  view: {
    [k: string]: boolean | number | string;
  };
  device: string;
}
/**
 * A change was taken. `effect` says how; a `next_step` change is in force from learning step `learn_step` at the earliest.
 *
 * `seq` is that of the change, or null where this socket did not ask: another socket of the same session made the change,
 * or a restart made it necessary.
 */
export interface Applied {
  op: "applied";
  seq: number | null;
  control: string;
  value: boolean | number | string;
  effect: "live" | "next_step" | "restart" | "view";
  learn_step: number;
  infer_step: number;
}
/**
 * A message was refused; nothing changed. `seq` is that of a refused change, else null.
 */
export interface Rejected {
  op: "rejected";
  seq: number | null;
  reason: string;
}
/**
 * The run's present state, sent whenever it changes. `compiling` says what is being compiled while the old run streams.
 */
export interface Status {
  op: "status";
  state: "starting" | "playing" | "paused";
  reason: string;
  compiling: string | null;
  learn_step: number;
  infer_step: number;
}
/**
 * The run paused itself: the layer, the two clocks, why in a sentence, and what to try. It stays so whatever is moved later.
 *
 * `where` names the layer and the neighbours that are as large; `cause` is the part of `reason` that says why, not what; `limit`
 * is the largest stable activity rate of then, null where there is none.
 */
export interface Diverged {
  op: "diverged";
  layer: number;
  learn_step: number;
  infer_step: number;
  reason: string;
  suggestion: Suggestion | null;
  where: string;
  cause: string;
  limit: number | null;
}
/**
 * A control value that would probably help.
 */
export interface Suggestion {
  control: string;
  value: boolean | number | string;
}
/**
 * A new run began under this `epoch`; frames of older epochs are void. `spec` holds the values it started from.
 */
export interface Restarted {
  op: "restarted";
  epoch: number;
  reason: string;
  spec: {
    [k: string]: boolean | number | string;
  };
}
/**
 * Sentences about the run as it is: by control, what its value means here; by panel, why there is nothing to show.
 *
 * `course` is the sentence on how the output's error comes to the layers of the relaxation under way; `every_layer_at` is the t
 * from which every layer has an error under the values last set, null for never or not to be foretold. `offers` holds, by a
 * control whose value asks for it, a value of another one. They replace those of the last `notes`.
 */
export interface Notes {
  op: "notes";
  controls: {
    [k: string]: string;
  };
  panels: {
    [k: string]: string;
  };
  course: string;
  every_layer_at: number | null;
  offers: {
    [k: string]: Suggestion;
  };
}
/**
 * Sent when nothing else was for some seconds, so that a page can tell silence from a dead connection.
 */
export interface Heartbeat {
  op: "heartbeat";
}
/**
 * Run at the current pace. Does nothing while playing. After a divergence the learning step starts again at t = 0.
 */
export interface Play {
  op: "play";
}
/**
 * Stop after the step under way.
 */
export interface Pause {
  op: "pause";
}
/**
 * Pause, then do `n` inference steps; they may go past T.
 */
export interface Infer {
  op: "infer";
  n: number;
}
/**
 * Pause, then finish `n` learning steps.
 */
export interface Learn {
  op: "learn";
  n: number;
}
/**
 * Set one control. `seq` is the sender's own counter; frames and the answer refer to it.
 */
export interface Change {
  op: "change";
  control: string;
  value: boolean | number | string;
  seq: number;
}
/**
 * Start the run again with the current control values, from the same seed or a new one. Playing or paused stays so.
 */
export interface Reset {
  op: "reset";
  seed: number | null;
}
/**
 * Frames up to `seq` have arrived; two may be in flight.
 */
export interface Ack {
  op: "ack";
  seq: number;
}
/**
 * Which columns the shown panels need, beyond those that every frame carries. Replaces the last `show`.
 */
export interface Show {
  op: "show";
  columns: string[];
}
/**
 * What a frame is about: which run (`epoch`), which learning step, which inference steps its rows are.
 */
export interface FrameHeader {
  seq: number;
  epoch: number;
  learn_step: number;
  infer_steps: number[];
  applied_seq: number;
  columns: Column[];
}
/**
 * Where one column lies in the body. `shape` is row-major; a column may be empty.
 */
export interface Column {
  name: string;
  shape: number[];
  offset: number;
}
/**
 * Everything that a page offers without knowing it beforehand.
 */
export interface Catalogue {
  protocol: number;
  controls: CatalogueControl[];
  panels: CataloguePanel[];
}
/**
 * One thing a person can change. `only_when` names the values of other controls under which it does anything.
 *
 * `shape` is the most rows and columns of a grid, and empty for every other kind.
 */
export interface CatalogueControl {
  name: string;
  label: string;
  symbol: string;
  kind: "number" | "integer" | "choice" | "switch" | "grid" | "action";
  default: boolean | number | string;
  low: number | null;
  high: number | null;
  typed_low: number | null;
  typed_high: number | null;
  scale: "linear" | "log";
  unit: string;
  choices: CatalogueChoice[];
  suggested: number[];
  shape: number[];
  effect: "live" | "next_step" | "restart" | "view";
  compiles: boolean;
  slider: boolean;
  advanced: boolean;
  only_when: {
    [k: string]: (boolean | number | string)[];
  };
  group: "network" | "inference" | "learning" | "view";
  doc: string;
}
/**
 * One value of a choice, the label a person reads, and one sentence of meaning.
 */
export interface CatalogueChoice {
  value: string;
  label: string;
  doc: string;
}
/**
 * One way to look at columns, for any chart slot. `kind` names the drawing; the first column is what is drawn.
 *
 * Panels of kind `curves` draw `series` over `x` ("layer", "step", "index", or a column) and say `readings`. `y_range` is where
 * the value axis starts, null where values have no bounds of their own. `group` parts the list of panels, `short` is one word.
 */
export interface CataloguePanel {
  id: string;
  title: string;
  kind: string;
  columns: string[];
  doc: string;
  unit: string;
  scale: "log" | "linear" | "signed";
  series: PanelSeries[];
  readings: PanelReading[];
  x: string;
  x_title: string;
  x_scale: "log" | "linear";
  y_title: string;
  y_range: number[] | null;
  group: string;
  short: string;
}
/**
 * One column drawn over a panel's x.
 */
export interface PanelSeries {
  column: string;
  label: string;
  mark: "line" | "dashed" | "points" | "bars";
}
/**
 * A number beside a chart: entry `index` of a column. Entry `quality`: 0 exact, 1 estimate, 2 upper, 3 lower bound.
 */
export interface PanelReading {
  column: string;
  label: string;
  index: number;
  unit: string;
  quality: number | null;
}
/**
 * The answer to `POST /api/door`: whether this page would get a websocket. `refusal` says why not, to a person.
 */
export interface Door {
  protocol: number;
  is_ready: boolean;
  refusal: string | null;
}
/** The version of the protocol that this page speaks. */
export const PROTOCOL_VERSION = 1;
