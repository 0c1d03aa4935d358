/** The locked range of each logarithmic quantity, so that a colour and a position keep their meaning through a run. */

import { growDecades } from "./scale";

/** log10 bounds: starts as `low`..`high`, may grow to `ceiling` by whole decades; beyond it a value is "above the scale". */
export interface LogRange {
  readonly low: number;
  readonly high: number;
  readonly ceiling: number;
}

const ENERGY: LogRange = { low: -14, high: 0, ceiling: 2 };

const RANGES: Readonly<Record<string, LogRange>> = {
  layer_energy: ENERGY,
  layer_error: { low: -8, high: 0, ceiling: 1 },
  activity_grad_rms: { low: -9, high: 0, ceiling: 1 },
  activity_rms: { low: -2, high: 1, ceiling: 2 },
  layer_precision: { low: -4, high: 0, ceiling: 2 },
  weight_rms: { low: -3, high: 1, ceiling: 2 },
};

export function logRange(column: string): LogRange {
  return RANGES[column] ?? ENERGY;
}

/** log10 of the largest float32: where every scale of "above" ends. */
export const LARGEST_DECADE = 38;

/** A signed error of this size is where the signed scale turns from linear to logarithmic; it ends at ±1. */
export const SIGNED_UNIT = 1e-7;

/** The top of a locked log range over a run: grows by whole decades, never falls, starts again with a new epoch. */
export class LockedTop {
  #epoch = -1;
  #top = 0;
  readonly #range: LogRange;

  constructor(range: LogRange) {
    this.#range = range;
  }

  /** The top (log10) after seeing the largest finite value now on screen. */
  see(epoch: number, largest: number): number {
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#top = this.#range.high;
    }
    this.#top = growDecades(this.#top, largest, this.#range.ceiling);
    return this.#top;
  }
}
