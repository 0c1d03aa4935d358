/** A chart of curves in words: its readings, its keys, its text alternative. */

import type { RunView } from "../store/run";
import { curveStyle, curveSwatch, type Mark } from "./curveStyles";
import { formatNumber } from "./scale";
import { isAllUnknown, maths } from "./words";

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

/** Widths of a letter, of a bold one, and of the space between two entries of a row, in text sizes. */
const LETTER = 0.55;
const BOLD = 0.6;
const GAP = 1.35;
/** Swatch and space before a key's name. */
const SWATCH = 2.8;
/** Letters of a number: "≈ 1.2 × 10⁻⁵", whose last are small; "not known", where rows are many. */
const NUMBER = 11;
const SHORT_NUMBER = 9;
const MANY_ROWS = 4;

/** Entries row by row, as many in each as `room` holds. */
function packed<T>(entries: ReadonlyArray<T>, widthOf: (entry: T) => number, room: number): T[][] {
  const rows: T[][] = [];
  let left = 0;
  for (const entry of entries) {
    left -= widthOf(entry) + GAP;
    const row = rows.at(-1);
    if (row === undefined || left < 0) {
      rows.push([entry]);
      left = room - widthOf(entry);
    } else row.push(entry);
  }
  return rows;
}

/** The rows that readings stand in, by their names and the width alone: none moves while its digits change. */
export function readingRows(readings: ReadonlyArray<ReadingSpec>, width: number, textSize: number): ReadingSpec[][] {
  const rowsFor = (number: number) => {
    const widthOf = ({ label, unit }: ReadingSpec) =>
      LETTER * (label.length + 1) + BOLD * (number + (unit === "" ? 0 : 1 + unit.length));
    return packed(readings, widthOf, width / textSize);
  };
  const rows = rowsFor(NUMBER);
  if (rows.length < MANY_ROWS) return rows;
  const fewer = rowsFor(SHORT_NUMBER);
  return fewer.length < rows.length ? fewer : rows;
}

export function readingsLine(run: RunView, rows: ReadonlyArray<ReadonlyArray<ReadingSpec>>): string {
  const lines = rows.map((row) =>
    row.flatMap((reading) => {
      const text = readingText(run, reading);
      return text === null
        ? []
        : [`<span>${maths(reading.label)} <span class="chart-value">${maths(text)}</span></span>`];
    }),
  );
  const filled = lines.filter((line) => line.length > 0).map((line) => line.join(""));
  return filled.length === 0
    ? ""
    : `<span class="chart-readings">${filled.join('<span class="chart-break"></span>')}</span>`;
}

interface KeyedSeries {
  readonly column: string;
  readonly label: string;
  readonly mark: Mark;
}

/** How many rows all keys take. */
export function keyRows(series: ReadonlyArray<KeyedSeries>, width: number, textSize: number): number {
  return packed(series, ({ label }) => SWATCH + LETTER * label.length, width / textSize).length;
}

/** A key for each series of which there is something to see. */
export function curveKeys(run: RunView, series: ReadonlyArray<KeyedSeries>): string {
  const keys = series.flatMap(({ column, label, mark }, index) =>
    isUnseen(run, column) ? [] : [curveKey(curveSwatch(curveStyle(index, mark), mark), label)],
  );
  return keys.length === 0 ? "" : `<span class="chart-readings">${keys.join("")}</span>`;
}

/** Whether a column was measured and is no number throughout. */
function isUnseen(run: RunView, column: string): boolean {
  const values = run.latest.get(column);
  return values !== undefined && isAllUnknown(values);
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
    readonly series: ReadonlyArray<{ readonly column: string; readonly label: string }>;
    readonly readings: ReadonlyArray<ReadingSpec>;
  },
): string {
  const seen = spec.series.filter(({ column }) => !isUnseen(run, column));
  const drawn = seen.map(({ label }) => label).join(", ");
  const numbers = spec.readings.flatMap((reading) => {
    const text = readingText(run, reading);
    return text === null ? [] : [`${reading.label} ${text}`];
  });
  return `${spec.title}: ${drawn} over ${spec.x_title}.${numbers.length === 0 ? "" : ` ${numbers.join(", ")}.`}`;
}
