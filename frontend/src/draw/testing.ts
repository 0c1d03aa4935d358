/** Runs made by hand, for the tests of drawing. */

import type { LearningSeries, Relaxation, RunEvent, RunView } from "../store/run";
import type { Theme } from "./theme";

type Rows = Readonly<Record<string, ReadonlyArray<ReadonlyArray<number> | undefined>>>;

/** A relaxation with these rows by t; `fixed` are its columns without a t axis. */
export function relaxation(
  learnStep: number,
  plannedSteps: number,
  rows: Rows,
  fixed: Readonly<Record<string, ReadonlyArray<number>>> = {},
): Relaxation {
  const entries = Object.entries(rows).map(
    ([name, values]) => [name, values.map((row) => (row === undefined ? undefined : Float32Array.from(row)))] as const,
  );
  return {
    learnStep,
    plannedSteps,
    nextLearnStep: learnStep + 1,
    rows: new Map(entries),
    fixed: new Map(Object.entries(fixed).map(([name, values]) => [name, Float32Array.from(values)] as const)),
    lastStep: Math.max(-1, ...entries.map(([, values]) => values.length - 1)),
  };
}

/** Series over learning steps 0, 1, 2…; a column that is not given is NaN throughout. */
export function learningSeries(columns: Readonly<Record<string, ReadonlyArray<number>>>): LearningSeries {
  const length = Math.max(0, ...Object.values(columns).map((values) => values.length));
  return {
    length,
    stride: 1,
    step: Float64Array.from({ length }, (_, index) => index),
    column: (name) => Float32Array.from(columns[name] ?? new Array<number>(length).fill(Number.NaN)),
  };
}

export function runOf(current: Relaxation, more: Partial<RunView> = {}): RunView {
  return {
    version: 1,
    epoch: 0,
    depth: current.rows.get("layer_energy")?.find((row) => row !== undefined)?.length ?? 1,
    width: 64,
    learnStep: current.learnStep,
    inferStep: current.lastStep,
    plannedSteps: current.plannedSteps,
    pace: "slow",
    isPaused: false,
    current,
    previous: null,
    latest: new Map(current.fixed),
    panelNotes: {},
    course: "",
    learning: learningSeries({}),
    events: [] as RunEvent[],
    diverged: null,
    values: {},
    focus: { layer: null, inferStep: null },
    stability: null,
    evaluation: null,
    ...more,
  };
}

export const THEME: Theme = {
  bg: "bg",
  ink: "ink",
  ink2: "ink2",
  ink3: "ink3",
  accent: "accent",
  accentBg: "accent-bg",
  bad: "bad",
  nan: "nan",
  line2: "line2",
  grid: "grid",
  hatch: "hatch",
  zero: "zero",
  noise: "noise",
  second: "second",
  fade: 0.68,
  font: "sans-serif",
  tickSize: 12,
  captionSize: 12,
  labelSize: 12,
  lineScale: 1,
  hatchSize: 7,
};

export const SIZE = { width: 480, height: 300 };
