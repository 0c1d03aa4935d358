/**
 * From the pointer to the layer and the step under it. Plotly's own hover is off: it looks for drawn points, costs time on
 * every move, and finds nothing on an empty or hatched cell, where there is as much to say.
 */

export interface PlotArea {
  /** Pixels from the chart's corner to the plot, and the plot's size. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Data at the plot's edges, as zoomed now. */
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/** Data coordinates under a pixel of the chart; null outside the plot. */
export function dataAt(area: PlotArea, pixelX: number, pixelY: number): { x: number; y: number } | null {
  const right = (pixelX - area.left) / area.width;
  const down = (pixelY - area.top) / area.height;
  if (!(right >= 0 && right <= 1 && down >= 0 && down <= 1)) return null;
  return {
    x: area.x[0] + right * (area.x[1] - area.x[0]),
    y: area.y[1] - down * (area.y[1] - area.y[0]),
  };
}

/** The whole number nearest to a coordinate, within bounds. */
export function nearest(coordinate: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, Math.round(coordinate)));
}
