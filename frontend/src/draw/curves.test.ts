import { describe, expect, it } from "vitest";
import { type CurvesSpec, curvesPicture, hasEndLabels, isolated, type SeriesSpec } from "./curves";
import {
  curveKeys,
  curvesCaption,
  keyRows,
  type ReadingSpec,
  readingRows,
  readingsLine,
  readingText,
} from "./curvesText";
import { LockedScale } from "./lockedScale";
import type { Lines } from "./plotly";
import { relaxation, runOf, SIZE, THEME } from "./testing";
import { maths, sentenceHtml } from "./words";

const series = (column: string, mark: SeriesSpec["mark"] = "line"): SeriesSpec => ({ column, label: column, mark });
const spec = (more: Partial<CurvesSpec>): CurvesSpec => ({
  title: "Title",
  scale: "log",
  series: [],
  readings: [],
  x: "layer",
  x_title: "layer",
  x_scale: "linear",
  y_title: "energy",
  y_range: null,
  ...more,
});
const run = (fixed: Record<string, number[]>, more = {}) =>
  runOf(relaxation(0, 4, { layer_energy: [[1, 1, 1, 1]] }, fixed), more);
const paint = (fixed: Record<string, number[]>, row: CurvesSpec, more = {}, size = SIZE) => {
  const locked = { x: new LockedScale(row.x_scale), y: new LockedScale(row.scale === "log" ? "log" : "linear") };
  return curvesPicture(run(fixed, more), row, { size, theme: THEME, revision: "0", ...locked });
};
const draw = (...given: Parameters<typeof paint>) => {
  const painted = paint(...given);
  if (typeof painted === "string") throw new Error(painted);
  return painted;
};
const points = (trace: unknown) => {
  const { x, y } = trace as Lines;
  return { x: Array.from(x), y: Array.from(y) };
};

