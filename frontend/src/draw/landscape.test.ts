import { describe, expect, it } from "vitest";
import { LockedExtent, landscapeLine, landscapePicture, startsOf } from "./landscape";
import { LockedScale } from "./lockedScale";
import type { Contour, Lines } from "./plotly";
import { relaxation, runOf, SIZE, THEME } from "./testing";

const SPEC = {
  title: "Saddle",
  columns: ["field", "u", "v", "pc_u", "pc_v", "bp_u", "bp_v"],
  series: [
    { column: "pc_u", label: "PC" },
    { column: "bp_u", label: "BP" },
  ],
  x_title: "w_1",
  y_title: "w_2",
};
const U = [-1, 0, 1, 2];
const V = [-1, 0, 1];
// Half the squared loss of w_1 w_2 = 1: a saddle at the origin.
const saddle = {
  field: V.flatMap((v) => U.map((u) => 0.5 * (1 - u * v) ** 2)),
  u: U,
  v: V,
  pc_u: [0, 0.5, 1, Number.NaN, -0.1, -1],
  pc_v: [0, 0.5, 1, Number.NaN, -0.1, -1],
  bp_u: [0.1, 0.2],
  bp_v: [0, 0.1],
};
const run = (fixed: Record<string, number[]>, epoch = 0) =>
  runOf(relaxation(0, 1, { layer_energy: [[1]] }, fixed), { epoch });
const options = () => ({
  size: SIZE,
  theme: THEME,
  revision: "0",
  field: new LockedScale("linear"),
  extent: new LockedExtent(),
});

describe("a landscape", () => {
  const picture = landscapePicture(run(saddle), SPEC, options());
  const [ground, ...lines] = picture?.traces ?? [];

  it("has a row for each second coordinate, on the axes of the frame", () => {
    const { z, x, y, zmin, zmax } = ground as Contour;
    expect([z.length, z[0]?.length, Array.from(x), Array.from(y)]).toEqual([3, 4, U, V]);
    for (const [j, v] of V.entries())
      for (const [i, u] of U.entries()) expect(z[j]?.[i]).toBeCloseTo(0.5 * (1 - u * v) ** 2, 6);
    expect([zmin, zmax]).toEqual([0, 5]);
    expect(picture?.layout.xaxis).toMatchObject({ range: [-1, 2] });
  });

  it("shows each flow as a line of its own look with a gap between paths, and a ring where each starts", () => {
    const named = (name: string) => lines.filter((trace) => (trace as Lines).name === name) as Lines[];
    expect(Array.from(named("PC")[1]?.x ?? [])).toEqual(Array.from(Float32Array.from(saddle.pc_u)));
    expect(named("PC")[1]?.line).toMatchObject({ color: "ink", dash: "solid" });
    expect(named("BP")[1]?.line).toMatchObject({ color: "second", dash: "dash" });
    expect(named("PC")[2]).toMatchObject({ mode: "markers", x: [0, expect.closeTo(-0.1, 6)] });
    expect(named("BP")[2]?.x).toHaveLength(1);
  });

  it("writes nothing over the field", () => {
    expect(picture?.layout.annotations ?? []).toEqual([]);
    const line = landscapeLine(run(saddle), SPEC, new LockedScale("linear"));
    expect(line).toContain("PC");
    expect(line).toMatch(/<span>0<\/span>.*<span>5<\/span>/);
    expect(line.match(/<svg/g)).toHaveLength(2);
  });

  it("is nothing until field and axes are known and belong together", () => {
    const { field: _, ...without } = saddle;
    expect(landscapePicture(run(without), SPEC, options())).toBeNull();
    expect(landscapePicture(run({ ...saddle, u: [0, 1] }), SPEC, options())).toBeNull();
    const { pc_u: _u, pc_v: _v, ...noPath } = saddle;
    expect(landscapePicture(run(noPath), SPEC, options())).not.toBeNull();
  });

  it("keeps the reach of its axes and of its colours while the field moves", () => {
    const kept = options();
    landscapePicture(run(saddle), SPEC, kept);
    const smaller = { ...saddle, field: saddle.field.map((value) => value / 10), u: [0, 0.5, 1, 1.5] };
    const moved = landscapePicture(run(smaller), SPEC, kept);
    expect(moved?.layout.xaxis).toMatchObject({ range: [-1, 2] });
    expect(moved?.traces[0]).toMatchObject({ zmax: 5 });
    expect(landscapePicture(run(smaller, 1), SPEC, kept)?.layout.xaxis).toMatchObject({ range: [0, 1.5] });
  });
});

it("a path starts at its first point and after each gap", () => {
  const nan = Number.NaN;
  expect(startsOf([nan, 1, 2, nan, 3], [nan, 4, 5, nan, 6])).toEqual({ x: [1, 3], y: [4, 6] });
});
