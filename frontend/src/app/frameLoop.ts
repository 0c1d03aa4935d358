/**
 * The only requestAnimationFrame of the page. Each frame first does what is cheap for everyone, then draws panels in turn until
 * its few milliseconds are used; those left over come first in the next one. A chart takes 8 ms and more, so drawing all of
 * them in one frame would stop the page.
 */

/** Something dear to draw, drawn again when the run has changed since. */
export interface Drawable {
  draw(): void | Promise<void>;
}

const BUDGET_MS = 7;

export class FrameLoop {
  readonly #version: () => number;
  readonly #everyFrame: (now: number) => void;
  readonly #drawn = new Map<Drawable, number>();
  #queue: Drawable[] = [];

  /** `version` says which state of the run there is to draw; `everyFrame` is called first in each frame. */
  constructor(version: () => number, everyFrame: (now: number) => void) {
    this.#version = version;
    this.#everyFrame = everyFrame;
  }

  /** Draw `drawable` from now on; returns how to stop. */
  add(drawable: Drawable): () => void {
    this.refresh(drawable);
    return () => {
      this.#drawn.delete(drawable);
    };
  }

  /** Draw again although the run is the same: the size or the theme is another. */
  refresh(drawable: Drawable): void {
    this.#drawn.set(drawable, Number.NaN);
  }

  start(): void {
    requestAnimationFrame((now) => void this.#frame(now));
  }

  async #frame(now: number): Promise<void> {
    this.#everyFrame(now);
    const version = this.#version();
    if (this.#queue.length === 0)
      this.#queue = [...this.#drawn].filter(([, drawn]) => drawn !== version).map(([each]) => each);
    const end = performance.now() + BUDGET_MS;
    while (performance.now() < end) {
      const next = this.#queue.shift();
      if (next === undefined) break;
      if (!this.#drawn.has(next)) continue;
      this.#drawn.set(next, version);
      try {
        await next.draw();
      } catch (error) {
        // One chart that fails must not stop the others, nor be hidden.
        console.error(error);
      }
    }
    this.start();
  }
}
