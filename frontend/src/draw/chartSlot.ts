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

const NOT_YET = "Being measured… Where that is compiled first, it takes some seconds.";

/**
 * `paint` writes the slot's texts and returns the plot, a sentence to stand in its place, or null while nothing of it is known.
 * `focus` is null for a chart whose axes are no layer and no step. `frame` says what rows a width asks for. Where the server says
 * why there is nothing to show, its sentence stands in the plot's place.
 */
export function mountChart(
  parent: HTMLElement,
  spec: { readonly id: string; readonly title: string },
  focus: { axes: FocusAxes; host: FocusHost } | null,
  paint: (run: RunView, easel: Easel) => Picture | string | null,
  frame: (width: number, theme: Theme) => SlotFrame = () => ({ line: 1, keys: 0 }),
): ChartSlot {
  const slot = new Slot(parent, spec.title);
  let theme = readTheme(slot.figure);
  slot.fit(frame(slot.figure.clientWidth, theme));
  let shown: RunView | null = null;
  const redraw = async () => {
    if (shown === null) return;
    const note = shown.panelNotes[spec.id];
    if (note === undefined && !chart.canDraw) return;
    const easel = { slot, size: chart.size, theme, revision: chart.zoomRevision(shown.epoch) };
    const painted = note === undefined ? paint(shown, easel) : null;
    if (painted === null || typeof painted === "string") {
      const sentence = painted ?? note ?? NOT_YET;
      slot.sentence(sentence, painted === null);
      slot.caption(`${spec.title}. ${sentence}`);
      chart.clear();
    } else {
      slot.sentence(null);
      await chart.draw(painted);
    }
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
      slot.fit(frame(slot.figure.clientWidth, theme));
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
