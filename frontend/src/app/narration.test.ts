import { describe, expect, test } from "vitest";
import { barsPicture } from "../draw/bars";
import { barsCaption, barsLine } from "../draw/barsText";
import { heatmapPicture } from "../draw/heatmap";
import { heatmapCaption, heatmapLine } from "../draw/heatmapText";
import { LockedTop, logRange } from "../draw/ranges";
import { SIZE, THEME } from "../draw/testing";
import { clocksText } from "../store/clocks";
import { RunStore } from "../store/runStore";
import { makeFrame } from "../testing/frame";
import { inspect } from "./inspection";
import { summarise } from "./summary";

const DEPTH = 6;
const NEVER = Number.NaN;

/** What the server tells of a run: its T, when it foretells each layer's error, its sentence; and what it sends at each t. */
interface Case {
  readonly name: string;
  readonly planned: number;
  readonly expected: ReadonlyArray<number>;
  readonly course: string;
  /** Layers whose energy is exactly 0 at t. */
  readonly silent: (t: number) => ReadonlyArray<number>;
  /** The layer below which the server says that an error is too small for float32. */
  readonly end?: number;
  /** What nobody may read of it, at any moment. */
  readonly never: RegExp;
}

const below = (layer: number) => Array.from({ length: Math.max(0, layer - 1) }, (_, index) => index + 1);
const HIDDEN = below(DEPTH);
const WAVE = [5, 4, 3, 2, 1, 0];
const AT_ONCE = [1, 1, 1, 1, 1, 0];
const atOnce = (t: number) => (t === 0 ? HIDDEN : []);
/** Sentences of a front that moves from layer to layer. */
const FRONT = /have not moved|has not moved|has reached layer|t = [2-9]\b(?! )/;

const CASES: ReadonlyArray<Case> = [
  {
    name: "pc or ipc, feedforward",
    planned: 8,
    expected: WAVE,
    course: "The error travels.",
    silent: (t) => below(DEPTH - t),
    never: /no inference|every layer has an error/i,
  },
  {
    name: "pc with fewer steps than layers",
    planned: 3,
    expected: WAVE,
    course: "The error travels.",
    silent: (t) => below(DEPTH - t),
    never: /reached every layer|no inference/,
  },
  {
    name: "heun, two layers a step",
    planned: 8,
    expected: [3, 2, 2, 1, 1, 0],
    course: "The error travels.",
    silent: (t) => below(DEPTH - 2 * t),
    never: /no inference/,
  },
  { name: "epc", planned: 8, expected: AT_ONCE, course: "At once.", silent: atOnce, never: FRONT },
  { name: "equilibrium", planned: 1, expected: AT_ONCE, course: "In one step.", silent: atOnce, never: FRONT },
  {
    name: "bp",
    planned: 0,
    expected: [NEVER, NEVER, NEVER, NEVER, NEVER, 0],
    course: "BP does not infer.",
    silent: () => HIDDEN,
    never: /not moved|not reached|\byet\b|of 0\b|0 \/ 0|inference step|reached layer/,
  },
  { name: "noise", planned: 8, expected: [0, 0, 0, 0, 0, 0], course: "Noise.", silent: () => [], never: FRONT },
  {
    name: "zero",
    planned: 8,
    expected: [0, NEVER, NEVER, NEVER, NEVER, 0],
    course: "Zero.",
    silent: (t) => HIDDEN.filter((layer) => layer > 1 + t && layer < DEPTH - t),
    never: FRONT,
  },
];

function runOf(each: Case, t: number, more: { pace?: string; paused?: boolean; diverged?: boolean } = {}): RunStore {
  const run = new RunStore();
  run.begin(1, { depth: DEPTH, width: 8, n_inference_steps: 8, pace: more.pace ?? "slow" });
  const steps = Array.from({ length: t + 1 }, (_, step) => step);
  const rows = (value: (layer: number, step: number) => number) =>
    steps.flatMap((step) => Array.from({ length: DEPTH }, (_, index) => value(index + 1, step)));
  const isSilent = (layer: number, step: number) => each.silent(step).includes(layer);
  const arrival = (layer: number) => steps.find((step) => !isSilent(layer, step)) ?? NEVER;
  run.apply(
    makeFrame({
      learnStep: 3,
      inferSteps: steps,
      columns: {
        layer_energy: [
          [steps.length, DEPTH],
          rows((layer, step) => (isSilent(layer, step) ? 0 : 0.1 ** (DEPTH - layer))),
        ],
        layer_state: [[steps.length, DEPTH], rows((layer, step) => (isSilent(layer, step) ? 0 : 2))],
        activity_rms: [[steps.length, DEPTH], rows(() => 1)],
        arrival_step: [[DEPTH], below(DEPTH + 1).map(arrival)],
        arrival_expected: [[DEPTH], each.expected],
        wave_end: [[steps.length, 1], steps.map(() => each.end ?? NEVER)],
        plan: [[2], [each.planned, 4]],
      },
    }),
  );
  run.note({}, each.course);
  run.isPaused = more.paused ?? false;
  if (more.diverged) run.diverge({ layer: 6, learnStep: 3, inferStep: t, where: "layer 6", cause: "", limit: null });
  return run;
}

