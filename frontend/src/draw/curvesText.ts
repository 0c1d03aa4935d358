/** A chart of curves in words: its readings, its keys, its text alternative. */

import type { RunView } from "../store/run";
import { curveStyle, curveSwatch, type Mark } from "./curveStyles";
import { formatNumber } from "./scale";
import { maths } from "./words";

/** A number beside a chart: entry `index` of a column; entry `quality` says how good it is. */
export interface ReadingSpec {
  readonly column: string;
  readonly label: string;
  readonly index: number;
  readonly unit: string;
  readonly quality: number | null;
}

/** Exact, an estimate, an upper bound, a lower bound. */
const SIGNS = ["", "≈ ", "≤ ", "≥ "];

/** "≈ 0.12 decades"; "decades not known" where it is NaN; null while nobody has measured it. */
export function readingText(run: RunView, reading: ReadingSpec): string | null {
  const column = run.latest.get(reading.column);
  if (column === undefined) return null;
  const value = column[reading.index] ?? Number.NaN;
  // The unit may be all that tells two readings apart.
  if (Number.isNaN(value)) return `${reading.unit} not known`.trimStart();
  const sign = reading.quality === null ? "" : (SIGNS[column[reading.quality] ?? 0] ?? "");
  return `${sign}${formatNumber(value)}${reading.unit === "" ? "" : ` ${reading.unit}`}`;
}

export function readingsLine(run: RunView, readings: ReadonlyArray<ReadingSpec>): string {
  const parts = readings.flatMap((reading) => {
    const text = readingText(run, reading);
    return text === null
      ? []
      : [`<span>${maths(reading.label)} <span class="chart-value">${maths(text)}</span></span>`];
  });
  return parts.length === 0 ? "" : `<span class="chart-readings">${parts.join("")}</span>`;
}

/** A key for each series; those without room are not cut in half. */
export function curveKeys(series: ReadonlyArray<{ readonly label: string; readonly mark: Mark }>): string {
  const keys = series.map(({ label, mark }, index) => curveKey(curveSwatch(curveStyle(index, mark), mark), label));
  return keys.length === 0 ? "" : `<span class="chart-readings">${keys.join("")}</span>`;
}

export function curveKey(mark: string, label: string): string {
  return `<span class="chart-key">${mark}<span>${maths(label)}</span></span>`;
}

/** What is drawn over what, and the readings. */
export function curvesCaption(
  run: RunView,
  spec: {
    readonly title: string;
    readonly x_title: string;
    readonly series: ReadonlyArray<{ readonly label: string }>;
    readonly readings: ReadonlyArray<ReadingSpec>;
  },
): string {
  const drawn = spec.series.map(({ label }) => label).join(", ");
  const numbers = spec.readings.flatMap((reading) => {
    const text = readingText(run, reading);
    return text === null ? [] : [`${reading.label} ${text}`];
  });
  return `${spec.title}: ${drawn} over ${spec.x_title}.${numbers.length === 0 ? "" : ` ${numbers.join(", ")}.`}`;
}
