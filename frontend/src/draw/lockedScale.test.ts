import { describe, expect, it } from "vitest";
import { LockedScale } from "./lockedScale";

/** The ends after seeing values. */
const ends = (scale: LockedScale, ...values: number[]) => scale.see(1, [values]).ends;

describe("a locked log axis", () => {
  it("starts at the decades of the first values, grows by whole ones and never shrinks", () => {
    const scale = new LockedScale("log");
    expect(ends(scale, 3e-4, 0.02)).toEqual([-4, -1]);
    expect(ends(scale, 0.005, 0.006)).toEqual([-4, -1]);
    expect(ends(scale, 5, 0.01)).toEqual([-4, 1]);
    expect(scale.see(2, [[0.005, 0.006]]).ends).toEqual([-3, -2]);
  });

  it("is one decade at least, also for one value that is a power of ten", () => {
    expect(ends(new LockedScale("log"), 1)).toEqual([-1, 0]);
    expect(ends(new LockedScale("log"))).toEqual([-1, 0]);
  });

  it("puts a zero on a row of its own, never on the lowest decade, and says that it is one", () => {
    const axis = new LockedScale("log").see(1, [[1e-3, 0, 1]]);
    expect(axis.place(0)).toBe(-4);
    expect(axis.place(1e-3)).toBeCloseTo(-3, 12);
    expect(axis.ticks(6)).toEqual({
      values: [-4, -3, -2, -1, 0],
      text: ["0", "10<sup>−3</sup>", "10<sup>−2</sup>", "10<sup>−1</sup>", "1"],
    });
  });

  it("does not stretch to what is noise beside the largest: that is about zero", () => {
    const axis = new LockedScale("log").see(1, [[1, 1e-30]]);
    expect(axis.ends).toEqual([-17, 0]);
    expect(axis.place(1e-30)).toBe(-17);
    expect(axis.ticks(6).text[0]).toBe("≈ 0");
  });

  it("has gaps where there is no number, and where it cannot have one", () => {
    const axis = new LockedScale("log").see(1, [[1, Number.NaN, -2, Number.POSITIVE_INFINITY]]);
    expect([Number.NaN, -2, Number.POSITIVE_INFINITY].map(axis.place)).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect(axis.ends).toEqual([-1, 0]);
  });
});

describe("a locked linear axis", () => {
  it("begins at zero, grows in round steps to either side and never shrinks", () => {
    const scale = new LockedScale("linear");
    expect(ends(scale, 0.3, 1.4)).toEqual([0, 1.5]);
    expect(ends(scale, -0.17)).toEqual([-0.2, 1.5]);
    expect(ends(scale, 0.1)).toEqual([-0.2, 1.5]);
    expect(scale.see(2, [[0.1]]).ends).toEqual([0, 0.1]);
  });

  it("of cosines is −1 to 1 from the start, and no rounding error moves it", () => {
    const scale = new LockedScale("linear", [-1, 1]);
    expect(ends(scale, 0.98)).toEqual([-1, 1]);
    expect(ends(scale, 1.0000001, -1.0000002)).toEqual([-1, 1]);
    expect(ends(scale, 1.2)).toEqual([-1, 1.5]);
  });

  it("writes short ticks and says by which power of ten", () => {
    const axis = new LockedScale("linear").see(1, [[2e-5]]);
    expect(axis.power).toBe(5);
    expect(axis.ticks(5).text).toEqual(["0", "0.5", "1", "1.5", "2"]);
    expect(axis.ticks(5).values.at(-1)).toBeCloseTo(2e-5, 12);
    expect(new LockedScale("linear").see(1, [[0.4]]).power).toBe(0);
  });

  it("has gaps where there is no number", () => {
    const axis = new LockedScale("linear").see(1, [[Number.NaN, Number.NEGATIVE_INFINITY, 2]]);
    expect(axis.ends).toEqual([0, 2]);
    expect([Number.NaN, Number.NEGATIVE_INFINITY, -3].map(axis.place)).toEqual([Number.NaN, Number.NaN, -3]);
  });
});
