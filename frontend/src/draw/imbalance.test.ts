import { describe, expect, it } from "vitest";
import { imbalanceReading } from "./imbalance";
import { relaxation, runOf } from "./testing";

const full = (learnStep: number, states: number[], energies: number[], [decades, quality] = [5.23, 0]) =>
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
      [decades, 1],
    ],
    imbalance_quality: [[0], [0], [quality]],
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

  it("is a lower bound where the server says so, and still one when it is rounded", () => {
    expect(imbalanceReading(runOf(full(4, [1, 2, 2], [1e-20, 1e-4, 0.1], [11.94, 3]))).text).toBe("≥ 11");
    expect(imbalanceReading(runOf(full(4, [0, 2, 2], [0, 1e-4, 0.1], [12.01, 3]))).text).toBe("≥ 12");
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