describe("curves", () => {
  it("stand over layers from 1 and steps from 0, in the order and by the names of the catalogue", () => {
    const over = (x: string) =>
      draw({ a: [1, 10], b: [100, 10] }, spec({ x, series: [series("a"), series("b", "points")] }));
    expect(over("layer")?.traces.map(points)).toEqual([
      { x: [1, 2], y: [0, 1] },
      { x: [1, 2], y: [2, 1] },
    ]);
    expect(points(over("step")?.traces[0]).x).toEqual([0, 1]);
    expect(over("layer")?.traces.map((trace) => (trace as Lines).mode)).toEqual(["lines", "markers"]);
  });

  it("stand over a column of the frame where the row names one, also on a log axis", () => {
    const picture = draw(
      { a: [1, 2], rate: [1, 10] },
      spec({ x: "rate", x_scale: "log", scale: "linear", series: [series("a")] }),
    );
    expect(points(picture?.traces[0])).toEqual({ x: [0, 1], y: [1, 2] });
    expect(picture?.layout.xaxis?.ticktext).toEqual(["1", "10"]);
  });

  it("have gaps where there is no number; a number between two gaps is a point", () => {
    const values = [1, Number.NaN, 10, Number.NaN];
    const picture = draw({ a: values }, spec({ series: [series("a")] }));
    expect(picture?.traces.map(points)).toEqual([
      { x: [1, 2, 3, 4], y: [0, Number.NaN, 1, Number.NaN] },
      { x: [1, 3], y: [0, 1] },
    ]);
    expect(picture?.traces[0]).toMatchObject({ connectgaps: false });
    expect(isolated([1, 2, 3], [1, 2, Number.NaN])).toEqual({ x: [], y: [] });
  });

  it("are nothing until one of their columns is known, and leave the place of the others", () => {
    const row = spec({ series: [series("a"), series("b")] });
    expect(draw({}, row)).toBeNull();
    expect(draw({ b: [1, 2] }, row)?.traces.map((trace) => points(trace).y)).toEqual([
      [],
      [0, expect.closeTo(0.301, 3)],
    ]);
  });

  it("are a sentence where none of their values is a number", () => {
    const row = spec({ series: [series("a"), series("b")] });
    const nothing = [Number.NaN, Number.NaN];
    expect(paint({ a: nothing, b: nothing }, row)).toMatch(/no value is known/);
    expect(paint({ a: nothing }, row)).toMatch(/no value is known/);
    expect(draw({ a: nothing, b: [Number.NaN, 1] }, row)?.traces).toHaveLength(3);
  });

  it("mark the layer in focus and the present step in the accent, as other charts do", () => {
    const focus = { layer: 3, inferStep: null };
    const layers = draw({ a: [1, 2, 3, 4] }, spec({ series: [series("a")] }), { focus });
    expect(layers?.layout.shapes).toMatchObject([{ x0: 2.5, x1: 3.5, line: { color: "accent" } }]);
    const steps = draw({ a: [1, 2, 3] }, spec({ x: "step", series: [series("a")] }), { inferStep: 2 });
    expect(steps?.layout.shapes).toMatchObject([{ x0: 2, x1: 2, line: { color: "accent" } }]);
    expect(draw({ a: [1, 2] }, spec({ x: "index", series: [series("a")] }), { focus })?.layout.shapes).toEqual([]);
  });

  it("as bars stand on zero, the layer in focus in the accent", () => {
    const row = spec({ scale: "linear", series: [series("a", "bars")] });
    const picture = draw({ a: [2, -1] }, row, { focus: { layer: 2, inferStep: null } });
    const [others, pinned] = (picture?.traces ?? []).map(points);
    expect(others?.y).toEqual([0, 2, 2, 0, 0, Number.NaN]);
    expect(pinned?.y).toEqual([0, -1, -1, 0, 0, Number.NaN]);
    expect(picture?.traces[1]).toMatchObject({ fillcolor: "accent" });
  });

  it("as bars of two series stand side by side, each in its own colour also where the focus is", () => {
    const row = spec({ scale: "linear", series: [series("a", "bars"), series("b", "bars")] });
    const picture = draw({ a: [2, -1], b: [1, 1] }, row, { focus: { layer: 2, inferStep: null } });
    const [a, b] = (picture?.traces ?? []).map(points);
    expect(a?.y.slice(0, 5)).toEqual([0, 2, 2, 0, 0]);
    expect(a?.x[0]).toBeCloseTo(1 - 0.31, 9);
    expect(b?.x[0]).toBeCloseTo(1, 9);
    expect(picture?.traces).toHaveLength(2);
  });

  it("differ by more than hue, however many there are", () => {
    const names = ["a", "b", "c", "d", "e"];
    const fixed = Object.fromEntries(names.map((name, index) => [name, [index + 1, index + 2]]));
    for (const mark of ["line", "points"] as const) {
      const picture = draw(fixed, spec({ series: names.map((name) => series(name, mark)) }));
      const looks = picture?.traces.map((trace) => {
        const { line, marker } = trace as Lines;
        return mark === "line" ? `${line?.color} ${line?.dash}` : String(marker?.symbol);
      });
      expect(new Set(looks).size).toBe(5);
    }
    const keyed = names.map((name) => series(name));
    expect(curveKeys(run(fixed), keyed).match(/<svg/g)).toHaveLength(5);
  });

  it("have no key where there is nothing to see of them, and the others keep their looks", () => {
    const all = [series("first"), series("second"), series("third")];
    const numbers = { first: [Number.NaN, Number.NaN], second: [Number.NaN, 1] };
    const keys = curveKeys(run(numbers), all);
    expect(keys).not.toContain("first");
    expect(keys.indexOf("color: var(--second)")).toBeLessThan(keys.indexOf("second</span>"));
    expect(keys).toContain("third");
    expect(curvesCaption(run(numbers), spec({ series: all }))).toBe("Title: second, third over layer.");
  });
});

describe("names at the ends of two lines", () => {
  const row = spec({ series: [series("now", "points"), series("settled")], y_title: "" });
  const labels = (fixed: Record<string, number[]>) => draw(fixed, row)?.layout.annotations?.map(({ text }) => text);

  it("stand each at its end", () => {
    expect(labels({ now: [1, 1e-6], settled: [1, 1] })).toHaveLength(2);
  });

  it("become one, under each other and each in its colour, where they would touch", () => {
    expect(labels({ now: [1, 1e-3], settled: [1e-6, 1.1e-3] })).toEqual([
      '<span style="color: ink">● now</span><br><span style="color: second">— settled</span>',
    ]);
  });

  it("are keys over the plot where they would take more than a quarter of its width", () => {
    const long = spec({ series: [series("measured", "points"), series("β^(L−l) × backprop")], y_title: "" });
    const known = { measured: [1, 2], "β^(L−l) × backprop": [1, 2] };
    for (const [width, isNamed] of [
      [300, false],
      [640, true],
    ] as const) {
      const picture = draw(known, long, {}, { ...SIZE, width });
      expect((picture?.layout.annotations ?? []).length > 0).toBe(isNamed);
      expect(hasEndLabels(long, width, THEME)).toBe(isNamed);
      expect(picture?.layout.margin?.r ?? 0).toBeLessThanOrEqual(width / 4);
    }
  });

  it("are keys over the plot where there are more than two", () => {
    const picture = draw(
      { a: [1], b: [1], c: [1] },
      spec({ y_title: "", series: ["a", "b", "c"].map((name) => series(name)) }),
    );
    expect(picture?.layout.annotations).toEqual([]);
  });
});

