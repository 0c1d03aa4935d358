/** Lines over learning steps in one or more strips that share the k axis, with end labels and event marks. */

import type { RunEvent } from "../store/run";
import { baseLayout, type Margin, margins, plainAxis, type Size, valueAxis, verticalLine } from "./axes";
import { type EndLabel, mergeLabels, mergeMarks } from "./labels";
import type { Annotation, Axis, Layout, Lines, Picture, Shape } from "./plotly";
import { learningEnd, linearTicks, type Ticks } from "./scale";
import type { Theme } from "./theme";

/** One line, already on its strip's scale; NaN where there is no number. */
export interface StripLine {
  readonly label: string;
  readonly values: ArrayLike<number>;
  readonly colour: string;
  readonly width: number;
  readonly dash: "solid" | "dot";
}

export interface Strip {
  /** Its part of the plot's height, from the bottom, 0 to 1. */
  readonly domain: readonly [number, number];
  readonly range: readonly [number, number];
  readonly ticks: Ticks;
  readonly lines: ReadonlyArray<StripLine>;
}

export interface StripsOptions {
  readonly size: Size;
  readonly theme: Theme;
  readonly revision: string;
  /** k at which the run stopped being finite, which no line can show. */
  readonly nonFiniteAt?: number | null;
}

/** More points than this on a line cost time and cannot be seen. */
const MOST_POINTS = 256;
/** Room for end labels, in units of 12 px type. */
const LABEL_ROOM = 84;
/** Width of a letter in text sizes. */
const LETTER = 0.62;
const NON_FINITE = "non-finite";

export function stripsPicture(
  steps: ArrayLike<number>,
  strips: ReadonlyArray<Strip>,
  events: ReadonlyArray<RunEvent>,
  options: StripsOptions,
): Picture {
  const { size, theme } = options;
  const last = steps[steps.length - 1] ?? 0;
  const range = [0, learningEnd(last)] as const;
  const margin = { ...margins(theme, { labels: true, right: LABEL_ROOM }), t: Math.round((22 * theme.tickSize) / 12) };
  const plot = { width: size.width - margin.l - margin.r, height: size.height - margin.t - margin.b };
  const traces: Lines[] = [];
  const axes: { [key: `yaxis${number}`]: Axis } = {};
  const annotations: Annotation[] = [];
  strips.forEach((strip, index) => {
    const id = index === 0 ? "y" : `y${index + 1}`;
    for (const line of strip.lines) traces.push(lineTrace(steps, line, id));
    axes[`yaxis${index + 1}`] = { ...valueAxis(theme, "", strip.range, strip.ticks), domain: [...strip.domain] };
    annotations.push(...endLabels(steps, strip, plot.height, range, plot.width, theme));
  });
  const { yaxis1, ...others } = axes as { yaxis1?: Axis } & typeof axes;
  const marks = eventMarks(events, last, range, plot.width, theme);
  if (options.nonFiniteAt != null)
    annotations.push(nonFiniteMark((options.nonFiniteAt / range[1]) * plot.width, theme));
  const layout: Layout = {
    ...baseLayout(theme, size, margin satisfies Margin, options.revision),
    ...others,
    ...(yaxis1 === undefined ? {} : { yaxis: yaxis1 }),
    xaxis: {
      ...plainAxis(theme, "learning step <i>k</i>", range, stepLabels(range[1], plot.width, theme)),
      anchor: "free",
      position: 0,
    },
    shapes: marks.shapes,
    annotations: [...annotations, ...marks.annotations],
  };
  return { traces, layout };
}

/** Learning steps that stand apart whatever their length: "10000" is wider than "10". */
export function stepLabels(end: number, width: number, theme: Theme): Ticks {
  const each = (String(Math.round(end)).length + 2) * LETTER * theme.tickSize;
  return linearTicks(0, end, Math.max(2, Math.min(6, Math.floor(width / each))));
}

/** Beside the step, on the side that has room for it. */
function nonFiniteMark(x: number, theme: Theme): Annotation {
  const isLeft = x > LETTER * theme.tickSize * NON_FINITE.length;
  return {
    xref: "paper",
    yref: "paper",
    x: 0,
    y: 1,
    xanchor: isLeft ? "right" : "left",
    yanchor: "top",
    xshift: x + ((isLeft ? 1 : -1) * theme.tickSize) / 2,
    text: isLeft ? `${NON_FINITE} ▲` : `▲ ${NON_FINITE}`,
    showarrow: false,
    font: { color: theme.nan, size: theme.tickSize },
  };
}

function lineTrace(steps: ArrayLike<number>, line: StripLine, yaxis: string): Lines {
  const points = thinned(steps, line.values, MOST_POINTS);
  return {
    type: "scatter",
    // One point makes no line; it is a point until there is a second.
    mode: points.x.length === 1 ? "markers" : "lines",
    yaxis: yaxis as "y",
    ...points,
    marker: { color: line.colour, size: 2 * line.width },
    line: { color: line.colour, width: line.width, dash: line.dash, simplify: false },
    hoverinfo: "none",
  };
}

