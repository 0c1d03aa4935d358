import { expect, test } from "vitest";
import { makeFrame, stepFrame } from "../testing/frame";
import { RelaxationStore, rowAt } from "./relaxation";

test("a step that no frame brought is a hole, never a zero", () => {
  const relaxation = new RelaxationStore(0, 16);
  relaxation.add(stepFrame(0, 0));
  relaxation.add(stepFrame(0, 3));
  const rows = relaxation.rows.get("layer_energy");
  expect(rows?.map((row) => row && [...row])).toEqual([[0, 10], undefined, undefined, [3, 13]]);
  expect(relaxation.lastStep).toBe(3);
  expect([...(rowAt(relaxation, "layer_energy", 2) ?? [])]).toEqual([0, 10]);
  expect([...(rowAt(relaxation, "layer_energy", 99) ?? [])]).toEqual([3, 13]);
});

test("columns without a row per step are the newest values, columns over learning steps are not here", () => {
  const relaxation = new RelaxationStore(0, 16);
  relaxation.add(
    stepFrame(0, 0, {
      columns: {
        arrival_step: [[2], [Number.NaN, 0]],
        learning_imbalance: [
          [1, 2],
          [3, 1],
        ],
        evaluation: [[4], [1, 1, 1, 1]],
      },
    }),
  );
  relaxation.add(stepFrame(0, 1, { columns: { arrival_step: [[2], [1, 0]] } }));
  expect([...(relaxation.fixed.get("arrival_step") ?? [])]).toEqual([1, 0]);
  expect([...relaxation.rows.keys()]).toEqual(["layer_energy"]);
  expect([...relaxation.fixed.keys()]).toEqual(["trajectory_layer", "arrival_step"]);
});

test("the same learning step from t = 0 again is another relaxation", () => {
  const relaxation = new RelaxationStore(4, 16);
  relaxation.add(stepFrame(4, 0));
  expect(relaxation.continues(stepFrame(4, 0))).toBe(true);
  relaxation.add(stepFrame(4, 1));
  expect(relaxation.continues(stepFrame(4, 2))).toBe(true);
  expect(relaxation.continues(stepFrame(5, 2))).toBe(false);
  expect(relaxation.continues(makeFrame({ learnStep: 4, inferSteps: [0, 1, 2] }))).toBe(false);
});