describe("readings", () => {
  const reading = (index: number, more = {}) => ({
    column: "n",
    label: "λ_max",
    index,
    unit: "",
    quality: null,
    ...more,
  });
  const known = run({ n: [0.25, Number.NaN, Number.POSITIVE_INFINITY, 0, 1, 2, 3] });

  it("have their unit, and say of what is no number which kind of none it is", () => {
    expect(readingText(known, reading(0, { unit: "decades" }))).toBe("0.25 decades");
    expect(readingText(known, reading(1))).toBe("not known");
    expect(readingText(known, reading(1, { unit: "decades a layer" }))).toBe("decades a layer not known");
    expect(readingText(known, reading(99))).toBe("not known");
    expect(readingText(known, reading(2))).toBe("non-finite");
  });

  it("say how good they are: exact, about, at most, at least", () => {
    const texts = [3, 4, 5, 6].map((quality) => readingText(known, reading(0, { quality })));
    expect(texts).toEqual(["0.25", "≈ 0.25", "≤ 0.25", "≥ 0.25"]);
  });

  it("are left out while nobody has measured them", () => {
    expect(readingText(run({}), reading(0))).toBeNull();
    expect(readingsLine(run({}), [[reading(0)]])).toBe("");
    expect(readingsLine(known, [[reading(0)]])).toContain("<i>λ</i><sub>max</sub>");
  });

  it("take as many rows as their names need in the width, none left out, whatever the digits", () => {
    const named = (...parts: [string, string][]): ReadingSpec[] =>
      parts.map(([label, unit], index) => reading(index, { label, unit }));
    const gradient = named(["exact from layer", ""], ["layers exact", ""], ["β", ""]);
    const repair = named(["PC", "decades"], ["PC", "decades a layer"], ["BP", "decades"], ["BP", "decades a layer"]);
    const spectrum = named(["λ max", ""], ["λ min", ""], ["residual of λ min", ""], ["κ", ""], ["κ of ePC", ""]);
    for (const [readings, rows] of [
      [gradient, 2],
      [repair, 4],
      [spectrum, 3],
    ] as const) {
      expect(readingRows(readings, 1200, 12)).toEqual([readings]);
      const narrow = readingRows(readings, 300, 12);
      expect(narrow.flat()).toEqual(readings);
      expect(narrow).toHaveLength(rows);
      const line = readingsLine(known, narrow);
      expect(line.match(/chart-break/g)).toHaveLength(narrow.length - 1);
      expect(line.match(/chart-value/g)).toHaveLength(readings.length);
    }
    const balance = named(["F*", ""], ["F", ""], ["loss / F*", ""], ["tr(S)/K", ""], ["rms gradient at F*", ""]);
    expect(readingRows(balance, 278, 12)).toHaveLength(3);
    expect(readingRows([], 300, 12)).toEqual([]);
    expect(keyRows([series("short"), series("a")], 300, 12)).toBe(1);
    expect(keyRows([series("a name of some length"), series("another such name")], 200, 12)).toBe(2);
  });
});

it("symbols of the catalogue are set as formulas, words are not, and markup is text", () => {
  expect(maths("F* at t, a part of z_l")).toBe("<i>F</i>* at <i>t</i>, a part of <i>z</i><sub><i>l</i></sub>");
  expect(maths("inference step t")).toBe("inference step <i>t</i>");
  expect(maths("PC & <b>")).not.toContain("<b>");
});

it("a sentence has the subscripts of its symbols, while names and markup stay as they are", () => {
  expect(sentenceHtml("α_L = ½ and η_eff <b>")).toBe("α<sub>L</sub> = ½ and η<sub>eff</sub> &#60;b&#62;");
  expect(sentenceHtml("activity_lr")).toBe("activity_lr");
});
