/**
 * Columns of a chart over inference steps. A frame may hold only some steps of a relaxation; each held row is drawn over the
 * steps from its own t up to the next held one, and the chart says that steps are missing.
 */

import { infers } from "../store/reach";
import type { Relaxation, RunView } from "../store/run";

/** Steps `from`..`to` (inclusive) drawn with the row that `relaxation` holds at `step`. */
export interface ColumnSpan {
  readonly relaxation: Relaxation;
  readonly step: number;
  readonly from: number;
  readonly to: number;
}

/** More columns than this cannot be told apart on a chart and cost time; fewer are drawn, and said so. */
const MOST_COLUMNS = 256;

/** Spans of `relaxation` that cover the steps `from`..`to`; none before its first held row. */
export function heldSpans(relaxation: Relaxation, column: string, from: number, to: number): ColumnSpan[] {
  const rows = relaxation.rows.get(column);
  const spans: ColumnSpan[] = [];
  if (rows === undefined) return spans;
  const end = Math.min(to, relaxation.lastStep);
  let open = -1;
  for (let step = 0; step <= end; step += 1) {
    if (rows[step] === undefined) continue;
    if (open >= 0 && step > from) spans.push({ relaxation, step: open, from: Math.max(open, from), to: step - 1 });
    open = step;
  }
  if (open >= 0) spans.push({ relaxation, step: open, from: Math.max(open, from), to: end });
  return spans.filter((span) => span.from <= span.to);
}

/**
 * What a chart over t shows: the present relaxation up to now, then the one before it ("sweep, do not scroll").
 * The last span of the present relaxation is always kept, so that the playhead stands on its own numbers.
 */
export function sweepSpans(run: RunView, column: string): ColumnSpan[] {
  const { current, previous } = run;
  const last = lastShownStep(run);
  const present = thin(heldSpans(current, column, 0, last));
  if (previous === null || current.lastStep >= last) return present;
  return [...present, ...thin(heldSpans(previous, column, current.lastStep + 1, last))];
}

/** The right end of the t axis: T, or further when inference was asked to go on. */
export function lastShownStep(run: RunView): number {
  return Math.max(infers(run.current) ? 1 : 0, run.current.plannedSteps, run.current.lastStep);
}

function thin(spans: ColumnSpan[]): ColumnSpan[] {
  const every = Math.ceil(spans.length / MOST_COLUMNS);
  if (every <= 1) return spans;
  const kept = spans.filter((_, index) => index % every === 0 || index === spans.length - 1);
  return kept.map((span, index) => ({ ...span, to: (kept[index + 1]?.from ?? span.to + 1) - 1 }));
}

/** "" when every step is shown, else "every 8th step shown" or "64 of 1025 steps shown". */
export function decimationNote(spans: ReadonlyArray<ColumnSpan>): string {
  const widths = spans.map((span) => span.to - span.from + 1);
  const width = widths[0] ?? 1;
  if (widths.every((each) => each === 1)) return "";
  if (width > 1 && widths.slice(0, -2).every((each) => each === width)) return `every ${ordinal(width)} step shown`;
  const steps = widths.reduce((sum, each) => sum + each, 0);
  return `${spans.length} of ${steps} steps shown`;
}

function ordinal(count: number): string {
  const tens = count % 100;
  const suffix = tens >= 11 && tens <= 13 ? "th" : (["th", "st", "nd", "rd"][count % 10] ?? "th");
  return `${count}${suffix}`;
}

/** The row of `column` to show at step t: the relaxation's own, or the one before it where t lies in the future. */
export function rowAt(run: RunView, column: string, inferStep: number): { row: Float32Array; span: ColumnSpan } | null {
  const span = sweepSpans(run, column).find((each) => each.from <= inferStep && inferStep <= each.to);
  const row = span?.relaxation.rows.get(column)?.[span.step];
  return span === undefined || row === undefined ? null : { row, span };
}
