import { describe, expect, test } from "vitest";
import { cellsBetween, gridSize, gridText, painted, readGrid, withColumns, withRows } from "./gridText";

describe("the text of a grid", () => {
  test("is a rectangle whose rows go on with their last number", () => {
    expect(readGrid("1,1,0.1;0,1")).toEqual([
      [1, 1, 0.1],
      [0, 1, 1],
    ]);
    expect(readGrid("1;0.5", 3)).toEqual([
      [1, 1, 1],
      [0.5, 0.5, 0.5],
    ]);
  });

  test("comes back in the server's one form: no repetition at the end of a row, every number exact", () => {
    expect(gridText(readGrid("1,1,0.1;0,1", 6))).toBe("1,1,0.1;0,1");
    expect(
      gridText([
        [0, 0, 0],
        [0.30000000000000004, 2],
      ]),
    ).toBe("0;0.30000000000000004,2");
  });

  test("is said by its size in a sentence", () => {
    expect(gridSize("1,1,0.1;0,1")).toBe("2 rows × 3 steps");
    expect(gridSize("1")).toBe("1 row × 1 step");
  });
});

describe("painting", () => {
  const rows = readGrid("1,1,1;1", 3);

  test("sets the cells that were touched, leaves the grid it came from, and ignores what lies outside", () => {
    const outside = [
      { row: 2, column: 0 },
      { row: 0, column: 3 },
      { row: 0, column: -1 },
    ];
    expect(painted(rows, [{ row: 1, column: 2 }, ...outside], 0.1)).toEqual([
      [1, 1, 1],
      [1, 1, 0.1],
    ]);
    expect(rows[1]).toEqual([1, 1, 1]);
  });

  test("touches every cell of a fast stroke, ends included", () => {
    expect(cellsBetween({ row: 0, column: 0 }, { row: 1, column: 3 }).map(({ row, column }) => [row, column])).toEqual([
      [0, 0],
      [0, 1],
      [1, 2],
      [1, 3],
    ]);
    expect(cellsBetween({ row: 2, column: 5 }, { row: 2, column: 5 })).toEqual([{ row: 2, column: 5 }]);
    expect(cellsBetween({ row: 3, column: 1 }, { row: 0, column: 1 })).toHaveLength(4);
  });
});

describe("another size", () => {
  test("keeps each row's values and goes on with the last", () => {
    expect(withColumns([[1, 0.1]], 4)).toEqual([[1, 0.1, 0.1, 0.1]]);
    expect(withColumns([[1, 0.1, 0]], 2)).toEqual([[1, 0.1]]);
  });

  test("adds and takes rows at the input side, so that one undoes the other", () => {
    expect(withRows([[1], [2]], 4)).toEqual([[1], [1], [1], [2]]);
    expect(withRows(withRows([[1], [2]], 4), 2)).toEqual([[1], [2]]);
    expect(withRows([[1], [2], [3]], 1)).toEqual([[3]]);
  });
});
