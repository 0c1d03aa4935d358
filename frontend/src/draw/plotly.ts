/**
 * Plotly with only what we draw: lines and filled shapes (in the core), heatmaps and contours. The one place that knows its types:
 * Plotly takes typed arrays everywhere, but its heatmap type does not say so.
 */

import contour from "plotly.js/lib/contour";
import Plotly from "plotly.js/lib/core";
import heatmap from "plotly.js/lib/heatmap";

Plotly.register([contour, heatmap]);

export type Numbers = ArrayLike<number>;
export type Layout = Partial<Plotly.Layout>;
export type Axis = Partial<Plotly.LayoutAxis>;
export type Shape = Partial<Plotly.Shape>;
export type Annotation = Partial<Plotly.Annotation>;
export type Lines = Omit<Partial<Plotly.ScatterData>, "x" | "y"> & { x: Numbers; y: Numbers };
export type Heat = Omit<Partial<Plotly.HeatmapData>, "x" | "y" | "z"> & {
  type: "heatmap";
  x: Numbers;
  y: Numbers;
  z: ReadonlyArray<Float32Array>;
};
export type Contour = Omit<Partial<Plotly.ContourData>, "x" | "y" | "z"> & {
  type: "contour";
  x: Numbers;
  y: Numbers;
  z: ReadonlyArray<Float32Array>;
};
export type Trace = Lines | Heat | Contour;

/** What a chart shows at one moment. */
export interface Picture {
  readonly traces: Trace[];
  readonly layout: Layout;
}

const CONFIG: Partial<Plotly.Config> = { displayModeBar: false, doubleClick: false, showTips: false };

/** Draw. Only the layout's revision tells Plotly that arrays which it already holds have changed. */
export async function react(element: HTMLElement, picture: Picture, revision: number): Promise<void> {
  await Plotly.react(
    element,
    picture.traces as Partial<Plotly.ScatterData>[] as Plotly.Data[],
    { ...picture.layout, datarevision: revision },
    CONFIG,
  );
}

export function purge(element: HTMLElement): void {
  Plotly.purge(element);
}

/** The x and y ranges on screen now, zoomed or not; null before the first drawing. */
export function shownRanges(
  element: HTMLElement,
): { x: readonly [number, number]; y: readonly [number, number] } | null {
  const layout = (element as Partial<Plotly.PlotlyHTMLElement>).layout;
  const range = (axis: Axis | undefined) => {
    const [from, to] = axis?.range ?? [];
    return typeof from === "number" && typeof to === "number" ? ([from, to] as const) : null;
  };
  const x = range(layout?.xaxis);
  const y = range(layout?.yaxis);
  return x === null || y === null ? null : { x, y };
}

/** Call `reset` when the viewer double-clicks the plot. */
export function onDoubleClick(element: HTMLElement, reset: () => void): void {
  (element as Plotly.PlotlyHTMLElement).on("plotly_doubleclick", reset);
}
