/** A slot with a chart in it: what every panel is, but for the picture it paints. */

import type { RunView } from "../store/run";
import type { Size } from "./axes";
import { Chart } from "./chart";
import { connectFocus, type FocusAxes, type FocusHost } from "./focus";
import type { Picture } from "./plotly";
import { Slot, type SlotFrame } from "./slot";
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

const NOT_YET = "Being measured…";

/**
 * `paint` writes the slot's texts and returns the plot, or null while nothing of it is known. `focus` is null for a chart whose
 * axes are no layer and no step. Where the server says why there is nothing to show, its sentence stands in the plot's place.
 */
export function mountChart(
  parent: HTMLElement,
  spec: { readonly id: string; readonly title: string },
  focus: { axes: FocusAxes; host: FocusHost } | null,
  paint: (run: RunView, easel: Easel) => Picture | null,
  frame?: SlotFrame,
): ChartSlot {
  const slot = new Slot(parent, spec.title, frame);
  let theme = readTheme(slot.figure);
  let shown: RunView | null = null;
  const redraw = async () => {
    if (shown === null) return;
    const note = shown.panelNotes[spec.id];
    if (note === undefined && !chart.canDraw) return;
    const easel = { slot, size: chart.size, theme, revision: chart.zoomRevision(shown.epoch) };
    const picture = note === undefined ? paint(shown, easel) : null;
    slot.sentence(picture === null ? (note ?? NOT_YET) : null);
    if (picture === null) {
      slot.caption(`${spec.title}. ${note ?? NOT_YET}`);
      chart.clear();
    } else await chart.draw(picture);
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
