import { describe, expect, it } from "vitest";
import { Cell, classify, outline } from "./cells";

describe("a cell", () => {
  it("that the error has not reached is not a small number", () => {
    expect(classify(0, Cell.notReached, "layer_energy")).toBe(Cell.notReached);
    expect(classify(1e-20, Cell.belowNoise, "layer_energy")).toBe(Cell.belowNoise);
    expect(classify(1e-20, Cell.finite, "layer_energy")).toBe(Cell.finite);
  });

  it("that is not finite is said to be, whether by its value or by its state", () => {
    expect(classify(Number.POSITIVE_INFINITY, undefined, "layer_energy")).toBe(Cell.nonFinite);
    expect(classify(3, Cell.nonFinite, "layer_energy")).toBe(Cell.nonFinite);
    expect(classify(Number.NaN, undefined, "layer_energy")).toBe(Cell.nonFinite);
  });

  it("without such a number stays empty: the gradient at layer L", () => {
    expect(classify(Number.NaN, Cell.finite, "activity_grad_rms")).toBe(Cell.absent);
  });

  it("of a quantity that does not wait for the error shows its number", () => {
    expect(classify(1.48, Cell.notReached, "activity_rms")).toBe(Cell.finite);
    expect(classify(Number.POSITIVE_INFINITY, Cell.nonFinite, "activity_rms")).toBe(Cell.nonFinite);
  });
});

/** Shoelace area of all loops; holes count against. */
function area({ x, y }: { x: number[]; y: number[] }): number {
  let sum = 0;
  for (let at = 1; at < x.length; at += 1) {
    const cross = (x[at - 1] ?? 0) * (y[at] ?? 0) - (x[at] ?? 0) * (y[at - 1] ?? 0);
    if (!Number.isNaN(cross)) sum += cross;
  }
  return sum / 2;
}

const EDGES = (columns: number) => Float64Array.from({ length: columns + 1 }, (_, index) => index - 0.5);

describe("the outline of cells", () => {
  it("of a staircase is one closed loop with only its corners", () => {
    const codes = Uint8Array.from([1, 1, 1, 0, 1, 1, 0, 0, 1]); // layer-major: three layers, three columns
    const { x, y } = outline(codes, 1, EDGES(3), 3);
    expect(x.some(Number.isNaN)).toBe(false);
    expect([x[0], y[0]]).toEqual([x.at(-1), y.at(-1)]);
    expect(x.length).toBe(9); // eight corners and the first again
    expect(area({ x, y })).toBe(6);
  });

  it("leaves holes empty", () => {
    const codes = Uint8Array.from([1, 1, 1, 1, 0, 1, 1, 1, 1]);
    expect(area(outline(codes, 1, EDGES(3), 3))).toBe(8);
  });

  it("keeps cells that touch only at a corner", () => {
    expect(area(outline(Uint8Array.from([1, 0, 0, 1]), 1, EDGES(2), 2))).toBe(2);
    expect(area(outline(Uint8Array.from([0, 1, 1, 0]), 1, EDGES(2), 2))).toBe(2);
  });

  it("covers exactly the cells of a random grid, whatever the widths of its columns", () => {
    let seed = 1;
    const random = () => {
      seed = (seed * 16807) % 2147483647;
      return seed / 2147483647;
    };
    for (let trial = 0; trial < 50; trial += 1) {
      const [layers, columns] = [1 + Math.floor(random() * 6), 1 + Math.floor(random() * 6)];
      const edges = [-0.5];
      while (edges.length <= columns) edges.push((edges.at(-1) ?? 0) + 1 + Math.floor(random() * 4));
      const codes = Uint8Array.from({ length: layers * columns }, () => (random() < 0.5 ? 1 : 0));
      let expected = 0;
      codes.forEach((code, at) => {
        expected += code * ((edges[(at % columns) + 1] ?? 0) - (edges[at % columns] ?? 0));
      });
      expect(area(outline(codes, 1, edges, layers))).toBe(expected);
    }
  });

  it("is empty where there is no such cell", () => {
    expect(outline(Uint8Array.from([0, 0]), 1, EDGES(2), 1)).toEqual({ x: [], y: [] });
  });
});
