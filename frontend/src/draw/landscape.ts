/** A field over a plane as a map of even steps, and the ways that flows take across it. */

import type { RunView } from "../store/run";
import { baseLayout, margins, plainAxis, type Size } from "./axes";
import { CIVIDIS, cssGradient } from "./colours";
import { type Ink, swatch } from "./curveStyles";
import { curveKey } from "./curvesText";
import type { LockedScale, Placed } from "./lockedScale";
import type { Contour, Lines, Picture } from "./plotly";
import { linearTicks } from "./scale";
import type { Theme } from "./theme";
import { maths } from "./words";

/** What a row of the catalogue says of its landscape: field, two axes, then two columns for each flow. */
export interface LandscapeSpec {
  readonly title: string;
  readonly columns: ReadonlyArray<string>;
  readonly series: ReadonlyArray<{ readonly column: string; readonly label: string }>;
  readonly x_title: string;
  readonly y_title: string;
}

export interface LandscapeOptions {
  readonly size: Size;
  readonly theme: Theme;
  readonly revision: string;
  readonly field: LockedScale;
  readonly extent: LockedExtent;
}

/** The numbers of one moment. */
interface Landscape {
  readonly field: Float32Array;
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly flows: ReadonlyArray<Flow>;
}

/** Paths parted by NaN. */
interface Flow {
  readonly label: string;
  readonly x: Float32Array;
  readonly y: Float32Array;
}

const FLOW_LOOKS: ReadonlyArray<{ ink: Ink; dash: "solid" | "dash" }> = [
  { ink: "ink", dash: "solid" },
  { ink: "second", dash: "dash" },
];
const BANDS = 16;

function lookOf(index: number): (typeof FLOW_LOOKS)[number] {
  return FLOW_LOOKS[index % FLOW_LOOKS.length] ?? { ink: "ink", dash: "solid" };
}

/** Both axes as far as any plane has reached within an epoch. */
export class LockedExtent {
  #epoch = Number.NaN;
  #x: readonly [number, number] = [0, 0];
  #y: readonly [number, number] = [0, 0];

