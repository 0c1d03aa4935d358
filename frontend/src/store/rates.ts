/** Small measurements of the stream: frames a second, frames that never came, and how long a change takes to show. */

const WINDOW_MS = 2000;

/** Frames per second over the last two seconds. */
export class FrameRate {
  readonly #arrivals: number[] = [];

  add(now: number): void {
    this.#arrivals.push(now);
    this.#forget(now);
  }

  /** 0 when nothing came for two seconds. */
  perSecond(now: number): number {
    this.#forget(now);
    const [first] = this.#arrivals;
    if (first === undefined || this.#arrivals.length < 2) return 0;
    return ((this.#arrivals.length - 1) * 1000) / Math.max(1, now - first);
  }

  clear(): void {
    this.#arrivals.length = 0;
  }

  #forget(now: number): void {
    while ((this.#arrivals[0] ?? now) < now - WINDOW_MS) this.#arrivals.shift();
  }
}

/**
 * From sending a live change to the first frame computed with it. Frames carry the largest applied `seq`, so what is measured is
 * the effect and not the answer.
 */
export class EffectLatency {
  #waiting: { seq: number; sentAt: number } | null = null;

  /** A live change was applied while the run was moving. A second one does not restart the clock of the first. */
  expect(seq: number, sentAt: number): void {
    this.#waiting ??= { seq, sentAt };
  }

  /** Milliseconds, when this frame is the awaited one. */
  arrived(appliedSeq: number, now: number): number | null {
    if (this.#waiting === null || appliedSeq < this.#waiting.seq) return null;
    const latency = now - this.#waiting.sentAt;
    this.#waiting = null;
    return latency;
  }

  /** The run stopped, or began again: what is awaited would come at any time. */
  forget(): void {
    this.#waiting = null;
  }
}
