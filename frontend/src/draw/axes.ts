/** The frame of every chart: fixed margins, fixed ranges, no decoration, so that nothing moves but the data. */

import type { Axis, Layout, Shape } from "./plotly";
import { decadeTicks, layerTicks, stepTicks, type Ticks } from "./scale";
import type { Theme } from "./theme";

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Margin {
  readonly l: number;
  readonly r: number;
  readonly t: number;
  readonly b: number;
}

/** Margins by size of type. `l` is the same for every chart with labels on the left, so that t axes stand under each other. */
export function margins(theme: Theme, sides: { labels: boolean; right?: number }): Margin {
  const em = theme.tickSize / 12;
  return {
    l: sides.labels ? Math.round(44 * em) : 8,
    r: Math.round((sides.right ?? 8) * em),
    t: 10,
    b: Math.round(38 * em),
  };
}

/** `revision` is constant through a run, so that a zoom survives streaming; a new one forgets the zoom. */
export function baseLayout(theme: Theme, size: Size, margin: Margin, revision: string): Layout {
  return {
    width: size.width,
    height: size.height,
    autosize: false,
    margin: { ...margin, pad: 0, autoexpand: false },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: theme.font, size: theme.tickSize, color: theme.ink2 },
    showlegend: false,
    hovermode: false,
    dragmode: "zoom",
    uirevision: revision,
  };
}

/** An axis with nothing on it but its ticks and title. */
export function plainAxis(theme: Theme, title: string, range: readonly [number, number], ticks: Ticks): Axis {
  return {
    type: "linear",
    range: [...range],
    autorange: false,
    tickmode: "array",
    tickvals: ticks.values,
    ticktext: ticks.text,
    ticks: "outside",
    ticklen: 4,
    tickcolor: theme.line2,
    ticklabeloverflow: "allow",
    showgrid: false,
    zeroline: false,
    showline: false,
    automargin: false,
    tickangle: 0,
    title: { text: title, font: { size: theme.labelSize, color: theme.ink2 }, standoff: 6 },
  };
}

/** The same with 1 px grid lines: for the axis that carries the value. */
export function valueAxis(theme: Theme, title: string, range: readonly [number, number], ticks: Ticks): Axis {
  return {
    ...plainAxis(theme, title, range, ticks),
    showgrid: true,
    gridcolor: theme.grid,
    gridwidth: 1,
  };
}

/** Powers of ten on an axis of log10. */
export function decadeAxis(theme: Theme, title: string, range: readonly [number, number], most = 6): Axis {
  return valueAxis(theme, title, range, decadeTicks(range[0], range[1], most));
}

/** t from 0 to `last`, half a step of room on both sides: one cell per step. */
export function inferenceAxis(theme: Theme, last: number): Axis {
  return plainAxis(theme, "inference step <i>t</i>", [-0.5, last + 0.5], stepTicks(last));
}

/** Width of a letter in text sizes. */
const LETTER = 0.6;
const LAYERS = "layer, input → output";

/** Layers from 1 at the bottom to L on top; `height` is that of the plot. */
export function layerAxis(theme: Theme, depth: number, height: number): Axis {
  const title = LETTER * theme.labelSize * LAYERS.length <= height ? LAYERS : "layer";
  return plainAxis(theme, title, [0.5, depth + 0.5], layerTicks(depth, Math.floor(height / (1.3 * theme.tickSize))));
}

/** A filled rectangle in data coordinates. */
export function area(
  x: readonly [number, number],
  y: readonly [number, number],
  colour: string,
  opacity: number,
): Shape {
  return {
    type: "rect",
    layer: "above",
    xref: "x",
    yref: "y",
    x0: x[0],
    x1: x[1],
    y0: y[0],
    y1: y[1],
    fillcolor: colour,
    opacity,
    line: { width: 0 },
  };
}

/** An outlined rectangle in data coordinates: the column at t, the pinned row. */
export function frame(
  x: readonly [number, number],
  y: readonly [number, number],
  colour: string,
  width: number,
): Shape {
  return { ...area(x, y, "rgba(0,0,0,0)", 1), line: { color: colour, width } };
}

/** A vertical line through the whole plot at x. */
export function verticalLine(x: number, colour: string, width: number, dash: "solid" | "dot" = "solid"): Shape {
  return {
    type: "line",
    layer: "above",
    xref: "x",
    yref: "paper",
    x0: x,
    x1: x,
    y0: 0,
    y1: 1,
    line: { color: colour, width, dash },
  };
}
