/** What each cell of the layer × step grid is, and the outline of all cells of one kind. */

/**
 * Codes of cells. The first four are the wire's `layer_state`; the rest are how the page draws a finite one: above the scale,
 * without such a number, and 0, which has no place on a logarithmic scale.
 */
export const Cell = { notReached: 0, belowNoise: 1, finite: 2, nonFinite: 3, above: 4, absent: 5, zero: 6 } as const;
export type CellCode = (typeof Cell)[keyof typeof Cell];

/**
 * Quantities that exist whether or not the error has arrived. For all others "not reached" and "below float noise" are what
 * there is to see; hatching these would hide real numbers.
 */
const INDEPENDENT_OF_ERROR: ReadonlySet<string> = new Set([
  "activity_rms",
  "layer_precision",
  "weight_rms",
  "arrival_step",
]);

/**
 * The kind of a cell. `state` is the wire's layer_state where known. NaN means "no such number" (the gradient at layer L) and
 * stays empty, unless the layer's energy is non-finite too.
 */
export function classify(value: number, state: number | undefined, column: string): CellCode {
  if (INDEPENDENT_OF_ERROR.has(column)) {
    if (Number.isFinite(value)) return Cell.finite;
    return state === Cell.nonFinite || Math.abs(value) === Number.POSITIVE_INFINITY ? Cell.nonFinite : Cell.absent;
  }
  if (state === Cell.nonFinite) return Cell.nonFinite;
  if (Number.isNaN(value)) return state === undefined ? Cell.nonFinite : Cell.absent;
  if (!Number.isFinite(value)) return Cell.nonFinite;
  if (state === Cell.notReached || state === Cell.belowNoise) return state;
  return Cell.finite;
}

/** A closed outline as Plotly draws it: loops parted by NaN. */
export interface Outline {
  readonly x: number[];
  readonly y: number[];
}

/**
 * The outline of every cell with `code`: one closed loop for each connected region and each hole (of opposite direction, so
 * that holes stay empty). `codes` is layer-major, `codes[layerIndex · columns + column]`; `edges` has columns + 1 entries.
 */
export function outline(codes: Uint8Array, code: number, edges: ArrayLike<number>, layers: number): Outline {
  const columns = edges.length - 1;
  const inside = (layer: number, column: number) =>
    layer >= 0 && layer < layers && column >= 0 && column < columns && codes[layer * columns + column] === code;
  // Directed unit edges with the region on the left, by the corner they leave; at most two leave one corner.
  const corner = (layer: number, column: number) => layer * (columns + 1) + column;
  const next = new Map<number, number[]>();
  const add = (from: number, to: number) => {
    const leaving = next.get(from);
    if (leaving === undefined) next.set(from, [to]);
    else leaving.push(to);
  };
  for (let layer = 0; layer < layers; layer += 1) {
    for (let column = 0; column < columns; column += 1) {
      if (!inside(layer, column)) continue;
      if (!inside(layer - 1, column)) add(corner(layer, column), corner(layer, column + 1));
      if (!inside(layer, column + 1)) add(corner(layer, column + 1), corner(layer + 1, column + 1));
      if (!inside(layer + 1, column)) add(corner(layer + 1, column + 1), corner(layer + 1, column));
      if (!inside(layer, column - 1)) add(corner(layer + 1, column), corner(layer, column));
    }
  }
  const x: number[] = [];
  const y: number[] = [];
  const emit = (at: number) => {
    x.push(edges[at % (columns + 1)] ?? Number.NaN);
    y.push(Math.floor(at / (columns + 1)) + 0.5);
  };
  for (const [start, leaving] of next) {
    while (leaving.length > 0) {
      if (x.length > 0) {
        x.push(Number.NaN);
        y.push(Number.NaN);
      }
      let at = start;
      let heading = 0;
      do {
        const to = next.get(at)?.pop() ?? start;
        if (to - at !== heading) emit(at); // only corners where the outline turns
        heading = to - at;
        at = to;
      } while (at !== start);
      emit(start);
    }
  }
  return { x, y };
}
