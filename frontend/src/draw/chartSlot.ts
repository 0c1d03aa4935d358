/** A slot with a chart in it: what every panel is, but for the picture it paints. */

import type { RunView } from "../store/run";
import type { Size } from "./axes";
import { Chart } from "./chart";
import { connectFocus, type FocusAxes, type FocusHost } from "./focus";
import type { Picture } from "./plotly";
import { Slot } from "./slot";
import { readTheme, type Theme } from "./theme";

/** What a picture is painted for. */
export interface Easel {
  readonly slot: Slot;
  readonly size: Size;
  readonly theme: Theme;
  /** Plotly's uirevision. */
  readonly revision: string;
}

export interface ChartSlot {
  draw(run: RunView): Promise<void>;
  restyle(): Promise<void>;
  /** Draw the last run again, after the panel's own state changed. */
  redraw(): Promise<void>;
  destroy(): void;
}

/** `paint` writes the slot's texts and returns the plot. `focus` is null for a chart whose axes are no layer and no step. */
export function mountChart(
  parent: HTMLElement,
  title: string,
  focus: { axes: FocusAxes; host: FocusHost } | null,
  paint: (run: RunView, easel: Easel) => Picture,
): ChartSlot {
  const slot = new Slot(parent, title);
  let theme = readTheme(slot.figure);
  let shown: RunView | null = null;
  const redraw = async () => {
    if (shown === null || !chart.canDraw) return;
    const revision = chart.zoomRevision(shown.epoch);
    await chart.draw(paint(shown, { slot, size: chart.size, theme, revision }));
  };
  const chart = new Chart(slot.plot, () => void redraw());
  if (focus !== null) connectFocus(slot.figure, slot.plot, chart, focus.axes, focus.host, () => shown);
  return {
    draw(run) {
      shown = run;
      return redraw();
    },
    restyle() {
      theme = readTheme(slot.figure);
      chart.measure();
      return redraw();
    },
    redraw,
    destroy() {
      chart.destroy();
      slot.remove();
    },
  };
}
