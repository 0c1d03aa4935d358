/** Columns over layers, steps or each other as lines, points and bars: any measurement that is a row of the catalogue. */

import type { RunView } from "../store/run";
import { baseLayout, frame, inferenceAxis, margins, plainAxis, type Size, valueAxis, verticalLine } from "./axes";
import { type CurveStyle, curveStyle, type Mark } from "./curveStyles";
import type { ReadingSpec } from "./curvesText";
import { type EndLabel, mergeLabels } from "./labels";
import type { LockedScale, Placed } from "./lockedScale";
import type { Annotation, Axis, Lines, Picture, Shape } from "./plotly";
import { decadeText, layerTicks } from "./scale";
import { lastShownStep } from "./spans";
import { thinned } from "./strips";
import type { Theme } from "./theme";
import { isAllUnknown, maths, NOTHING_KNOWN } from "./words";

export interface SeriesSpec {
  readonly column: string;
  readonly label: string;
  readonly mark: Mark;
}

/** What a row of the catalogue says of its curves. */
export interface CurvesSpec {
  readonly title: string;
  readonly scale: "log" | "linear" | "signed";
  readonly series: ReadonlyArray<SeriesSpec>;
  readonly readings: ReadonlyArray<ReadingSpec>;
  /** "layer", "step", "index" or a column. */
  readonly x: string;
  readonly x_title: string;
  readonly x_scale: "log" | "linear";
  readonly y_title: string;
  readonly y_range: ReadonlyArray<number> | null;
}

export interface CurvesOptions {
  readonly size: Size;
  readonly theme: Theme;
  readonly revision: string;
  readonly x: LockedScale;
  readonly y: LockedScale;
}

/** More points than this on one line cannot be told apart. */
const MOST_POINTS = 1024;
const BAR_WIDTH = 0.62;

/** Names at the ends of lines may take this part of a chart. */
const MOST_FOR_LABELS = 1 / 4;

/** Two lines carry their names at their ends; more, or bars, or names too long for the width, have keys over the plot. */
export function hasEndLabels(spec: CurvesSpec, width: number, theme: Theme): boolean {
  const isTwoLines = spec.series.length === 2 && spec.series.every(({ mark }) => mark !== "bars");
  return isTwoLines && labelsRoom(spec, theme) <= MOST_FOR_LABELS * width;
}

function labelsRoom(spec: CurvesSpec, theme: Theme): number {
  return Math.max(...spec.series.map(({ label }) => ((30 + 6.6 * label.length) * theme.tickSize) / 12));
}

/** The chart as it is known now: a sentence where no value of it is a number, null while none of its series has been measured. */
export function curvesPicture(run: RunView, spec: CurvesSpec, options: CurvesOptions): Picture | string | null {
  const { theme, size } = options;
  const columns = spec.series.map(({ column }) => run.latest.get(column));
  const known = columns.flatMap((column) => (column === undefined ? [] : [column]));
  if (spec.series.length > 0 && known.length === 0) return null;
  if (spec.series.length > 0 && known.every(isAllUnknown)) return NOTHING_KNOWN;
  const places = columns.map((column) => placesOf(run, spec.x, column?.length ?? 0));
  const x = xAxis(run, spec, places, options);
  const y = options.y.see(run.epoch, known);
  const curves = spec.series.map((series, index): Curve => {
    const column = columns[index] ?? [];
    const at = places[index] ?? [];
    return {
      spec: series,
      style: curveStyle(index, series.mark),
      x: Float64Array.from(at, (value) => x.placed.place(value)),
      y: Float64Array.from(column, (value) => y.place(value)),
    };
  });

  const isNamed = hasEndLabels(spec, size.width, theme);
  const right = isNamed ? labelsRoom(spec, theme) : 8;
  const margin = { ...margins(theme, { labels: true, right }), t: Math.round(2 * theme.tickSize) };
  const plot = { width: size.width - margin.l - margin.r, height: size.height - margin.t - margin.b };
  const most = Math.max(2, Math.min(6, Math.floor(plot.height / (2 * theme.tickSize))));
  return {
    traces: curveTraces(run, spec, curves, x.unit, y, theme),
    layout: {
      ...baseLayout(theme, size, margin, options.revision),
      xaxis: x.axis,
      yaxis: valueAxis(theme, "", y.range, y.ticks(most)),
      shapes: focusMark(run, spec, y.range, theme),
      annotations: [
        ...valueTitle(withPower(yTitle(spec), y.power), margin.l, theme),
        ...(isNamed ? endLabels(curves, x.axis, y.range, plot, theme) : []),
      ],
    },
  };
}

