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

/** Which of the chart's axes stands for layers, and which for inference steps. */
export interface FocusAxes {
  readonly layer: "x" | "y" | null;
  readonly step: "x" | null;
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
      layer: axes.layer === null ? null : nearest(at[axes.layer], 1, run.depth),
      step: axes.step === null ? null : nearest(at[axes.step], 0, lastShownStep(run)),
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

  figure.addEventListener("keydown", (event) => {
    const run = shown();
    if (run === null || event.target !== figure || event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    const { layer, inferStep } = run.focus;
    if (arrow !== undefined) {
      // Where layers stand side by side, left and right walk along them.
      const [up, on] = axes.layer === "x" ? [arrow.layer + arrow.step, 0] : [arrow.layer, arrow.step];
      const step = (inferStep ?? run.inferStep) + on;
      host.hover(nearest((layer ?? run.depth) + up, 1, run.depth), nearest(step, 0, lastShownStep(run)));
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
