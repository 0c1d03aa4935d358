import { describe, expect, it } from "vitest";
import { imbalanceReading } from "./imbalance";
import { relaxation, runOf } from "./testing";

const full = (learnStep: number, states: number[], energies: number[]) =>
  relaxation(learnStep, 3, {
    layer_energy: [[0, 0, 0.1], [0, 1e-6, 0.1], energies],
    layer_state: [[0, 0, 2], [0, 2, 2], states],
    activity_rms: [
      [1, 1, 1],
      [1, 1, 1],
      [1, 1, 1],
    ],
    imbalance: [
      [Number.NaN, Number.NaN],
      [Number.NaN, Number.NaN],
      [5.23, 1],
    ],
  });

describe("the imbalance", () => {
  it("is of now once layer 1 is reached", () => {
    expect(imbalanceReading(runOf(full(4, [2, 2, 2], [1e-7, 1e-4, 0.1])))).toEqual({
      text: "5.2",
      isNonFinite: false,
      learnStep: null,
    });
  });

  it("is what the last full relaxation ended with while layer 1 is not reached", () => {
    const run = runOf(
      relaxation(5, 3, { layer_energy: [[0, 0, 0.1]], layer_state: [[0, 0, 2]], activity_rms: [[1, 1, 1]] }),
      {
        previous: full(4, [2, 2, 2], [1e-7, 1e-4, 0.1]),
      },
    );
    expect(imbalanceReading(run)).toMatchObject({ text: "5.2", learnStep: 4 });
  });

  it("has float noise where rounding puts it, and not at twice that", () => {
    // ½ · 64 · (2⁻²⁴)² = 1.137e-13: an output of 1.2e-1 is 12.02 decades above it, and 11.7 above its double.
    expect(imbalanceReading(runOf(full(4, [1, 2, 2], [1e-20, 1e-4, 0.12]))).text).toBe("> 12");
    expect(imbalanceReading(runOf(full(4, [1, 2, 2], [1e-20, 1e-4, 0.11]))).text).toBe("> 11");
  });

  it("is a lower bound where layer 1 is below float noise, or rounded to zero after it could be reached", () => {
    // ½ · 64 · (2⁻²⁴)² = 1.1e-13, twelve decades below 0.1 (less than a decade is lost to rounding down).
    expect(imbalanceReading(runOf(full(4, [1, 2, 2], [1e-20, 1e-4, 0.1]))).text).toBe("> 11");
    expect(imbalanceReading(runOf(full(4, [0, 2, 2], [0, 1e-4, 0.1]))).text).toBe("> 11");
  });

  it("says the word when anything is not finite", () => {
    expect(imbalanceReading(runOf(full(4, [2, 3, 2], [1, Number.POSITIVE_INFINITY, 1])))).toMatchObject({
      text: "non-finite",
      isNonFinite: true,
    });
  });

  it("says nothing while there is nothing to say", () => {
    const run = runOf(
      relaxation(0, 3, { layer_energy: [[0, 0, 0.1]], layer_state: [[0, 0, 2]], activity_rms: [[1, 1, 1]] }),
    );
    expect(imbalanceReading(run).text).toBe("");
  });

  it("follows the focus back in time", () => {
    const run = runOf(full(4, [2, 2, 2], [1e-7, 1e-4, 0.1]), { focus: { layer: null, inferStep: 1 } });
    expect(imbalanceReading(run).text).toBe("");
  });
});
