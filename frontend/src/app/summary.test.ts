import { describe, expect, test } from "vitest";
import { RunStore } from "../store/runStore";
import { makeFrame } from "../testing/frame";
import { summarise } from "./summary";

function runWith(states: number[], more: { stability?: number; rate?: number } = {}): RunStore {
  const run = new RunStore();
  run.begin(1, { depth: states.length, n_inference_steps: 16, activity_lr: more.rate ?? 0.25 });
  run.apply(
    makeFrame({
      learnStep: 86,
      inferSteps: [12],
      columns: {
        layer_state: [[1, states.length], states],
        layer_energy: [[1, states.length], states],
        // Each layer's error is foretold for the step after that of the layer above, and those that are silent are still to come.
        arrival_expected: [[states.length], states.map((state, layer) => (state === 0 ? 20 - layer : 12))],
        evaluation: [[4], [0.913, 1, 0.1, 80]],
        ...(more.stability === undefined ? {} : { stability: [[2], [more.stability, 80]] as const }),
      },
    }),
  );
  return run;
}

describe("the summary", () => {
  test("says how far the error has come, and what cannot be told from noise", () => {
    expect(summarise(runWith([0, 0, 0, 1, 1, 2, 2], { stability: 0.4 }))).toBe(
      "Learning step 86, inference step 12 of 16. The error has reached layer 4, still below float noise under layer 6; " +
        "layers 1 to 3 have not moved. Test accuracy 91 %. Activity rate at 0.62 of its limit: stable.",
    );
  });

  test.each([
    [[0, 0, 2], "The error is at the output only; layers 1 to 2 have not moved."],
    [[0, 2, 2], "The error has reached layer 2; layer 1 has not moved."],
    [[2, 2, 2], "The error has reached every layer."],
    [[1, 2, 2], "The error has reached every layer, still below float noise under layer 2."],
    [[0, 0, 0], "No layer has an error yet."],
  ])("%j: %s", (states, sentence) => expect(summarise(runWith(states))).toContain(sentence));

  test("warns of the limit in words", () => {
    expect(summarise(runWith([2], { rate: 0.36, stability: 0.4 }))).toContain("0.90 of its limit: close to unstable");
    expect(summarise(runWith([2], { rate: 0.6, stability: 0.4 }))).toContain("1.50 times its limit: unstable");
  });

  test("leaves out whole sentences where there is no room, never half of one", () => {
    const run = runWith([0, 2, 2], { stability: 0.4 });
    expect(summarise(run, 125)).toBe(
      "Learning step 86, inference step 12 of 16. The error has reached layer 2; layer 1 has not moved. Test accuracy 91 %.",
    );
    expect(summarise(run, 0)).toBe("The error has reached layer 2; layer 1 has not moved. Test accuracy 91 %.");
  });

  test("names the layer and both clocks of a divergence", () => {
    const run = runWith([2, 3], { rate: 0.8, stability: 0.45 });
    run.diverge({ layer: 2, learnStep: 86, inferStep: 12, reason: "" });
    expect(summarise(run)).toBe(
      "Diverged and paused. Layer 2 broke first, at learning step 86, inference step 12. " +
        "Activity rate 0.80 is above its limit 0.45. The weights of learning step 86 are kept.",
    );
  });

  test("does not blame the activity rate for what broke before any inference", () => {
    const run = runWith([2, 3], { rate: 0.8, stability: 0.45 });
    run.diverge({ layer: 2, learnStep: 86, inferStep: 0, reason: "" });
    expect(summarise(run)).toBe(
      "Diverged and paused. Layer 2 broke at learning step 86, before any inference: the weights have grown too large.",
    );
  });
});
