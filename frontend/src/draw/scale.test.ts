import { describe, expect, it } from "vitest";
import {
  clampLog10,
  decadeText,
  decadeTicks,
  formatNumber,
  growDecades,
  layerTicks,
  learningEnd,
  linearTicks,
  niceAtLeast,
  shorteningPower,
  signedLog,
  stepTicks,
} from "./scale";

describe("a logarithmic position", () => {
  it("puts a zero on the floor and never below it", () => {
    expect(clampLog10(0, -14)).toBe(-14);
    expect(clampLog10(1e-30, -14)).toBe(-14);
    expect(clampLog10(1e-3, -14)).toBeCloseTo(-3);
  });

  it("is a gap, not a spike, for what is not finite", () => {
    expect(clampLog10(Number.NaN, -14)).toBeNaN();
    expect(clampLog10(Number.POSITIVE_INFINITY, -14)).toBeNaN();
  });
});

describe("a signed position", () => {
  it("is odd, zero at zero, and linear near it", () => {
    expect(signedLog(0, 1e-7)).toBe(0);
    expect(signedLog(-0.3, 1e-7)).toBeCloseTo(-signedLog(0.3, 1e-7), 12);
    expect(signedLog(2e-9, 1e-7) / signedLog(1e-9, 1e-7)).toBeCloseTo(2, 1);
  });
});

describe("ticks", () => {
  it.each([
    [-14, 0],
    [-14, 40.7],
    [-3, 1],
    [-8, 0],
    [0, 38],
  ])("on powers of ten from %d to %d are whole decades inside the range, at most six", (low, high) => {
    const { values } = decadeTicks(low, high);
    expect(values.length).toBeGreaterThan(1);
    expect(values.length).toBeLessThanOrEqual(6);
    for (const value of values) {
      expect(Number.isInteger(value)).toBe(true);
      expect(value).toBeGreaterThanOrEqual(low);
      expect(value).toBeLessThanOrEqual(high);
    }
  });

  it("write powers of ten with a real minus", () => {
    expect(decadeText(-4)).toBe("10<sup>−4</sup>");
    expect(decadeText(0)).toBe("1");
    expect(decadeText(1)).toBe("10");
  });

  it.each([
    [1, [1]],
    [2, [1, 2]],
    [16, [1, 4, 8, 12, 16]],
    [32, [1, 8, 16, 24, 32]],
    [64, [1, 16, 32, 48, 64]],
    [66, [1, 16, 32, 48, 66]],
  ])("number %d layers from 1 to L without crowding", (depth, expected) => {
    expect(layerTicks(depth).values).toEqual(expected);
  });

  it.each([1, 5, 16, 17, 128, 1024])("over %d inference steps are at most six, from 0", (last) => {
    const { values } = stepTicks(last);
    expect(values[0]).toBe(0);
    expect(values.length).toBeLessThanOrEqual(6);
    expect(values.at(-1)).toBeLessThanOrEqual(last);
  });

  it("on a linear axis are short and carry a real minus", () => {
    expect(linearTicks(-4, 4, 5)).toEqual({ values: [-4, -2, 0, 2, 4], text: ["−4", "−2", "0", "2", "4"] });
    expect(linearTicks(-1, 1, 5).text).toEqual(["−1", "−0.5", "0", "0.5", "1"]);
  });
});

describe("a range", () => {
  it("grows by whole decades, never falls and stops at its ceiling", () => {
    expect(growDecades(0, 0.5, 2)).toBe(0);
    expect(growDecades(0, 3, 2)).toBe(1);
    expect(growDecades(2, 3, 2)).toBe(2);
    expect(growDecades(0, 1e30, 2)).toBe(2);
    expect(growDecades(0, Number.NaN, 2)).toBe(0);
  });

  it("over learning steps ends beyond the last one, and is at most a quarter empty", () => {
    for (let step = 10; step < 3000; step += 7) {
      const end = learningEnd(step);
      expect(end).toBeGreaterThanOrEqual(step);
      expect(end).toBeLessThan(step * 1.34);
    }
  });

  it("in whole steps holds its value", () => {
    expect(niceAtLeast(0.0031, [1, 2, 4, 5, 10])).toBeCloseTo(0.004);
    expect(niceAtLeast(5)).toBe(5);
    expect(niceAtLeast(0)).toBe(1);
  });

  it("is multiplied until its ticks are short", () => {
    expect(shorteningPower(4e-3)).toBe(3);
    expect(shorteningPower(1)).toBe(0);
    expect(shorteningPower(0.2)).toBe(1);
    expect(shorteningPower(1e17)).toBe(-16);
  });
});

describe("a number for a person", () => {
  it.each([
    [1.4e-4, "1.4 × 10⁻⁴"],
    [0.177, "0.177"],
    [-0.52, "−0.52"],
    [12, "12"],
    [0, "0"],
    [1.4e36, "1.4 × 10³⁶"],
    [-2.5e-9, "−2.5 × 10⁻⁹"],
    [Number.POSITIVE_INFINITY, "non-finite"],
    [Number.NaN, "non-finite"],
  ])("%d reads %s", (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });
});
