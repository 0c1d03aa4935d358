import { describe, expect, test } from "vitest";
import { RunStore } from "../store/runStore";
import { learningColumns, makeFrame, stepFrame } from "../testing/frame";
import { layOutClock, mergePleats, pleatHeights } from "./clock";

function runAt(learnStep: number, inferStep: number, values: Record<string, string | number> = {}): RunStore {
  const run = new RunStore();
  run.begin(1, { depth: 2, n_inference_steps: 16, pace: "slow", ...values });
  const steps = Array.from({ length: learnStep }, (_, step) => step);
  run.apply(
    makeFrame({
      learnStep,
      inferSteps: [inferStep],
      columns: learningColumns(
        steps,
        steps.map(() => 0.5),
      ),
    }),
  );
  return run;
}

describe("pleats", () => {
  test("merge by maximum when they no longer fit, and what is not finite wins", () => {
    expect(mergePleats([0, 1, 2, 3], [1, 5, 2, 3], 4, 4)).toMatchObject({ totals: [1, 5, 2, 3], group: 1 });
    expect(mergePleats([0, 1, 2, 3, 4], [1, 5, 2, 3, 9], 5, 2)).toMatchObject({ totals: [5, 9], group: 4 });
    const { totals } = mergePleats([0, 1, 2, 3], [1, Number.POSITIVE_INFINITY, Number.NaN, 2], 4, 2);
    expect(totals).toEqual([Number.POSITIVE_INFINITY, Number.NaN]);
  });

  test("stand where their learning step is, also when steps between them never came", () => {
    expect(mergePleats([10, 11, 14], [1, 2, 3], 15, 100)).toEqual({
      totals: [1, 2, Number.NaN, Number.NaN, 3],
      isKnown: [true, true, false, false, true],
      group: 1,
      first: 10,
    });
  });

  test("are as high as their energy, in whole decades, so that they do not jitter", () => {
    expect(pleatHeights([0.5, 0.15])).toEqual([Math.log10(0.5) + 1, Math.log10(0.15) + 1]);
    expect(pleatHeights([1, 1])).toEqual([0.06, 0.06]);
    expect(pleatHeights([1, Number.NaN, Number.POSITIVE_INFINITY]).map(Number.isNaN)).toEqual([false, true, true]);
    expect(pleatHeights([])).toEqual([]);
  });
});

describe("the clock", () => {
  test.each([
    [0, 0],
    [1, 5],
    [86, 12],
    [5000, 16],
  ])("at k = %i, t = %i stays within its width", (learnStep, inferStep) => {
    for (const width of [260, 560, 840, 1400]) {
      const clock = layOutClock(runAt(learnStep, inferStep), width);
      expect(clock.open.x + clock.open.width).toBeLessThanOrEqual(width - 40);
      for (const pleat of clock.pleats) expect(pleat.x + pleat.width).toBeLessThanOrEqual(clock.open.x);
      for (const cell of clock.cells) expect(cell.x + cell.width).toBeLessThanOrEqual(clock.open.x + clock.open.width);
    }
  });

  test("has a cell for each inference step from 0 to T, and one is now", () => {
    const { cells, isUpdating } = layOutClock(runAt(3, 12), 840);
    expect(cells.map((cell) => cell.kind).join(" ")).toBe(`${"past ".repeat(12)}now${" rest".repeat(4)}`);
    expect(isUpdating).toBe(false);
    expect(layOutClock(runAt(3, 16), 840).isUpdating).toBe(true);
  });

  test("grows past T when a person steps on", () => {
    expect(layOutClock(runAt(0, 20), 840).cells).toHaveLength(21);
  });

  test("merges cells of a long relaxation instead of drawing hairs", () => {
    const { cells } = layOutClock(runAt(0, 700, { n_inference_steps: 1024 }), 840);
    for (const cell of cells) expect(cell.width).toBeGreaterThan(1.5);
    expect(cells.filter((cell) => cell.kind === "now")).toHaveLength(1);
  });

  test("is one bar in training", () => {
    expect(layOutClock(runAt(86, 16, { pace: "training" }), 840).cells).toHaveLength(1);
  });

  test("lets one number speak for marks that would touch, and never leaves out a mark", () => {
    const run = runAt(86, 3);
    const event = { kind: "change", inferStep: 0, title: "", detail: "" } as const;
    run.mark([
      { ...event, mark: "1", learnStep: 24 },
      { ...event, mark: "2", learnStep: 25 },
      { ...event, mark: "3", learnStep: 60 },
    ]);
    expect(layOutClock(run, 840).marks.map((mark) => mark.text)).toEqual(["1–2", "", "3"]);
  });

  test("has no number of a learning step where it would touch another", () => {
    for (let learnStep = 0; learnStep < 160; learnStep += 1) {
      const { pleatTicks, open } = layOutClock(runAt(learnStep, 3), 840);
      const ends = pleatTicks.map(({ x, text }, index) => {
        const width = 7 * (index === 0 ? 4 + text.length : text.length);
        return index === 0 ? [x, x + width] : [x - width / 2, x + width / 2];
      });
      ends.push([open.x - 10 - 7 * `k = ${learnStep}`.length, open.x - 10]);
      ends.slice(1).forEach(([left = 0], index) => {
        expect(left - (ends[index]?.[1] ?? 0), `at k = ${learnStep}`).toBeGreaterThanOrEqual(6);
      });
    }
    expect(layOutClock(runAt(86, 3), 840).pleatTicks.length).toBeGreaterThan(2);
  });

  test("can be drawn before the first frame", () => {
    const run = new RunStore();
    expect(() => layOutClock(run, 300)).not.toThrow();
    run.begin(1, { depth: 2, n_inference_steps: 16 });
    run.apply(stepFrame(0, 0));
    expect(layOutClock(run, 300).pleats).toEqual([]);
  });
});
