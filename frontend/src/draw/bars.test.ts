import { describe, expect, it } from "vitest";
import type { RunView } from "../store/run";
import { barsPicture } from "./bars";
import { barsTitle } from "./barsText";
import type { Trace } from "./plotly";
import { LARGEST_DECADE, LockedTop, logRange } from "./ranges";
import { relaxation, runOf, SIZE, THEME } from "./testing";

const draw = (run: RunView, column = "layer_energy", scale: "log" | "linear" = "log") =>
  barsPicture(run, {
    column,
    scale,
    axisTitle: "",
    size: SIZE,
    theme: THEME,
    revision: "0",
    top: new LockedTop({ ...logRange(column), ceiling: LARGEST_DECADE }),
  });

/** The x of a trace, rounded to a hundredth; gaps left out. */
const numbers = (trace: Trace | undefined) =>
  Array.from(trace?.x ?? [], (x) => Math.round(100 * x) / 100).filter(Number.isFinite);

const energies = [
  [0, 0, 1e-1],
  [0, 1e-4, 1e-2],
];
const states = [
  [0, 0, 2],
  [0, 2, 2],
];
const current = relaxation(7, 4, { layer_energy: energies, layer_state: states }, { arrival_step: [Number.NaN, 1, 0] });

describe("the bars", () => {
  it("end at log10 of each layer's energy now, and start at the floor", () => {
    const { picture } = draw(runOf(current, { focus: { layer: 3, inferStep: null } }));
    const bars = (colour: string) =>
      numbers(picture.traces.find((trace) => "fillcolor" in trace && trace.fillcolor === colour));
    expect(new Set(bars("ink3"))).toEqual(new Set([-14, -4]));
    expect(new Set(bars("accent"))).toEqual(new Set([-14, -2]));
  });

  it("show zeros as hatched cells one decade wide at the floor", () => {
    const [hatched] = draw(runOf(current)).picture.traces;
    expect(hatched).toMatchObject({ y: expect.arrayContaining([0.5, 1.5]), fillpattern: { shape: "/" } });
    const [left, right] = [Math.min(...numbers(hatched)), Math.max(...numbers(hatched))];
    expect([left, right]).toEqual([-14, -13]);
  });

  it("mark where each was at t = 0, zeros excepted", () => {
    const marks = draw(runOf(current)).picture.traces.at(-1);
    expect(numbers(marks)).toEqual([-1]);
    expect(marks?.y).toEqual([3]);
  });

  it("follow the focus, also into the learning step before, and say so", () => {
    const previous = relaxation(6, 4, { layer_energy: [...energies, [1, 1, 1]], layer_state: [...states, [2, 2, 2]] });
    const run = runOf(current, { previous, focus: { layer: null, inferStep: 2 } });
    const { reading } = draw(run);
    expect([...(reading.values ?? [])]).toEqual([1, 1, 1]);
    expect(barsTitle("Energy now", reading)).toBe("Energy at <i>t</i> = 2, <i>k</i> = 6");
    expect(barsTitle("Energy now", draw(runOf(current)).reading)).toBe("Energy at <i>t</i> = 1");
  });

  it("that lie below the axis but above noise are cut at it with a mark, not left out", () => {
    const run = runOf(relaxation(0, 4, { layer_energy: [[1e-17, 1e-3]], layer_state: [[2, 2]] }));
    const { traces } = draw(run).picture;
    const bars = traces.find((trace) => "fillcolor" in trace && trace.fillcolor === "ink3");
    const lowest = Array.from(bars?.x ?? []).slice(0, 5);
    expect(Math.max(...lowest)).toBeGreaterThan(-14);
    expect(Math.max(...lowest)).toBeLessThan(-13.5);
    const marks = traces.find((trace) => "marker" in trace && trace.marker?.symbol === "triangle-left");
    expect([marks?.x, marks?.y]).toEqual([[-14], [1]]);
  });

  it("of a column that has no t keep the catalogue's title", () => {
    const { reading } = draw(runOf(current), "arrival_step", "linear");
    expect(barsTitle("Arrival of the error", reading)).toBe("Arrival of the error");
    expect([...reading.codes]).toEqual([0, 2, 2]);
  });

  it("lengthen their axis in whole decades, tens of them when it explodes", () => {
    const run = runOf(relaxation(0, 4, { layer_energy: [[1, 3e23]], layer_state: [[2, 2]] }));
    expect(draw(run).picture.layout.xaxis?.range).toEqual([-14, 30.7]);
  });
});
