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

  test("keeps the step before when the same learning step begins again, after a divergence or a lost line", () => {
    const run = begun();
    for (const k of [0, 1]) for (const t of [0, 1]) run.apply(stepFrame(k, t));
    run.apply(stepFrame(1, 0));
    expect([run.current.learnStep, run.current.lastStep, run.previous?.learnStep]).toEqual([1, 0, 0]);
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
    run.set("depth", 64);
    expect(run.depth).toBe(2);
    expect(run.values.depth).toBe(64);
  });

  test("has the T of each relaxation that its frames say, whatever is set meanwhile and whatever the algorithm", () => {
    const plan = (steps: number, next: number) => ({ columns: { plan: [[2], [steps, next]] as const } });
    const run = begun();
    run.apply(stepFrame(3, 0, plan(16, 4)));
    run.set("n_inference_steps", 40);
    expect(run.plannedSteps).toBe(16);
    run.apply(stepFrame(4, 0, plan(0, 5)));
    expect([run.plannedSteps, run.current.nextLearnStep, run.previous?.plannedSteps]).toEqual([0, 5, 16]);
  });

  test("has no limit of the activity rate once the server says that there is none", () => {
    const run = begun();
    const measured = (limit: number, k: number) => ({ columns: { stability: [[2], [limit, k]] as const } });
    run.apply(stepFrame(0, 0, measured(0.5, 0)));
    run.apply(stepFrame(1, 0, measured(Number.NaN, Number.NaN)));
    expect(run.stability?.limit).toBe(0.5);
    run.apply(stepFrame(2, 0, measured(Number.NaN, 2)));
    expect(run.stability).toBeNull();
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
