import { describe, expect, it } from "vitest";
import type { RunEvent, RunView } from "../store/run";
import { LockedDecades, learningPicture } from "./learning";
import { LockedExtents, seriesPicture } from "./series";
import { stepLabels, thinned } from "./strips";
import { learningSeries, relaxation, runOf, SIZE, THEME } from "./testing";

const options = { size: SIZE, theme: THEME, revision: "0" };
const event = (mark: string, learnStep: number, kind: RunEvent["kind"] = "change"): RunEvent => ({
  kind,
  mark,
  learnStep,
  inferStep: 0,
  title: "",
  detail: "",
});
const run = (columns: Record<string, number[]>, events: RunEvent[] = []) =>
  runOf(relaxation(0, 1, { layer_energy: [[1]] }), { learning: learningSeries(columns), events });

describe("thinning a line", () => {
  it("keeps a spike and both ends of a long series", () => {
    const values = Float32Array.from({ length: 5000 }, (_, index) => (index === 3210 ? 99 : Math.sin(index)));
    const { x, y } = thinned(Float64Array.from(values.keys()), values, 256);
    expect(x.length).toBeLessThanOrEqual(256);
    expect(Math.max(...y)).toBe(99);
    expect(x).toEqual([...x].sort((a, b) => a - b));
  });

  it("leaves out what is not a number and keeps the rest of a short one", () => {
    expect(thinned([0, 1, 2], [5, Number.NaN, 7], 256)).toEqual({ x: [0, 2], y: [5, 7] });
  });
});

describe("the learning chart", () => {
  it("merges the labels of lines that end together", () => {
    const picture = learningPicture(
      run({ output: [0.2, 0.16], loss: [0.2, 0.16], hidden: [1e-3, 2e-3] }),
      new LockedDecades(),
      options,
    );
    expect(picture.layout.annotations?.map((label) => label.text)).toEqual(["output, loss", "hidden"]);
  });

  it("sets three names that end together under each other", () => {
    const together = { output: [0.2, 0.16], loss: [0.2, 0.16], hidden: [0.2, 0.16] };
    const { annotations } = learningPicture(run(together), new LockedDecades(), options).layout;
    expect(annotations?.map((label) => label.text)).toEqual(["output<br>hidden<br>loss"]);
  });

  it.each([10, 900, 12_000, 350_000])("parts the labels of %i learning steps", (end) => {
    for (const width of [100, 180, 340, 700]) {
      const { values, text } = stepLabels(end, width, THEME);
      const [first = 0, second = end] = values;
      const apart = ((second - first) / end) * width;
      const widest = Math.max(...text.map((label) => label.length)) * 0.6 * THEME.tickSize;
      expect(apart).toBeGreaterThan(widest);
    }
  });

  it("gives accuracy a strip of its own, and leaves it out where there is none", () => {
    const energies = { output: [0.2], loss: [0.2], hidden: [1e-3] };
    expect(learningPicture(run(energies), new LockedDecades(), options).layout.yaxis2).toBeUndefined();
    const picture = learningPicture(run({ ...energies, test_accuracy: [0.9] }), new LockedDecades(), options);
    expect(picture.layout.yaxis2).toMatchObject({ range: [0, 1] });
  });

  it("numbers changes, merges a burst of them, and sets a divergence apart", () => {
    const picture = learningPicture(
      run({ output: Array(100).fill(0.1) }, [
        event("1", 20),
        event("2", 60),
        event("3", 61),
        event("", 0),
        event("!", 90, "diverged"),
      ]),
      new LockedDecades(),
      options,
    );
    const marks = picture.layout.annotations?.filter((label) => label.yanchor === "bottom");
    expect(marks?.map((mark) => mark.text)).toEqual(["<b>1</b>", "<b>2–3</b>", "<b>!</b>"]);
    const beside = learningPicture(
      run({ output: Array(100).fill(0.1) }, [event("1", 88), event("2", 89), event("!", 90, "diverged")]),
      new LockedDecades(),
      options,
    );
    const left = beside.layout.annotations?.filter((label) => label.yanchor === "bottom");
    expect(left?.map((mark) => mark.text)).toEqual(["<b>!</b>"]);
    expect(picture.layout.shapes?.map((shape) => shape.line?.dash)).toEqual(["dot", "dot", "dot", "solid"]);
  });

  it("says that a run stopped being finite, where it did", () => {
    const states = relaxation(40, 2, { layer_energy: [[1, 1]], layer_state: [[2, 3]] });
    const learning = learningSeries({ output: Array(40).fill(0.1) });
    const diverged = { layer: 2, learnStep: 40, inferStep: 0, where: "layer 6", cause: "", limit: null };
    const texts = (run: RunView) =>
      learningPicture(run, new LockedDecades(), options).layout.annotations?.map((label) => label.text);
    expect(texts(runOf(states, { learning, diverged }))).toContain("non-finite ▲");
    expect(texts(runOf(states, { learning }))).not.toContain("non-finite ▲");
  });

  it("is a point while there is only one", () => {
    const { traces } = learningPicture(run({ output: [0.2] }), new LockedDecades(), options);
    expect(traces[0]).toMatchObject({ mode: "markers" });
  });

  it("never shrinks its decades within a run", () => {
    const decades = new LockedDecades();
    expect(decades.see(0, [Float32Array.of(3e-4, 0.5)])).toEqual([-4, 0]);
    expect(decades.see(0, [Float32Array.of(0.1, 30)])).toEqual([-4, 2]);
    expect(decades.see(0, [Float32Array.of(0, Number.NaN, Number.POSITIVE_INFINITY)])).toEqual([-4, 2]);
    expect(decades.see(1, [Float32Array.of(0.1)])).toEqual([-2, 0]);
  });
});

describe("a series chart", () => {
  it("shows a pair as two strips with their own ranges", () => {
    const picture = seriesPicture(
      run({ imbalance_decades: [12, 13], imbalance_slope: [-0.5, 0.9] }),
      ["learning_imbalance"],
      new LockedExtents(),
      options,
    );
    if (typeof picture === "string") throw new Error(picture);
    expect(picture.layout.yaxis).toMatchObject({ range: [0, 20] });
    expect(picture.layout.yaxis2).toMatchObject({ range: [-0.5, 1] });
    const [above, below] = [picture.layout.yaxis?.domain?.[0], picture.layout.yaxis2?.domain?.[1]] as [number, number];
    expect(above).toBeGreaterThan(below);
  });

  it("is a sentence where no learning step has a number, and waits with it for the first one", () => {
    const draw = (values: number[]) =>
      seriesPicture(run({ imbalance_decades: values }), ["learning_imbalance"], new LockedExtents(), options);
    expect(draw([Number.NaN, Number.NaN])).toMatch(/no value is known/);
    expect(draw([Number.NaN, 1])).toHaveProperty("traces");
    expect(draw([])).toHaveProperty("traces");
  });
});
