/**
 * A grid of numbers and its text: rows parted by ";", layer 1 first, numbers by ",", the last of a row holding for all later
 * steps. The server says what is allowed; here is what a person does to it.
 */

export type GridRows = ReadonlyArray<ReadonlyArray<number>>;

export interface CellPlace {
  readonly row: number;
  readonly column: number;
}

/** The rows of a text as a rectangle of at least `columns` columns. */
export function readGrid(text: string, columns = 1): GridRows {
  const rows = text.split(";").map((row) => row.split(",").map(Number));
  return withColumns(rows, Math.max(columns, ...rows.map((row) => row.length)));
}

/** The text of these rows, each without the repetitions at its end: what the server gives back too. */
export function gridText(rows: GridRows): string {
  return rows
    .map((row) => {
      let end = row.length;
      while (end > 1 && row[end - 1] === row[end - 2]) end -= 1;
      return row.slice(0, end).join(",");
    })
    .join(";");
}

/** The rows with some cells at `level`. */
export function painted(rows: GridRows, cells: ReadonlyArray<CellPlace>, level: number): GridRows {
  const copy = rows.map((row) => [...row]);
  for (const { row, column } of cells) {
    const target = copy[row];
    if (target !== undefined && column >= 0 && column < target.length) target[column] = level;
  }
  return copy;
}

/** Every cell on the way from one to another, both included: a fast stroke leaves no gap. */
export function cellsBetween(from: CellPlace, to: CellPlace): CellPlace[] {
  const length = Math.max(Math.abs(to.row - from.row), Math.abs(to.column - from.column));
  return Array.from({ length: length + 1 }, (_, at) => ({
    row: Math.round(from.row + ((to.row - from.row) * at) / Math.max(length, 1)),
    column: Math.round(from.column + ((to.column - from.column) * at) / Math.max(length, 1)),
  }));
}

/** Cut or continued to `count` columns: a row goes on with its last number. */
export function withColumns(rows: GridRows, count: number): GridRows {
  return rows.map((row) => Array.from({ length: count }, (_, at) => row[Math.min(at, row.length - 1)] ?? 0));
}

/** Cut or continued to `count` rows at the input side, with the row that was there. */
export function withRows(rows: GridRows, count: number): GridRows {
  return Array.from({ length: count }, (_, at) => rows[Math.max(at + rows.length - count, 0)] ?? []);
}

/** "4 rows × 17 steps". */
export function gridSize(text: string): string {
  const rows = readGrid(text);
  const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? "" : "s"}`;
  return `${count(rows.length, "row")} × ${count(rows[0]?.length ?? 0, "step")}`;
}
