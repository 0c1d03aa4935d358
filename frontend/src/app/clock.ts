/**
 * The geometry of the nested clock: learning steps as pleats, the open one holding its inference steps as cells. Pure, in pixels.
 *
 * A pleat's height is log total energy at the end of that learning step, between whole decades, so the past is a sparkline of
 * learning. Pleats keep a pitch of 3 to 7 px; when they no longer fit, neighbours merge by maximum. Cells do the same.
 */

import type { RunEvent, RunView } from "../store/run";

export interface Pleat {
  readonly x: number;
  readonly width: number;
  /** 0…1 of the full height; NaN where the energy was not finite. */
  readonly height: number;
}

export interface Mark {
  readonly x: number;
  /** Whether it stands over the open learning step. */
  readonly isOpen: boolean;
  /** Empty where the number would touch that of the mark before, which then speaks for both. */
  readonly text: string;
  readonly isBad: boolean;
}

export interface Tick {
  readonly x: number;
  readonly text: string;
}

export interface Cell {
  readonly x: number;
  readonly width: number;
  readonly kind: "past" | "now" | "rest";
}

export interface Clock {
  readonly pleats: ReadonlyArray<Pleat>;
  readonly marks: ReadonlyArray<Mark>;
  readonly pleatTicks: ReadonlyArray<Tick>;
  /** Where the open learning step is, and its cells inside. */
  readonly open: { readonly x: number; readonly width: number };
  readonly cells: ReadonlyArray<Cell>;
  readonly cellTicks: ReadonlyArray<Tick>;
  /** Centre of the present cell. */
  readonly nowX: number;
  /** Whether inference is over and the weights change next. */
  readonly isUpdating: boolean;
}

const LEAST_PITCH = 3;
const MOST_PITCH = 7;
const CELL_PITCH = 21;
const TRAINING_WIDTH = 62;
const PADDING = 8;
/** Room at the right for the diamond and the learning steps to come. */
const AFTER = 62;
const GAP = 10;
/** Room for "k = 0" when there is no past. */
const LEAST_PAST = 62;
const TICK_ROOM = 60;
/** Room of the bold label of the present cell. */
const NOW_ROOM = 38;
const MARK_ROOM = 14;
const LETTER = 7;
/** Between two labels in a row. */
const LABEL_GAP = 10;

/** Whole numbers from 0 to `last` on a step of 1, 2, 4, 5, 10, 20…, so that labels are at least `room` px apart. */
function tickStep(pixelsEach: number, room: number): number {
  if (!(pixelsEach > 0)) return Number.POSITIVE_INFINITY; // no past yet: no label but the first
  for (let decade = 1; ; decade *= 10) {
    for (const factor of [1, 2, 4, 5]) if (factor * decade * pixelsEach >= room) return factor * decade;
  }
}

/** Finished learning steps, merged so that at most `most` pleats are left; the largest of each group. */
export interface Pleats {
  /** NaN where no frame brought any learning step of the group, or where the energy is not finite. */
  readonly totals: ReadonlyArray<number>;
  readonly isKnown: ReadonlyArray<boolean>;
  /** Learning steps per pleat. */
  readonly group: number;
  /** The first learning step that is known. */
  readonly first: number;
}

/**
 * Pleats of the learning steps from the first known one to `learnStep`. They are spaced by learning step, not by what happened to
 * arrive: a fast run brings only some of its steps.
 */
export function mergePleats(
  steps: ArrayLike<number>,
  energies: ArrayLike<number>,
  learnStep: number,
  most: number,
): Pleats {
  const first = steps[0] ?? learnStep;
  let group = 1;
  while (Math.ceil((learnStep - first) / group) > Math.max(1, most)) group *= 2;
  const count = Math.max(0, Math.ceil((learnStep - first) / group));
  const totals = new Array<number>(count).fill(Number.NaN);
  const isKnown = new Array<boolean>(count).fill(false);
  for (let index = 0; index < steps.length; index += 1) {
    const at = Math.floor(((steps[index] ?? 0) - first) / group);
    if (at >= count) continue;
    const energy = energies[index] ?? Number.NaN;
    const held = totals[at] ?? Number.NaN;
    // What is not finite is the largest of all.
    if (isKnown[at] !== true || !Number.isFinite(energy) || (Number.isFinite(held) && energy > held))
      totals[at] = energy;
    isKnown[at] = true;
  }
  return { totals, isKnown, group, first };
}

/** Heights 0.06…1 on log scale between the whole decades around the finite values. */
export function pleatHeights(totals: ReadonlyArray<number>): number[] {
  const logs = totals.map((total) => Math.log10(total));
  const finite = logs.filter(Number.isFinite);
  const low = Math.floor(Math.min(...finite));
  const high = Math.max(low + 1, Math.ceil(Math.max(...finite)));
  return totals.map((total, index) => {
    if (Number.isNaN(total) || total === Number.POSITIVE_INFINITY) return Number.NaN;
    const height = ((logs[index] ?? low) - low) / (high - low);
    return Math.max(0.06, Number.isFinite(height) ? height : 0);
  });
}

