/** Any columns over learning steps, each in a strip of its own. */

import type { RunView } from "../store/run";
import type { Picture } from "./plotly";
import { linearTicks, niceAtLeast } from "./scale";
import { type Strip, type StripsOptions, stripsPicture } from "./strips";
import { isAllUnknown, NOTHING_KNOWN } from "./words";

/** The series that a wire column over learning steps is kept as; a pair is two. */
export function seriesOf(column: string): ReadonlyArray<{ name: string; label: string }> {
  if (column === "learning_imbalance") {
    return [
      { name: "imbalance_decades", label: "decades" },
      { name: "imbalance_slope", label: "per layer" },
    ];
  }
  const name = column.replace(/^learning_/, "");
  return [{ name, label: name.replaceAll("_", " ") }];
}

/** Space between two strips, as a share of the height. */
const GAP = 0.1;

/** Symmetric or one-sided ranges in whole steps, which grow and never shrink within an epoch. */
export class LockedExtents {
  #epoch = -1;
  readonly #extents = new Map<string, { low: number; high: number }>();

  see(epoch: number, name: string, values: Float32Array): readonly [number, number] {
    if (epoch !== this.#epoch) this.#extents.clear();
    this.#epoch = epoch;
    const extent = this.#extents.get(name) ?? { low: 0, high: 0 };
    for (const value of values) {
      if (value > extent.high && Number.isFinite(value)) extent.high = niceAtLeast(value);
      if (value < extent.low && Number.isFinite(value)) extent.low = -niceAtLeast(-value);
    }
    this.#extents.set(name, extent);
    return extent.low === extent.high ? [0, 1] : [extent.low, extent.high];
  }
}

/** A strip for each series; a sentence where no learning step has a number. */
export function seriesPicture(
  run: RunView,
  columns: ReadonlyArray<string>,
  locked: LockedExtents,
  options: StripsOptions,
): Picture | string {
  const shown = columns.flatMap(seriesOf);
  const isUnknown = shown.every(({ name }) => isAllUnknown(run.learning.column(name)));
  if (run.learning.length > 0 && isUnknown) return NOTHING_KNOWN;
  const height = (1 - GAP * (shown.length - 1)) / shown.length;
  const strips = shown.map(({ name, label }, index): Strip => {
    const values = run.learning.column(name);
    const range = locked.see(run.epoch, name, values);
    const bottom = (shown.length - 1 - index) * (height + GAP);
    return {
      domain: [bottom, Math.min(1, bottom + height)],
      range,
      ticks: linearTicks(range[0], range[1], 4),
      lines: [{ label, values, colour: options.theme.ink, width: 2 * options.theme.lineScale, dash: "solid" }],
    };
  });
  return stripsPicture(run.learning.step, strips, run.events, options);
}