  see(
    epoch: number,
    x: ArrayLike<number>,
    y: ArrayLike<number>,
  ): { x: readonly [number, number]; y: readonly [number, number] } {
    const isNew = epoch !== this.#epoch;
    this.#epoch = epoch;
    this.#x = hull(x, isNew ? null : this.#x);
    this.#y = hull(y, isNew ? null : this.#y);
    return { x: this.#x, y: this.#y };
  }
}

function hull(values: ArrayLike<number>, before: readonly [number, number] | null): readonly [number, number] {
  const finite = Array.from(values).filter(Number.isFinite);
  return [Math.min(...finite, ...(before ?? [])), Math.max(...finite, ...(before ?? []))];
}

/** The landscape as it is known now; null until the field and both axes are, and belong together. */
function landscapeOf(run: RunView, spec: LandscapeSpec): Landscape | null {
  const [field, x, y, ...paths] = spec.columns.map((column) => run.latest.get(column));
  if (field === undefined || x === undefined || y === undefined) return null;
  if (x.length < 2 || y.length < 2 || field.length !== x.length * y.length) return null;
  const flows: Flow[] = [];
  for (let at = 0; at + 1 < paths.length; at += 2) {
    const name = spec.columns[3 + at];
    const label = spec.series.find(({ column }) => column === name)?.label ?? "";
    flows.push({ label, x: paths[at] ?? new Float32Array(), y: paths[at + 1] ?? new Float32Array() });
  }
  return { field, x, y, flows };
}

export function landscapePicture(run: RunView, spec: LandscapeSpec, options: LandscapeOptions): Picture | null {
  const landscape = landscapeOf(run, spec);
  if (landscape === null) return null;
  const { theme, size } = options;
  const scale = options.field.see(run.epoch, [landscape.field]);
  const extent = options.extent.see(run.epoch, landscape.x, landscape.y);
  return {
    traces: [contour(landscape, scale), ...flowTraces(landscape.flows, theme)],
    layout: {
      ...baseLayout(theme, size, margins(theme, { labels: true }), options.revision),
      xaxis: plainAxis(theme, maths(spec.x_title), extent.x, linearTicks(extent.x[0], extent.x[1], 5)),
      yaxis: plainAxis(theme, maths(spec.y_title), extent.y, linearTicks(extent.y[0], extent.y[1], 5)),
    },
  };
}

/** Filled bands of the locked scale, each band one colour, with hairlines between them. */
function contour({ field, x, y }: Landscape, scale: Placed): Contour {
  const [low, high] = scale.ends;
  const step = (high - low) / BANDS;
  const z = Array.from(y, (_, row) =>
    Float32Array.from(field.subarray(row * x.length, (row + 1) * x.length), (value) => scale.place(value)),
  );
  return {
    type: "contour",
    x,
    y,
    z,
    zmin: low,
    zmax: high,
    zauto: false,
    autocontour: false,
    contours: { coloring: "fill", start: low + step, end: high - step / 2, size: step, showlines: true },
    line: { width: 0.5, color: "rgba(255, 255, 255, 0.35)", smoothing: 0 },
    colorscale: CIVIDIS.map(([at, colour]): [number, string] => [at, colour]),
    showscale: false,
    hoverinfo: "none",
  };
}

/** Flows over halos of the ground's colour, so that they are seen on both ends of the colour scale; a ring where each starts. */
function flowTraces(flows: ReadonlyArray<Flow>, theme: Theme): Lines[] {
  const lines = (draw: (flow: Flow, look: (typeof FLOW_LOOKS)[number]) => Lines) =>
    flows.map((flow, index) => draw(flow, lookOf(index)));
  const { lineScale } = theme;
  return [
    ...lines((flow) => flowLine(flow, { color: theme.bg, width: 5 * lineScale, dash: "solid" })),
    ...lines((flow, { ink, dash }) => flowLine(flow, { color: theme[ink], width: 2.5 * lineScale, dash })),
    ...lines((flow, { ink }) => ({
      type: "scatter",
      mode: "markers",
      name: flow.label,
      ...startsOf(flow.x, flow.y),
      marker: {
        color: theme.bg,
        size: 8 * Math.sqrt(lineScale),
        line: { color: theme[ink], width: 2 * Math.sqrt(lineScale) },
      },
      cliponaxis: false,
      hoverinfo: "none",
    })),
  ];
}

function flowLine({ label, x, y }: Flow, line: NonNullable<Lines["line"]>): Lines {
  return {
    type: "scatter",
    mode: "lines",
    name: label,
    x,
    y,
    connectgaps: false,
    line: { ...line, simplify: false },
    hoverinfo: "none",
  };
}

/** The first point of each path. */
export function startsOf(x: ArrayLike<number>, y: ArrayLike<number>): { x: number[]; y: number[] } {
  const found = { x: [] as number[], y: [] as number[] };
  for (let at = 0; at < x.length; at += 1) {
    const [here, before] = [at, at - 1].map((index) => Number.isFinite(x[index]) && Number.isFinite(y[index]));
    if (!here || before) continue;
    found.x.push(x[at] ?? Number.NaN);
    found.y.push(y[at] ?? Number.NaN);
  }
  return found;
}

/** The colour bar with the ends of the scale, and a key for each flow. */
export function landscapeLine(run: RunView, spec: LandscapeSpec, field: LockedScale): string {
  const landscape = landscapeOf(run, spec);
  if (landscape === null) return "";
  const [low, high] = field.see(run.epoch, [landscape.field]).endTexts;
  const bar = `<span class="chart-bar chart-bar-short" style="background: ${cssGradient(CIVIDIS)}"></span>`;
  const keys = landscape.flows.map(({ label }, index) => {
    const look = lookOf(index);
    const dashes = look.dash === "dash" ? "6 3" : "";
    const path = `<path d="M4 6h24" stroke="currentColor" stroke-width="2.4" stroke-dasharray="${dashes}"/>`;
    const start = '<circle cx="4" cy="6" r="3" fill="var(--bg)" stroke="currentColor" stroke-width="1.6"/>';
    return curveKey(swatch(look.ink, path + start), label);
  });
  return `<span class="chart-key"><span>${low}</span>${bar}<span>${high}</span></span>${keys.join("")}`;
}

export function landscapeCaption(run: RunView, spec: LandscapeSpec): string {
  const labels = spec.series.map(({ label }) => label).join(" and ");
  return `${spec.title} over ${spec.x_title} and ${spec.y_title}, with the ways of ${labels}, learning step ${run.learnStep}.`;
}