/** Points that are numbers; where there are too many, the extremes of each stretch, so that a spike survives. */
export function thinned(
  steps: ArrayLike<number>,
  values: ArrayLike<number>,
  most: number,
): { x: number[]; y: number[] } {
  const x: number[] = [];
  const y: number[] = [];
  const stretch = Math.ceil(values.length / (most / 2));
  const push = (index: number) => {
    x.push(steps[index] ?? Number.NaN);
    y.push(values[index] ?? Number.NaN);
  };
  for (let from = 0; from < values.length; from += stretch) {
    const indices: number[] = [];
    for (let index = from; index < Math.min(from + stretch, values.length); index += 1) {
      if (Number.isFinite(values[index])) indices.push(index);
    }
    if (stretch <= 2) indices.forEach(push);
    else if (indices.length > 0) {
      const by = (a: number, b: number) => (values[a] ?? 0) - (values[b] ?? 0);
      const sorted = [...indices].sort(by);
      const [low = 0, high = 0] = [sorted[0], sorted.at(-1)];
      for (const index of new Set([Math.min(low, high), Math.max(low, high)])) push(index);
    }
  }
  return { x, y };
}

function endLabels(
  steps: ArrayLike<number>,
  strip: Strip,
  height: number,
  range: readonly [number, number],
  width: number,
  theme: Theme,
): Annotation[] {
  const [low, high] = strip.range;
  const [bottom, top] = strip.domain;
  const ends = strip.lines.flatMap((line) => {
    let at = line.values.length - 1;
    while (at >= 0 && !Number.isFinite(line.values[at])) at -= 1;
    if (at < 0) return [];
    const share = Math.min(1, Math.max(0, ((line.values[at] ?? 0) - low) / (high - low)));
    const label: EndLabel = {
      text: line.label,
      y: height * (1 - (bottom + share * (top - bottom))),
      colour: line.colour,
    };
    return [{ label, k: steps[at] ?? 0 }];
  });
  const k = Math.max(0, ...ends.map((end) => end.k));
  const x = (k / range[1]) * width;
  const line = (14 * theme.tickSize) / 12;
  const isLong = (text: string) => 0.55 * 12 * text.length > LABEL_ROOM;
  return mergeLabels(
    ends.map((end) => end.label),
    line,
  ).map((label) => ({
    xref: "paper",
    yref: "paper",
    x: 0,
    y: 1,
    xanchor: "left",
    yanchor: "middle",
    xshift: x + 8,
    // Names under each other stay within their strip.
    yshift: -Math.min(
      label.y,
      isLong(label.text) ? height * (1 - bottom) - (line * (label.text.split(", ").length - 1)) / 2 : label.y,
    ),
    align: "left",
    text: isLong(label.text) ? label.text.replaceAll(", ", "<br>") : label.text,
    showarrow: false,
    font: { color: label.colour, size: theme.tickSize },
  }));
}

/** Numbered changes as dotted lines, a divergence as a solid one; the clock carries the same marks. */
function eventMarks(
  events: ReadonlyArray<RunEvent>,
  last: number,
  range: readonly [number, number],
  width: number,
  theme: Theme,
): { shapes: Shape[]; annotations: Annotation[] } {
  const marked = events.filter((event) => event.mark !== "" && event.learnStep <= Math.max(last + 1, range[0]));
  const isDivergence = (event: RunEvent) => event.kind === "diverged";
  const shapes = marked.map((event) =>
    isDivergence(event)
      ? verticalLine(event.learnStep, theme.bad, theme.lineScale)
      : verticalLine(event.learnStep, theme.ink2, theme.lineScale, "dot"),
  );
  const position = (event: RunEvent) => (event.learnStep / range[1]) * width;
  const label = (text: string, x: number, colour: string): Annotation => ({
    xref: "paper",
    yref: "paper",
    x: 0,
    y: 1,
    xanchor: "center",
    yanchor: "bottom",
    xshift: x,
    text: `<b>${text}</b>`,
    showarrow: false,
    font: { color: colour, size: theme.tickSize - 1 },
  });
  const numbered = marked
    .filter((event) => !isDivergence(event))
    .map((event) => ({ text: event.mark, x: position(event) }));
  const broken = marked.filter(isDivergence);
  // A divergence says so: the number of a change beside it is in the list of events.
  const room = (text: string) => theme.tickSize + (LETTER * theme.tickSize * text.length) / 2;
  const isFree = (mark: { text: string; x: number }) =>
    broken.every((event) => Math.abs(position(event) - mark.x) >= room(mark.text));
  const annotations = [
    ...mergeMarks(numbered, 2 * theme.tickSize)
      .filter(isFree)
      .map((mark) => label(mark.text, mark.x, theme.ink)),
    ...broken.map((event) => label(event.mark, position(event), theme.bad)),
  ];
  return { shapes, annotations };
}
