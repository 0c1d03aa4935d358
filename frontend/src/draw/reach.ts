/** The locked range of a chart of changes: symmetric about 0, in whole steps. */

import { niceAtLeast } from "./scale";

const STEPS = [1, 2, 4, 5, 10];
/** Where a range starts before anything has moved. */
const SMALLEST = 1e-3;
/** The first relaxation may not stretch the range further than this: a run that diverges at once must not hide the rest. */
const LARGEST_BY_ITSELF = 10;

/** What a chart shows of a relaxation. */
export interface Seen {
  readonly learnStep: number;
  /** The largest change on screen. */
  readonly largest: number;
  /** Whether all its steps are there. */
  readonly isOver: boolean;
}

/**
 * While the first relaxation of a layer runs, the range grows by whole steps from what is there when the layer is chosen. When
 * the relaxation ends the range settles on it. With the next learning step it is locked: what leaves it later is marked, and
 * only the viewer widens it.
 */
export class LockedReach {
  #layer = "";
  #learnStep = -1;
  #largest = 0;
  #reach = SMALLEST;
  #isLocked = false;

  /** The range's end for what is on screen of layer `layer` of run `epoch`. */
  see(epoch: number, layer: number, { learnStep, largest, isOver }: Seen): number {
    const key = `${epoch}/${layer}`;
    if (key !== this.#layer) {
      this.#layer = key;
      this.#learnStep = learnStep;
      this.#largest = 0;
      this.#reach = largest > 0 ? 0 : SMALLEST; // A layer chosen amid a relaxation shows what it has done so far.
      this.#isLocked = false;
    }
    if (this.#isLocked) return this.#reach;
    if (learnStep !== this.#learnStep && this.#largest > 0) {
      this.#reach = niceAtLeast(this.#largest, STEPS);
      this.#isLocked = true;
      return this.#reach;
    }
    if (Number.isFinite(largest)) this.#largest = Math.max(this.#largest, Math.min(largest, LARGEST_BY_ITSELF));
    const fitted = this.#largest > 0 ? niceAtLeast(this.#largest, STEPS) : 0;
    this.#reach = isOver && fitted > 0 ? fitted : Math.max(this.#reach, fitted);
    return this.#reach;
  }

  /** The viewer asked: fit what is on screen now. */
  rescale(largest: number): void {
    if (!(largest > 0) || !Number.isFinite(largest)) return;
    this.#reach = niceAtLeast(largest, STEPS);
    this.#isLocked = true;
  }
}
