import { describe, expect, test } from "vitest";
import { RunStore } from "../store/runStore";
import { makeFrame } from "../testing/frame";
import { inspect } from "./inspection";
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
        "layers 1 to 3 have not moved. Test accuracy 91 %. Activity rate at 0.62 of its limit 0.4 at learning step 80: stable.",
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
    expect(summarise(runWith([2], { rate: 0.36, stability: 0.4 }))).toContain(
      "0.90 of its limit 0.4 at learning step 80: close to unstable",
    );
    expect(summarise(runWith([2], { rate: 0.6, stability: 0.4 }))).toContain(
      "1.50 times its limit 0.4 at learning step 80: unstable",
    );
  });

  test("leaves out whole sentences where there is no room, never half of one", () => {
    const run = runWith([0, 2, 2], { stability: 0.4 });
    expect(summarise(run, 125)).toBe(
      "Learning step 86, inference step 12 of 16. The error has reached layer 2; layer 1 has not moved. Test accuracy 91 %.",
    );
    expect(summarise(run, 0)).toBe("The error has reached layer 2; layer 1 has not moved. Test accuracy 91 %.");
  });

  const broken = { layer: 13, learnStep: 86, where: "layers 11–13, 13 first to pass", limit: 0.45 };
  const cause = "Activity rate 0.8 is above its limit 0.45 at k = 86.";

  test("tells a divergence as the server does, and so whatever is moved afterwards", () => {
    const run = runWith([2, 3], { rate: 0.8, stability: 0.45 });
    run.diverge({ ...broken, inferStep: 12, cause });
    const said =
      "Diverged and paused: layers 11–13, 13 first to pass, at learning step 86, inference step 12. " +
      `${cause} The weights of learning step 86 are kept.`;
    expect(summarise(run)).toBe(said);
    run.set("activity_lr", 0.1);
    run.set("momentum", 0.9);
    run.apply(makeFrame({ learnStep: 86, inferSteps: [12], columns: { stability: [[2], [0.9, 86]] } }));
    expect(summarise(run)).toBe(said);
    run.pin(2);
    const limit = inspect(run)?.readings.find(({ name }) => name === "limit of the activity rate");
    expect(limit?.value).toBe("0.45 at k = 86");
  });

  test("does not say of weights that broke before any inference that they are kept", () => {
    const run = runWith([2, 3], { rate: 0.8, stability: 0.45 });
    run.diverge({ ...broken, inferStep: 0, cause: "The weights have grown too large." });
    expect(summarise(run)).toMatch(/at learning step 86\. The weights have grown too large\.$/);
  });
});
