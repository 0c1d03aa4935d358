import { describe, expect, test } from "vitest";
import { DEPTH, RATE } from "../testing/controls";
import { placeOf, stepFrom, valueAt } from "./sliderScale";

describe("a log slider", () => {
  test("gives every decade the same room", () => {
    expect(placeOf(RATE, 1e-3)).toBe(0);
    expect(placeOf(RATE, 0.1)).toBeCloseTo(0.5);
    expect(placeOf(RATE, 10)).toBe(1);
  });

  test("reads two figures, and stays within its ends", () => {
    expect(valueAt(RATE, 0.613)).toBe(0.28);
    expect(valueAt(RATE, 0)).toBe(1e-3);
    expect(valueAt(RATE, 1)).toBe(10);
    expect(placeOf(RATE, 500)).toBe(1);
    expect(placeOf(RATE, 0)).toBe(0);
  });

  test("holds a value that was typed beyond its end at that end", () => {
    expect(placeOf(DEPTH, 50_000)).toBe(1);
    expect(placeOf(RATE, 1e-6)).toBe(0);
    expect(stepFrom(DEPTH, 50_000, -1)).toBe(valueAt(DEPTH, 1));
  });

  test("goes back to where it was: a value's place gives the value", () => {
    for (const value of [0.001, 0.012, 0.25, 0.3, 1.5, 9.9]) expect(valueAt(RATE, placeOf(RATE, value))).toBe(value);
  });

  test("holds whole numbers where the control does", () => {
    expect(valueAt(DEPTH, 0.5)).toBe(23);
    expect(stepFrom(DEPTH, 16, 1)).toBe(17);
    expect(stepFrom(DEPTH, 2, -1)).toBe(2);
  });
});

describe("an arrow key", () => {
  test.each([
    [0.3, 1, 0.31],
    [0.3, -1, 0.29],
    [0.1, -1, 0.099],
    [0.099, 1, 0.1],
    [9.9, 1, 10],
    [10, 1, 10],
    [0.3, 10, 0.4],
  ])("takes %d by %d to %d", (value, steps, next) => expect(stepFrom(RATE, value, steps)).toBe(next));
});
