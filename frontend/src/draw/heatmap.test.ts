import { describe, expect, it } from "vitest";
import type { RunView } from "../store/run";
import { Cell } from "./cells";
import { heatmapPicture } from "./heatmap";
import { heatmapLine, heatmapNote } from "./heatmapText";
import { LockedTop, logRange } from "./ranges";
import { relaxation, runOf, SIZE, THEME } from "./testing";

const draw = (run: RunView, top = new LockedTop(logRange("layer_energy"))) =>
  heatmapPicture(run, {
    column: "layer_energy",
    signed: false,
    size: SIZE,
    theme: THEME,
    revision: "0",
    top,
    grid: null,
  });

const energies = [
  [0, 0, 0.5],
  [0, 1e-20, 0.25],
  [1e-16, 1e-3, 0.125],
];
const states = [
  [0, 0, 2],
  [0, 1, 2],
  [2, 2, 2],
];
const whole = (learnStep: number) => relaxation(learnStep, 2, { layer_energy: energies, layer_state: states });

describe("the heatmap", () => {
  it("draws log10 of energy by layer, on a locked scale, and leaves every other kind of cell empty", () => {
    const { picture, grid } = draw(runOf(whole(0)));
    const [heat] = picture.traces;
    expect(heat).toMatchObject({ type: "heatmap", zmin: -14, zmax: 0 });
    const [bottom, , top] = grid.heat;
    expect([...(top ?? [])].map((value) => Number(value.toFixed(3)))).toEqual([-0.301, -0.602, -0.903]);
    expect([...(bottom ?? [])]).toEqual([Number.NaN, Number.NaN, -14]);
    expect([...grid.codes]).toEqual([0, 0, 2, 0, 1, 2, 2, 2, 2]);
  });

  it("says in its line only what is there to be seen", () => {
    const { reading } = draw(runOf(whole(0)));
    const line = heatmapLine(reading, false);
    expect(line).toContain("not reached");
    expect(line).toContain("noise");
    expect(line).not.toContain("non-finite");
    expect(line).not.toContain("10<sup>38</sup>");
  });

  it("shows a zero that is a value as 0: neither a small number nor a layer that is not reached", () => {
    const column = "layer_precision";
    const rows = { layer_energy: [[0, 0, 1]], [column]: [[0, 1e-7, 1]], layer_state: [[0, 0, 2]] };
    const run = runOf(relaxation(0, 0, rows));
    const options = { column, signed: false, size: SIZE, theme: THEME, revision: "0", grid: null };
    const { grid, picture, reading } = heatmapPicture(run, { ...options, top: new LockedTop(logRange(column)) });
    expect([...grid.codes]).toEqual([Cell.zero, Cell.finite, Cell.finite]);
    expect(grid.heat.map((row) => row[0])).toEqual([Number.NaN, -4, 0]);
    expect(picture.traces.filter((trace) => trace.visible && "fillcolor" in trace)).toMatchObject([
      { fillcolor: "zero" },
    ]);
    expect(heatmapLine(reading, false)).toContain("0</span>");
    expect(heatmapLine(reading, false)).not.toContain("not reached");
  });

  it("fades the learning step before, after now, and names it", () => {
    const current = relaxation(86, 2, { layer_energy: energies.slice(0, 2), layer_state: states.slice(0, 2) });
    const { picture, reading } = draw(runOf(current, { previous: whole(85) }));
    expect(heatmapNote(reading)).toContain("85");
    expect(picture.layout.shapes?.[0]).toMatchObject({ x0: 1.5, x1: 2.5, fillcolor: "bg", opacity: 0.68 });
  });

  it("fades nothing when the relaxation is complete", () => {
    const { picture, reading } = draw(runOf(whole(86), { previous: whole(85) }));
    expect(reading.fadedStep).toBeNull();
    expect(picture.layout.shapes).toHaveLength(1);
  });

  it("outlines the column at t and the row in focus", () => {
    const { picture } = draw(runOf(whole(0), { focus: { layer: 2, inferStep: 1 } }));
    expect(picture.layout.shapes).toMatchObject([
      { y0: 1.5, y1: 2.5, line: { color: "accent", width: 1 } },
      { x0: 0.5, x1: 1.5, y0: 0.5, y1: 3.5, line: { color: "accent", width: 2.5 } },
    ]);
  });

  it("grows its scale by whole decades up to a bound, and shows what is beyond in a second scale", () => {
    const top = new LockedTop(logRange("layer_energy"));
    const first = draw(runOf(relaxation(0, 1, { layer_energy: [[1e-3, 40]], layer_state: [[2, 2]] })), top);
    expect(first.reading.high).toBe(2);
    const second = draw(runOf(relaxation(0, 1, { layer_energy: [[1e-3, 1e20]], layer_state: [[2, 2]] })), top);
    expect(second.reading.high).toBe(2);
    expect(second.reading.kinds.has(Cell.above)).toBe(true);
    expect(second.picture.traces[1]).toMatchObject({ visible: true, zmin: 2, zmax: 38 });
    expect(second.grid.above[1]?.[0]).toBeCloseTo(20);
    expect(second.grid.heat[1]?.[0]).toBeNaN();
  });

  it("labels the first cell that is not finite, once", () => {
    const run = runOf(
      relaxation(0, 2, {
        layer_energy: [
          [1, 1],
          [1, Number.POSITIVE_INFINITY],
          [Number.NaN, Number.NaN],
        ],
        layer_state: [
          [2, 2],
          [2, 3],
          [3, 3],
        ],
      }),
    );
    expect(draw(run).picture.layout.annotations).toMatchObject([{ x: 1, y: 2, text: "<b>layer 2, t = 1</b>" }]);
  });

  it("draws a decimated relaxation over the steps that each row stands for", () => {
    const rows = [[1, 1], undefined, undefined, undefined, [1, 1]];
    const { grid, reading } = draw(
      runOf(relaxation(0, 4, { layer_energy: rows, layer_state: rows.map(() => [2, 2]) })),
    );
    expect([...grid.edges]).toEqual([-0.5, 3.5, 4.5]);
    expect(reading.decimation).toBe("every 4th step shown");
  });

  it("gives a deep network one even column per step, whatever rows are held", () => {
    const deep = Array.from({ length: 24 }, () => 1);
    const rows = [deep, undefined, undefined, deep];
    const { grid } = draw(
      runOf(relaxation(0, 3, { layer_energy: rows, layer_state: rows.map(() => deep.map(() => 2)) })),
    );
    expect([...grid.edges]).toEqual([-0.5, 0.5, 1.5, 2.5, 3.5]);
    expect([...(grid.heat[0] ?? [])]).toEqual([0, 0, 0, 0]);
  });

  it("uses its buffers again while the shape stays", () => {
    const { grid } = draw(runOf(whole(0)));
    const again = heatmapPicture(runOf(whole(1)), {
      column: "layer_energy",
      signed: false,
      size: SIZE,
      theme: THEME,
      revision: "0",
      top: new LockedTop(logRange("layer_energy")),
      grid,
    });
    expect(again.grid).toBe(grid);
  });
});
