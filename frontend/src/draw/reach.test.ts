import { describe, expect, it } from "vitest";
import { LockedReach } from "./reach";

describe("the range of the activities", () => {
  it("grows by whole steps in the first relaxation and settles on it when it ends", () => {
    const reach = new LockedReach();
    expect(reach.see(0, 3, 0, 0)).toBeCloseTo(1e-3);
    expect(reach.see(0, 3, 0, 3.1e-3)).toBeCloseTo(4e-3);
    expect(reach.see(0, 3, 1, 9)).toBeCloseTo(4e-3);
  });

  it("settles below its start when the layer moves less than that", () => {
    const reach = new LockedReach();
    reach.see(0, 3, 0, 1.5e-7);
    expect(reach.see(0, 3, 1, 0)).toBeCloseTo(2e-7, 12);
  });

  it("never rescales by itself once locked", () => {
    const reach = new LockedReach();
    reach.see(0, 3, 0, 0.5);
    reach.see(0, 3, 1, 0.5);
    expect(reach.see(0, 3, 2, 1e30)).toBe(0.5);
    reach.rescale(70);
    expect(reach.see(0, 3, 2, 1e30)).toBe(100);
  });

  it("is not stretched by a run that diverges at once", () => {
    expect(new LockedReach().see(0, 3, 0, 1e30)).toBe(10);
  });

  it("waits for a layer that the first relaxations do not move", () => {
    const reach = new LockedReach();
    reach.see(0, 1, 0, 0);
    reach.see(0, 1, 1, 0);
    expect(reach.see(0, 1, 2, 0.03)).toBeCloseTo(0.04);
  });

  it("starts again for another layer or another run", () => {
    const reach = new LockedReach();
    reach.see(0, 3, 0, 0.5);
    reach.see(0, 3, 1, 0.5);
    expect(reach.see(0, 4, 1, 2e-3)).toBeCloseTo(2e-3);
    expect(reach.see(1, 4, 0, 0.9)).toBe(1);
  });
});
