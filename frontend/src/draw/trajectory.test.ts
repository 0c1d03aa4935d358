import { describe, expect, it } from "vitest";
import { relaxation } from "./testing";
import { changesOf, unitLines } from "./trajectory";

const moved = (trajectory: ReadonlyArray<ReadonlyArray<number> | undefined>, start: ReadonlyArray<number>) =>
  changesOf(
    relaxation(0, 8, { trajectory, trajectory_band: trajectory.map(() => [-1, 1]) }, { trajectory_start: start }),
  );

describe("activities", () => {
  it("are drawn as change since t = 0, at the steps that are held", () => {
    const changes = moved([[1, 2], undefined, [1.5, 1.75]], [1, 2]);
    expect([...changes.steps]).toEqual([0, 2]);
    expect([...changes.values]).toEqual([0, 0, 0.5, -0.25]);
    expect(changes.largest).toBe(0.5);
  });

  it("are one line with a gap between units", () => {
    const { lines, exits } = unitLines(
      moved(
        [
          [0, 0],
          [1, 2],
        ],
        [0, 0],
      ),
      4,
    );
    expect(lines.x).toEqual([0, 1, Number.NaN, 0, 1, Number.NaN]);
    expect(lines.y).toEqual([0, 1, Number.NaN, 0, 2, Number.NaN]);
    expect(exits).toEqual([]);
  });

  it("end in a mark where they leave the locked range, at the crossing", () => {
    const { lines, exits } = unitLines(moved([[0], [2], [-8], [0]], [0]), 4);
    expect(exits).toEqual([{ step: 2, x: 1.6, side: -1 }]);
    expect(lines.x).toEqual([0, 1, 1.6, Number.NaN]);
    expect(lines.y).toEqual([0, 2, -4, Number.NaN]);
  });

  it("end with their last number when they stop being finite", () => {
    const { lines, exits } = unitLines(moved([[0], [2], [Number.NaN]], [0]), 4);
    expect(exits).toEqual([{ step: 2, x: 1, side: 1 }]);
    expect(lines.y).toEqual([0, 2, 2, Number.NaN]);
  });

  it("that were not recorded from the start begin where they were", () => {
    const { lines, exits } = unitLines(moved([[Number.NaN], [Number.NaN], [2]], [0]), 4);
    expect(exits).toEqual([]);
    expect(lines.x).toEqual([2, Number.NaN]);
  });
});