/** Everything that the page says of the error's way, in words. */
function narration(run: RunStore): string {
  const texts = [summarise(run), summarise(run, 0), clocksText(run)];
  for (let layer = 1; layer <= DEPTH; layer += 1) {
    run.pin(layer);
    const first = inspect(run)?.readings.find(({ name }) => name === "first reached at");
    texts.push(`${layer}: ${first?.value}`);
  }
  run.pin(null);
  for (const column of ["layer_energy", "arrival_step"]) {
    const { reading } = barsPicture(run, {
      column,
      scale: "log",
      axisTitle: "",
      size: SIZE,
      theme: THEME,
      revision: "0",
      top: new LockedTop(logRange(column)),
    });
    texts.push(barsLine(column, run, reading), barsCaption("Energy now", run, reading));
  }
  const { reading } = heatmapPicture(run, {
    column: "layer_energy",
    signed: false,
    size: SIZE,
    theme: THEME,
    revision: "0",
    top: new LockedTop(logRange("layer_energy")),
    grid: null,
  });
  texts.push(heatmapLine(reading, false));
  texts.push(heatmapCaption("Energy", "layer_energy", run, reading));
  return texts.join("\n").replace(/<[^>]*>/g, "");
}

describe.each(CASES)("$name", (each) => {
  const moments = each.planned === 0 ? [0] : Array.from({ length: each.planned + 2 }, (_, t) => t);
  test.each(["slow", "training"])("nothing that is not so is said at any moment of %s", (pace) => {
    for (const t of moments) {
      for (const more of [{ pace }, { pace, paused: true }, { pace, diverged: true }]) {
        const said = narration(runOf(each, t, more)).replaceAll(/\b\d+: t = \d+/g, "");
        expect(said, `t = ${t}`).not.toMatch(each.never);
      }
    }
  });

  test("a layer without an error is told when it gets one, or that it never does", () => {
    for (const t of moments) {
      const run = runOf(each, t);
      for (const layer of HIDDEN) {
        run.pin(layer);
        const said = inspect(run)?.readings.find(({ name }) => name === "first reached at")?.value ?? "";
        const expected = each.expected[layer - 1] ?? NEVER;
        if (!each.silent(t).includes(layer)) expect(said).toMatch(/^t = \d+$/);
        else if (each.planned === 0) expect(said).toBe("never: no inference");
        else if (expected > each.planned) expect(said).toBe(`not before t = ${expected}`);
        else expect(said).toBe(Number.isNaN(expected) ? "not yet" : `not yet: t = ${expected}`);
      }
    }
  });
});

describe("the summary of a moment", () => {
  const [pc, short, , epc, equilibrium, bp, noise, zero] = CASES as [Case, Case, Case, Case, Case, Case, Case, Case];
  test.each([
    [pc, 0, "The error is at the output only; layers 1 to 5 have not moved."],
    [pc, 2, "The error has reached layer 4; layers 1 to 3 have not moved."],
    [pc, 5, "The error has reached every layer."],
    [short, 3, "The error has reached layer 3; layers 1 to 2 have not moved."],
    [epc, 0, "The error is not in layers 1 to 5 yet; the next step takes it there."],
    [epc, 1, "Every layer has an error."],
    [equilibrium, 0, "The error is not in layers 1 to 5 yet; the next step takes it there."],
    [equilibrium, 1, "Every layer has an error."],
    [bp, 0, "Learning step 3. BP does not infer."],
    [noise, 0, "Every layer has an error."],
    [zero, 0, "4 of 6 layers have no error yet."],
    [zero, 2, "Every layer has an error."],
  ])("is so (%#)", (each, t, sentence) => expect(summarise(runOf(each, t))).toContain(sentence));

  test("says so where the error has come and is too small for float32", () => {
    const lost = { ...pc, silent: () => [1, 2], end: 3 };
    expect(summarise(runOf(lost, 8))).toContain("The error has reached layer 3; below it is too small for float32.");
    const run = runOf(lost, 8);
    run.pin(1);
    expect(inspect(run)?.readings.find(({ name }) => name === "first reached at")?.value).toBe(
      "due at t = 5, too small for float32 below layer 3",
    );
    expect(narration(run)).toContain("0: too small for float32 below layer 3");
    expect(narration(run)).toContain("Below layer 3 the error is too small for float32.");
  });

  test("past T says so, and a pause at the end of a relaxation says what comes next", () => {
    expect(clocksText(runOf(pc, 9))).toBe("Learning step 3, inference step 9, past the planned 8");
    expect(summarise(runOf(pc, 8, { paused: true }))).toContain("inference step 8 of 8. Learning step 4 comes next.");
    expect(summarise(runOf(pc, 7, { paused: true }))).not.toContain("comes next");
    expect(summarise(runOf(pc, 8))).not.toContain("comes next");
  });
});