/** Lay the clock out in `width` px. */
export function layOutClock(run: RunView, width: number): Clock {
  const isTraining = run.pace === "training";
  const lastCell = Math.max(run.plannedSteps, run.inferStep);
  const openWidth = isTraining
    ? TRAINING_WIDTH
    : Math.min((lastCell + 1) * CELL_PITCH + 2 * PADDING, Math.max(120, 0.46 * width));
  const room = width - AFTER - openWidth - GAP;
  const merged = mergePleats(
    run.learning.step,
    run.learning.column("total"),
    run.learnStep,
    Math.floor(room / LEAST_PITCH),
  );
  const count = merged.totals.length;
  const pitch = Math.min(MOST_PITCH, Math.max(LEAST_PITCH, room / Math.max(1, count)));
  const pleats = pleatHeights(merged.totals)
    .map((height, index) => ({ x: index * pitch, width: Math.max(1.5, pitch * 0.45), height }))
    .filter((_, index) => merged.isKnown[index]);

  const pastWidth = count * pitch;
  const openX = Math.max(LEAST_PAST, pastWidth) + GAP;
  const xOfStep = (step: number) => Math.max(0, ((step - merged.first) * pitch) / merged.group);
  const pleatTicks = ticksOfPast(merged.first, run.learnStep, xOfStep, pastWidth);
  const cellsX = openX + PADDING;
  const cellsWidth = openWidth - 2 * PADDING;
  const { cells, nowX } = layOutCells(run, cellsX, cellsWidth, lastCell);
  const placeOf = ({ learnStep, inferStep }: RunEvent) => {
    if (learnStep < run.learnStep) return xOfStep(learnStep) + pitch / 4;
    // What takes effect with the next learning step stands at the update.
    if (learnStep > run.learnStep) return openX + openWidth;
    return isTraining ? openX + openWidth / 2 : cellsX + ((inferStep + 0.5) * cellsWidth) / (lastCell + 1);
  };
  return {
    pleats,
    marks: layOutMarks(run, placeOf),
    pleatTicks,
    open: { x: openX, width: openWidth },
    cells,
    cellTicks: isTraining ? [] : ticksOfCells(cellsX, cellsWidth, lastCell, nowX),
    nowX,
    isUpdating: run.current.lastStep >= 0 && run.inferStep >= run.plannedSteps,
  };
}

function ticksOfPast(first: number, learnStep: number, xOfStep: (step: number) => number, pastWidth: number): Tick[] {
  const distance = tickStep(pastWidth / Math.max(1, learnStep - first), TICK_ROOM);
  // The label of the first step begins at the left, that of the present one ends at the right end.
  const from = LETTER * `k = ${first}`.length + LABEL_GAP;
  const end = Math.max(LEAST_PAST, pastWidth) - LETTER * `k = ${learnStep}`.length - LABEL_GAP;
  if (end < from - LABEL_GAP) return [];
  const ticks = [{ x: 0, text: String(first) }];
  for (let step = (Math.floor(first / distance) + 1) * distance; xOfStep(step) <= end; step += distance) {
    const half = (LETTER * String(step).length) / 2;
    if (xOfStep(step) - half >= from && xOfStep(step) + half <= end)
      ticks.push({ x: xOfStep(step), text: String(step) });
  }
  return ticks;
}

function layOutCells(run: RunView, x: number, width: number, lastCell: number): { cells: Cell[]; nowX: number } {
  if (run.pace === "training") return { cells: [{ x, width, kind: "now" }], nowX: x + width / 2 };
  let group = 1;
  while (Math.ceil((lastCell + 1) / group) * LEAST_PITCH > width) group *= 2;
  const count = Math.ceil((lastCell + 1) / group);
  const pitch = width / count;
  const gap = pitch > 10 ? 3 : pitch > 5 ? 1.5 : 0.75;
  const now = Math.floor(run.inferStep / group);
  const cells: Cell[] = [];
  for (let index = 0; index < count; index += 1) {
    const kind = index < now ? "past" : index === now ? "now" : "rest";
    cells.push({ x: x + index * pitch + gap / 2, width: pitch - gap, kind });
  }
  return { cells, nowX: x + (now + 0.5) * pitch };
}

function ticksOfCells(x: number, width: number, lastCell: number, nowX: number): Tick[] {
  const pitch = width / (lastCell + 1);
  const distance = tickStep(pitch, TICK_ROOM);
  const ticks: Tick[] = [];
  for (let step = 0; step <= lastCell; step += distance) {
    const at = x + (step + 0.5) * pitch;
    if (Math.abs(at - nowX) >= NOW_ROOM) ticks.push({ x: at, text: String(step) });
  }
  return ticks;
}

/** Marks from left to right; where numbers would touch, the first stands for all: "1–4". A divergence always says so. */
function layOutMarks(run: RunView, placeOf: (event: RunEvent) => number): Mark[] {
  const marked = run.events
    .filter((event) => event.mark !== "")
    .map((event) => ({ event, x: placeOf(event) }))
    .sort((a, b) => a.x - b.x);
  const marks: Mark[] = [];
  let labelled = -1;
  for (const { event, x } of marked) {
    const isBad = event.kind === "diverged";
    const isOpen = event.learnStep >= run.learnStep;
    const before = marks[labelled];
    if (before !== undefined && x < before.x + MARK_ROOM + LETTER * (before.text.length - 1)) {
      if (isBad) {
        // A divergence says so where it is; the numbers that it hides are in the list of events.
        marks[labelled] = { ...before, text: "" };
        labelled = marks.length;
        marks.push({ x, text: event.mark, isBad, isOpen });
      } else {
        const text = `${before.text.split("–")[0]}–${event.mark}`;
        marks[labelled] = before.isBad ? before : { ...before, text };
        marks.push({ x, text: "", isBad, isOpen });
      }
    } else {
      labelled = marks.length;
      marks.push({ x, text: event.mark, isBad, isOpen });
    }
  }
  return marks;
}