/** One series, placed. */
interface Curve {
  readonly spec: SeriesSpec;
  readonly style: CurveStyle;
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** x of each entry: layers and indices from 1, steps from 0, or the column that holds it. */
function placesOf(run: RunView, x: string, length: number): ArrayLike<number> {
  if (x === "layer" || x === "index") return Float64Array.from({ length }, (_, at) => at + 1);
  if (x === "step") return Float64Array.from({ length }, (_, at) => at);
  return run.latest.get(x)?.subarray(0, length) ?? [];
}

interface XAxis {
  readonly placed: Pick<Placed, "place">;
  readonly axis: Axis;
  /** The width of one entry: what a bar may take. */
  readonly unit: number;
}

function xAxis(
  run: RunView,
  spec: CurvesSpec,
  places: ReadonlyArray<ArrayLike<number>>,
  options: CurvesOptions,
): XAxis {
  const { theme } = options;
  const title = maths(spec.x_title);
  if (spec.x_scale === "linear" && (spec.x === "layer" || spec.x === "step")) {
    const longest = Math.max(0, ...places.map((place) => place.length));
    const axis =
      spec.x === "layer"
        ? plainAxis(theme, title, [0.5, run.depth + 0.5], layerTicks(run.depth))
        : { ...inferenceAxis(theme, Math.max(lastShownStep(run), longest - 1)) };
    return { placed: { place: (value) => value }, axis, unit: 1 };
  }
  const placed = options.x.see(run.epoch, places);
  const most = Math.max(2, Math.min(6, Math.floor(options.size.width / (5 * theme.tickSize))));
  const axis = plainAxis(theme, withPower(title, placed.power), placed.range, placed.ticks(most));
  return { placed, axis, unit: spec.x === "index" ? 1 : narrowest(places[0] ?? [], placed) };
}

/** The least distance between neighbours. */
function narrowest(places: ArrayLike<number>, placed: Placed): number {
  let least = Number.POSITIVE_INFINITY;
  for (let at = 1; at < places.length; at += 1) {
    const gap = Math.abs(placed.place(places[at] ?? Number.NaN) - placed.place(places[at - 1] ?? Number.NaN));
    if (gap > 0 && gap < least) least = gap;
  }
  return Number.isFinite(least) ? least : (placed.range[1] - placed.range[0]) / 20;
}

function yTitle(spec: CurvesSpec): string {
  const [only] = spec.series.length === 1 ? spec.series : [];
  return maths(spec.y_title || only?.label || "");
}

function withPower(title: string, power: number): string {
  return power === 0 ? title : `${title} × ${decadeText(power)}`;
}

/** A trace for each series, in order; then what they cannot show by themselves. */
function curveTraces(
  run: RunView,
  spec: CurvesSpec,
  curves: ReadonlyArray<Curve>,
  unit: number,
  y: Placed,
  theme: Theme,
): Lines[] {
  const bars = curves.filter((curve) => curve.spec.mark === "bars");
  const traces: Lines[] = [];
  const after: Lines[] = [];
  for (const curve of curves) {
    if (curve.spec.mark === "bars") {
      const share = { width: (BAR_WIDTH * unit) / bars.length, at: bars.indexOf(curve), of: bars.length };
      // Of several bars to a layer the frame alone marks the pinned ones: each keeps the colour that names it.
      const isPinned = (at: number) => bars.length === 1 && spec.x === "layer" && at + 1 === run.focus.layer;
      traces.push(barTrace(curve, share, y.base, (at) => !isPinned(at), theme[curve.style.ink]));
      if (bars.length === 1) after.push(barTrace(curve, share, y.base, isPinned, theme.accent));
    } else if (curve.spec.mark === "points") traces.push(pointTrace(curve, curve.x, curve.y, theme));
    else {
      traces.push(lineTrace(curve, theme));
      const alone = isolated(curve.x, curve.y);
      if (alone.x.length > 0) after.push(pointTrace(curve, alone.x, alone.y, theme));
    }
  }
  return [...traces, ...after];
}

function lineTrace({ spec, style, x, y }: Curve, theme: Theme): Lines {
  const points = y.length > MOST_POINTS ? thinned(x, y, MOST_POINTS) : { x, y };
  return {
    type: "scatter",
    mode: "lines",
    name: spec.label,
    ...points,
    connectgaps: false,
    line: { color: theme[style.ink], width: 2 * theme.lineScale, dash: style.dash, simplify: false },
    hoverinfo: "none",
  };
}

function pointTrace({ spec, style }: Curve, x: ArrayLike<number>, y: ArrayLike<number>, theme: Theme): Lines {
  const size = y.length <= 24 ? 7 : y.length <= 128 ? 5 : 4;
  return {
    type: "scatter",
    mode: "markers",
    name: spec.label,
    x,
    y,
    marker: {
      color: theme[style.ink],
      symbol: style.symbol,
      size: size * Math.sqrt(theme.lineScale),
      // The stroke of open symbols.
      line: { color: theme[style.ink], width: style.symbol.endsWith("open") ? 1.5 * theme.lineScale : 0 },
    },
    cliponaxis: false,
    hoverinfo: "none",
  };
}

/** Points between two gaps: a line through one point is not seen. */
export function isolated(x: ArrayLike<number>, y: ArrayLike<number>): { x: number[]; y: number[] } {
  const found = { x: [] as number[], y: [] as number[] };
  for (let at = 0; at < y.length; at += 1) {
    const [before, here, after] = [y[at - 1], y[at], y[at + 1]].map((value) => Number.isFinite(value));
    if (!here || before || after) continue;
    found.x.push(x[at] ?? Number.NaN);
    found.y.push(y[at] ?? Number.NaN);
  }
  return found;
}

function barTrace(
  { spec, x, y }: Curve,
  share: { width: number; at: number; of: number },
  base: number,
  choose: (at: number) => boolean,
  colour: string,
): Lines {
  const corners = { x: [] as number[], y: [] as number[] };
  const offset = (share.at - share.of / 2) * share.width;
  y.forEach((top, at) => {
    const left = (x[at] ?? Number.NaN) + offset;
    if (!choose(at) || !Number.isFinite(top) || !Number.isFinite(left)) return;
    corners.x.push(left, left, left + share.width, left + share.width, left, Number.NaN);
    corners.y.push(base, top, top, base, base, Number.NaN);
  });
  return {
    type: "scatter",
    mode: "none",
    name: spec.label,
    ...corners,
    fill: "toself",
    fillcolor: colour,
    hoverinfo: "none",
  };
}

/** The pinned layer as a frame, the playhead as a line: accent is "now". */
function focusMark(run: RunView, spec: CurvesSpec, range: readonly [number, number], theme: Theme): Shape[] {
  if (spec.x_scale !== "linear") return [];
  const { layer, inferStep } = run.focus;
  if (spec.x === "step") {
    return [verticalLine(inferStep ?? run.inferStep, theme.accent, 2.5 * Math.sqrt(theme.lineScale))];
  }
  if (spec.x !== "layer" || layer === null) return [];
  return [frame([layer - 0.5, layer + 0.5], range, theme.accent, theme.lineScale)];
}

/** The mark in a letter. */
function sign(mark: Mark, style: CurveStyle): string {
  if (mark === "points") return style.symbol === "circle" ? "●" : "□";
  return mark === "dashed" ? "╌" : "—";
}

/** What the value axis says, level and over it: beside it there is only room for the numbers. */
function valueTitle(text: string, left: number, theme: Theme): Annotation[] {
  if (text === "") return [];
  const font = { size: theme.labelSize, color: theme.ink2 };
  const place = { xref: "paper", yref: "paper", x: 0, y: 1, xanchor: "left", yanchor: "bottom" } as const;
  return [{ ...place, xshift: -left, yshift: Math.round(theme.tickSize / 2), text, showarrow: false, font }];
}

/** Names at the right end of the lines; two that would touch stand under each other as one. */
function endLabels(
  curves: ReadonlyArray<Curve>,
  axis: Axis,
  range: readonly [number, number],
  plot: Size,
  theme: Theme,
): Annotation[] {
  const [left = 0, right = 1] = (axis.range ?? []) as number[];
  const ends = curves.flatMap(({ spec, style, x, y }): { label: EndLabel; x: number }[] => {
    const at = y.findLastIndex(Number.isFinite);
    if (at < 0) return [];
    const share = Math.min(1, Math.max(0, ((y[at] ?? 0) - range[0]) / (range[1] - range[0])));
    const colour = theme[style.ink];
    const text = `<span style="color: ${colour}">${sign(spec.mark, style)} ${maths(spec.label)}</span>`;
    const label = { text, y: plot.height * (1 - share), colour };
    return [{ label, x: (((x[at] ?? left) - left) / (right - left)) * plot.width }];
  });
  const end = Math.max(0, ...ends.map((each) => each.x));
  return mergeLabels(
    ends.map((each) => each.label),
    (14 * theme.tickSize) / 12,
  ).map((label) => ({
    xref: "paper",
    yref: "paper",
    x: 0,
    y: 1,
    xanchor: "left",
    yanchor: "middle",
    xshift: end + 10,
    yshift: -label.y,
    align: "left",
    text: label.text.replace("</span>, ", "</span><br>"),
    showarrow: false,
    font: { color: label.colour, size: theme.tickSize },
  }));
}
