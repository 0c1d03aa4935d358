import { describe, expect, test } from "vitest";
import { learningColumns, makeFrame, stepFrame } from "../testing/frame";
import { RunStore } from "./runStore";

function begun(values: Record<string, string | number> = { depth: 2, n_inference_steps: 16 }): RunStore {
  const run = new RunStore();
  run.begin(1, values);
  return run;
}

describe("the run", () => {
  test("keeps the learning step before, and only that", () => {
    const run = begun();
    for (const k of [0, 1, 2]) for (const t of [0, 1]) run.apply(stepFrame(k, t));
    expect(run.current.learnStep).toBe(2);
    expect(run.previous?.learnStep).toBe(1);
    expect([run.learnStep, run.inferStep]).toEqual([2, 1]);
  });

  test("draws nothing of an older epoch", () => {
    const run = begun();
    run.apply(stepFrame(0, 5));
    run.begin(2, { depth: 4 });
    expect(run.apply(stepFrame(9, 9, { epoch: 1 }))).toBe(false);
    expect([run.learnStep, run.current.lastStep]).toEqual([0, -1]);
    expect(run.apply(stepFrame(0, 0, { epoch: 2 }))).toBe(true);
  });

  test("has the depth of its frames, not of a change that waits for a restart", () => {
    const run = begun();
    run.apply(stepFrame(0, 0));
    run.set("depth", 64, 0);
    expect(run.depth).toBe(2);
    expect(run.values.depth).toBe(64);
  });

  test("a new T counts from the learning step that the server names", () => {
    const run = begun();
    run.apply(stepFrame(3, 0));
    run.set("n_inference_steps", 40, 4);
    expect(run.plannedSteps).toBe(16);
    run.apply(stepFrame(4, 0));
    expect(run.plannedSteps).toBe(40);
    expect(run.current.plannedSteps).toBe(40);
    expect(run.previous?.plannedSteps).toBe(16);
  });

  test("where T does not count, the steps seen are the plan", () => {
    const run = new RunStore(({ algorithm }) => algorithm !== "bp");
    run.begin(1, { depth: 2, n_inference_steps: 16, algorithm: "bp" });
    for (const k of [0, 1]) run.apply(stepFrame(k, 0));
    expect([run.plannedSteps, run.current.plannedSteps]).toEqual([0, 0]);
    run.set("algorithm", "pc", 2);
    run.apply(stepFrame(2, 0));
    expect(run.current.plannedSteps).toBe(16);
  });

  test("looks at the hovered layer, else the pinned, else the one whose activities are drawn", () => {
    const run = begun();
    run.apply(stepFrame(0, 0));
    expect(run.focus).toEqual({ layer: 1, inferStep: null });
    run.pin(2);
    run.hover(1, 0);
    expect(run.focus).toEqual({ layer: 1, inferStep: 0 });
    run.hover(null, null);
    expect(run.focus).toEqual({ layer: 2, inferStep: null });
  });

  test("says that it changed only when it did", () => {
    const run = begun();
    run.hover(1, 2);
    const { version } = run;
    run.hover(1, 2);
    expect(run.version).toBe(version);
    run.hover(1, 3);
    expect(run.version).toBeGreaterThan(version);
  });

  test("keeps what is measured of it from one relaxation to the next, until it is measured anew or another run begins", () => {
    const run = begun();
    const measured = (value: number) => ({ columns: { equilibrium: [[1], [value]] as const } });
    run.apply(stepFrame(0, 5, measured(2)));
    run.apply(stepFrame(1, 0));
    expect(run.current.fixed.has("equilibrium")).toBe(false);
    expect(run.latest.get("equilibrium")?.[0]).toBe(2);
    run.apply(stepFrame(1, 1, measured(3)));
    expect(run.latest.get("equilibrium")?.[0]).toBe(3);
    run.apply(stepFrame(1, 2, { columns: learningColumns([0], [1]) }));
    expect([...run.latest.keys()].filter((name) => name.startsWith("learning"))).toEqual([]);
    run.begin(2, { depth: 2 });
    expect(run.latest.size).toBe(0);
  });

  test("takes the limit and the accuracy when they are known, and keeps them", () => {
    const run = begun();
    run.apply(makeFrame({ columns: { stability: [[2], [Number.NaN, Number.NaN]] } }));
    expect(run.stability).toBeNull();
    run.apply(
      makeFrame({ inferSteps: [1], columns: { stability: [[2], [0.5, 3]], evaluation: [[4], [0.9, 1, 0.25, 3]] } }),
    );
    run.apply(makeFrame({ inferSteps: [2], columns: { stability: [[2], [Number.NaN, Number.NaN]] } }));
    expect(run.stability).toEqual({ limit: 0.5, learnStep: 3 });
    expect(run.evaluation?.learnStep).toBe(3);
  });
});
