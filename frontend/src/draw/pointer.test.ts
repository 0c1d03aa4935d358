import { describe, expect, it } from "vitest";
import { dataAt, nearest } from "./pointer";

const area = { left: 44, top: 10, width: 340, height: 160, x: [-0.5, 16.5], y: [0.5, 16.5] } as const;

describe("the pointer", () => {
  it("finds the layer and the step under it, layer 1 at the bottom", () => {
    const at = dataAt(area, 44 + 20 * 12 + 10, 10 + 160 - 10 * 3 + 5);
    expect(nearest(at?.x ?? -1, 0, 16)).toBe(12);
    expect(nearest(at?.y ?? -1, 1, 16)).toBe(3);
  });

  it("finds nothing outside the plot", () => {
    expect(dataAt(area, 20, 50)).toBeNull();
    expect(dataAt(area, 100, 200)).toBeNull();
  });

  it("follows a zoom", () => {
    expect(dataAt({ ...area, x: [7.5, 9.5] }, 44 + 340 * 0.75, 20)?.x).toBeCloseTo(9);
  });

  it("stays on the grid at its edges", () => {
    expect(nearest(16.5, 1, 16)).toBe(16);
    expect(nearest(-0.5, 0, 16)).toBe(0);
  });
});
