/** A Plotly plot in an element: the only effects of drawing. Size is fixed by the element, margins by the layout. */

import type { Size } from "./axes";
import { onDoubleClick, type Picture, purge, react, shownRanges } from "./plotly";
import { dataAt } from "./pointer";

/** Plotly cannot lay out an axis in less. */
const SMALLEST_PX = 100;

export class Chart {
  readonly #element: HTMLElement;
  readonly #redraw: () => void;
  #size: Size;
  #margin: Picture["layout"]["margin"];
  #revision = 0;
  #resets = 0;

  /** `redraw` is called when the viewer asks for the whole range again. */
  constructor(element: HTMLElement, redraw: () => void) {
    this.#element = element;
    this.#redraw = redraw;
    this.#size = sizeOf(element);
  }

  get size(): Size {
    return this.#size;
  }

  get canDraw(): boolean {
    return Math.min(this.#size.width, this.#size.height) >= SMALLEST_PX;
  }

  /** Plotly's uirevision: the same through a run, so that a zoom survives streaming; another after a double click. */
  zoomRevision(epoch: number): string {
    return `${epoch}.${this.#resets}`;
  }

  /** Take the element's size anew, after the slot changed. */
  measure(): void {
    this.#size = sizeOf(this.#element);
  }

  async draw(picture: Picture): Promise<void> {
    const isFirst = this.#revision === 0;
    this.#revision += 1;
    this.#margin = picture.layout.margin;
    await react(this.#element, picture, this.#revision);
    if (isFirst) onDoubleClick(this.#element, () => this.#forgetZoom());
  }

  /** Show nothing: a sentence stands in its place. */
  clear(): void {
    if (this.#revision > 0) purge(this.#element);
    this.#revision = 0;
  }

  /** Data coordinates under a pointer; null outside the plot. */
  dataUnder(pointer: MouseEvent): { x: number; y: number } | null {
    const ranges = shownRanges(this.#element);
    if (ranges === null || this.#margin === undefined) return null;
    const { l = 0, r = 0, t = 0, b = 0 } = this.#margin;
    const { width, height } = this.#size;
    const area = { left: l, top: t, width: width - l - r, height: height - t - b, ...ranges };
    const box = this.#element.getBoundingClientRect();
    return dataAt(area, pointer.clientX - box.left, pointer.clientY - box.top);
  }

  destroy(): void {
    this.clear();
  }

  #forgetZoom(): void {
    this.#resets += 1;
    this.#redraw();
  }
}

function sizeOf(element: HTMLElement): Size {
  return { width: element.clientWidth, height: element.clientHeight };
}
