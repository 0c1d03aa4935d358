/**
 * The only requestAnimationFrame of the page. What has arrived since is taken in at the start of a frame and all that shows the run
 * is drawn before that frame is painted: the clock, the texts and every chart speak of the same (k, t). Drawing all charts takes
 * several frames' time, so the page then rests as long as it drew, and a drag or a click never waits for two drawings.
 */

/** Something dear to draw, drawn again when the run has changed since. */
export interface Drawable {
  draw(): void | Promise<void>;
}

export class FrameLoop {
  readonly #takeIn: () => number;
  readonly #everyFrame: () => void;
  /** The version that each was drawn at: NaN for one to be drawn anew, null for one never drawn. */
  readonly #drawn = new Map<Drawable, number | null>();
  #restsUntil = Number.NEGATIVE_INFINITY;

  /** `everyFrame` is called in each frame; `takeIn`, before each drawing, lets the run and its texts move on and says its version. */
  constructor(takeIn: () => number, everyFrame: () => void) {
    this.#takeIn = takeIn;
    this.#everyFrame = everyFrame;
  }

  /** Draw `drawable` from now on; returns how to stop. */
  add(drawable: Drawable): () => void {
    this.#drawn.set(drawable, null);
    return () => {
      this.#drawn.delete(drawable);
    };
  }

  /** Draw again although the run is the same: the size or the theme is another. */
  refresh(drawable: Drawable): void {
    if (this.#drawn.get(drawable) !== null) this.#drawn.set(drawable, Number.NaN);
  }

  start(): void {
    requestAnimationFrame((now) => {
      this.frame(now);
      this.start();
    });
  }

  /** One animation frame. */
  frame(now: number): void {
    this.#everyFrame();
    if (now < this.#restsUntil) return;
    const version = this.#takeIn();
    const began = performance.now();
    for (const [drawable, drawn] of this.#drawn) if (drawn !== null && drawn !== version) this.#draw(drawable, version);
    this.#restsUntil = now + 2 * (performance.now() - began);
    // A first drawing takes long, and an empty place says nothing that is not so: one in each frame.
    const [first] = [...this.#drawn].find(([, drawn]) => drawn === null) ?? [];
    if (first !== undefined) this.#draw(first, version);
  }

  #draw(drawable: Drawable, version: number): void {
    this.#drawn.set(drawable, version);
    // One chart that fails must not stop the others, nor be hidden. Not awaited: what a chart paints, it paints before it returns.
    new Promise<void>((resolve) => resolve(drawable.draw())).catch((error: unknown) => console.error(error));
  }
}
