/** Pointer and keyboard over a chart move the page's shared focus: the layer and the inference step that every chart marks. */

import type { RunView } from "../store/run";
import type { Chart } from "./chart";
import { nearest } from "./pointer";
import { lastShownStep } from "./spans";

/** Who keeps the focus. */
export interface FocusHost {
  hover(layer: number | null, inferStep: number | null): void;
  pin(layer: number | null): void;
}

/** What the chart's axes stand for: layers upwards, inference steps to the right. */
export interface FocusAxes {
  readonly layer: boolean;
  readonly step: boolean;
}

const ARROWS: Readonly<Record<string, { layer: number; step: number }>> = {
  ArrowLeft: { layer: 0, step: -1 },
  ArrowRight: { layer: 0, step: 1 },
  ArrowUp: { layer: 1, step: 0 },
  ArrowDown: { layer: -1, step: 0 },
};

/** Listen on `figure` (keys) and `plot` (pointer). The listeners live and die with the elements. */
export function connectFocus(
  figure: HTMLElement,
  plot: HTMLElement,
  chart: Chart,
  axes: FocusAxes,
  host: FocusHost,
  shown: () => RunView | null,
): void {
  const under = (event: MouseEvent) => {
    const run = shown();
    const at = chart.dataUnder(event);
    if (run === null || at === null) return null;
    return {
      layer: axes.layer ? nearest(at.y, 1, run.depth) : null,
      step: axes.step ? nearest(at.x, 0, lastShownStep(run)) : null,
    };
  };
  plot.addEventListener("pointermove", (event) => {
    const at = under(event);
    host.hover(at?.layer ?? null, at?.step ?? null);
  });
  plot.addEventListener("pointerleave", () => host.hover(null, null));
  plot.addEventListener("click", (event) => {
    const layer = under(event)?.layer ?? null;
    if (layer !== null) host.pin(layer);
  });

  figure.tabIndex = 0;
  figure.addEventListener("keydown", (event) => {
    const run = shown();
    if (run === null || event.target !== figure || event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    const { layer, inferStep } = run.focus;
    if (arrow !== undefined) {
      const step = (inferStep ?? run.inferStep) + arrow.step;
      host.hover(nearest((layer ?? run.depth) + arrow.layer, 1, run.depth), nearest(step, 0, lastShownStep(run)));
    } else if (event.key === "Enter") {
      host.pin(layer);
    } else if (event.key === "Escape") {
      host.hover(null, null);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  figure.addEventListener("blur", () => host.hover(null, null));
}
