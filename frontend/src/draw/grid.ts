/**
 * The layer × step grid of one column: colours' positions and kinds of cells, in buffers that are used again as long as the
 * shape stays.
 */

import type { RunView } from "../store/run";
import { Cell, type CellCode, classify } from "./cells";
import { SIGNED_UNIT } from "./ranges";
import { clampLog10, signedLog } from "./scale";
import type { ColumnSpan } from "./spans";

export interface Grid {
  readonly layers: number;
  readonly columns: number;
  /** columns + 1 positions on the t axis. */
  readonly edges: Float64Array;
  /** layers + 1 positions on the layer axis. */
  readonly layerEdges: Float64Array;
  /** Kind of each cell, layer-major. */
  readonly codes: Uint8Array;
  /** Scaled values by layer: on the locked scale, and above it. NaN is an empty cell. */
  readonly heat: ReadonlyArray<Float32Array>;
  readonly above: ReadonlyArray<Float32Array>;
}

/** What a filled grid holds: which kinds of cells, and the largest finite value. */
export interface GridContent {
  readonly kinds: ReadonlySet<CellCode>;
  readonly largest: number;
}

/** Steps that no row covers. */
interface Hole {
  readonly from: number;
  readonly to: number;
}

/** The spans in order, with a hole wherever two of them do not touch. */
export function withHoles(spans: ReadonlyArray<ColumnSpan>): ReadonlyArray<ColumnSpan | Hole> {
  return spans.flatMap((span, index) => {
    const next = (spans[index - 1]?.to ?? span.from - 1) + 1;
    return span.from > next ? [{ from: next, to: span.from - 1 }, span] : [span];
  });
}

/** Up to this many steps every step is a column of its own: Plotly paints an even grid in half the time of an uneven one. */
const MOST_EVEN_COLUMNS = 256;

/** One column per step, where there are not too many; else as they are. */
export function evened(columns: ReadonlyArray<ColumnSpan | Hole>): ReadonlyArray<ColumnSpan | Hole> {
  const [first, last] = [columns[0], columns.at(-1)];
  if (first === undefined || last === undefined || last.to - first.from >= MOST_EVEN_COLUMNS) return columns;
  return columns.flatMap((column) =>
    Array.from({ length: column.to - column.from + 1 }, (_, index) => {
      const step = column.from + index;
      return { ...column, from: step, to: step };
    }),
  );
}

/** `grid` where its shape fits, else a new one. */
export function gridFor(grid: Grid | null, layers: number, columns: number): Grid {
  if (grid !== null && grid.layers === layers && grid.columns === columns) return grid;
  const rows = () => Array.from({ length: layers }, () => new Float32Array(columns));
  return {
    layers,
    columns,
    edges: new Float64Array(columns + 1),
    layerEdges: Float64Array.from({ length: layers + 1 }, (_, index) => index + 0.5),
    codes: new Uint8Array(layers * columns),
    heat: rows(),
    above: rows(),
  };
}

/** Write the rows of `column` into `grid`: log10 no lower than `floor`, or the signed scale. */
export function fillGrid(
  grid: Grid,
  columns: ReadonlyArray<ColumnSpan | Hole>,
  column: string,
  scale: { readonly floor: number } | "signed",
): GridContent {
  const kinds = new Set<CellCode>();
  let largest = 0;
  columns.forEach((span, at) => {
    grid.edges[at] = span.from - 0.5;
    grid.edges[at + 1] = span.to + 0.5;
    const rows = "relaxation" in span ? span.relaxation.rows : null;
    const step = "relaxation" in span ? span.step : -1;
    const values = rows?.get(column)?.[step];
    const states = rows?.get("layer_state")?.[step];
    grid.heat.forEach((row, layer) => {
      const value = values?.[layer];
      let code = value === undefined ? Cell.absent : classify(value, states?.[layer], column);
      if (code === Cell.finite && value === 0 && scale !== "signed") code = Cell.zero;
      kinds.add(code);
      grid.codes[layer * grid.columns + at] = code;
      if (code !== Cell.finite || value === undefined) {
        row[at] = Number.NaN;
        return;
      }
      row[at] = scale === "signed" ? signedLog(value, SIGNED_UNIT) : clampLog10(value, scale.floor);
      if (value > largest) largest = value;
    });
  });
  return { kinds, largest };
}

/** Move what passes `top` (log10) from the locked scale to the one above it; whether there was any. */
export function splitAbove(grid: Grid, top: number): boolean {
  let any = false;
  grid.heat.forEach((row, layer) => {
    const above = grid.above[layer];
    if (above === undefined) return;
    for (let at = 0; at < row.length; at += 1) {
      const value = row[at] ?? Number.NaN;
      const isAbove = value > top;
      above[at] = isAbove ? value : Number.NaN;
      if (!isAbove) continue;
      row[at] = Number.NaN;
      grid.codes[layer * grid.columns + at] = Cell.above;
      any = true;
    }
  });
  return any;
}

/** Where the run first stopped being finite: the server's word, else the first such column, lowest layer. */
export function firstNonFinite(run: RunView, grid: Grid): { layer: number; inferStep: number } | null {
  if (run.diverged !== null && run.diverged.learnStep === run.current.learnStep) return run.diverged;
  for (let column = 0; column < grid.columns; column += 1) {
    for (let layer = 0; layer < grid.layers; layer += 1) {
      if (grid.codes[layer * grid.columns + column] !== Cell.nonFinite) continue;
      return { layer: layer + 1, inferStep: Math.round((grid.edges[column] ?? 0) + 0.5) };
    }
  }
  return null;
}
