import { describe, expect, it } from "vitest";
import { LockedReach } from "./reach";

/** The range's end while the relaxation of a learning step is under way. */
function see(
  reach: LockedReach,
  epoch: number,
  layer: number,
  learnStep: number,
  largest: number,
  isOver = false,
): number {
  return reach.see(epoch, layer, { learnStep, largest, isOver });
}

describe("the range of the activities", () => {
  it("grows by whole steps in the first relaxation and settles on it when it ends", () => {
    const reach = new LockedReach();
    expect(see(reach, 0, 3, 0, 0)).toBeCloseTo(1e-3);
    expect(see(reach, 0, 3, 0, 3.1e-3)).toBeCloseTo(4e-3);
    expect(see(reach, 0, 3, 1, 9)).toBeCloseTo(4e-3);
  });

  it("settles below its start when the layer moves less than that", () => {
    const reach = new LockedReach();
    see(reach, 0, 3, 0, 0);
    see(reach, 0, 3, 0, 1.5e-7);
    expect(see(reach, 0, 3, 1, 0)).toBeCloseTo(2e-7, 12);
  });

  it("never rescales by itself once locked", () => {
    const reach = new LockedReach();
    see(reach, 0, 3, 0, 0.5);
    see(reach, 0, 3, 1, 0.5);
    expect(see(reach, 0, 3, 2, 1e30)).toBe(0.5);
    reach.rescale(70);
    expect(see(reach, 0, 3, 2, 1e30)).toBe(100);
  });

  it("is not stretched by a run that diverges at once", () => {
    expect(see(new LockedReach(), 0, 3, 0, 1e30)).toBe(10);
  });

  it("waits for a layer that the first relaxations do not move", () => {
    const reach = new LockedReach();
    see(reach, 0, 1, 0, 0);
    see(reach, 0, 1, 1, 0);
    expect(see(reach, 0, 1, 2, 0.03)).toBeCloseTo(0.04);
  });

  it("starts again for another layer or another run", () => {
    const reach = new LockedReach();
    see(reach, 0, 3, 0, 0.5);
    see(reach, 0, 3, 1, 0.5);
    expect(see(reach, 0, 4, 1, 2e-3)).toBeCloseTo(2e-3);
    expect(see(reach, 1, 4, 0, 0.9)).toBe(1);
  });

  it("fits what a layer has done by the step at which it is chosen, and grows from there", () => {
    const reach = new LockedReach();
    see(reach, 0, 15, 3, 0.08);
    expect(see(reach, 0, 9, 3, 3.1e-6)).toBeCloseTo(4e-6, 12);
    expect(see(reach, 0, 9, 3, 4.5e-6)).toBeCloseTo(5e-6, 12);
  });

  it("fits a layer that is chosen when the relaxation is over", () => {
    const reach = new LockedReach();
    see(reach, 0, 15, 3, 0.08, true);
    expect(see(reach, 0, 5, 3, 3.1e-9, true)).toBeCloseTo(4e-9, 15);
    expect(see(reach, 0, 5, 4, 1e-12)).toBeCloseTo(4e-9, 15);
    expect(see(reach, 0, 1, 4, 0, true)).toBeCloseTo(1e-3);
  });
});
