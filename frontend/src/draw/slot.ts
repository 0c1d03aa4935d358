/** The frame of a chart in the page: title, line, plot and a text alternative, with fixed places. */

import "./slot.css";

/** Text that came from the server, safe inside markup. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** A text alternative that changes with every frame would be read out without end. */
const CAPTION_EVERY_MS = 5000;

/** What a slot has besides title, line and plot, from the start: the plot's size does not change for it. */
export interface SlotFrame {
  /** A legend in a row of its own over the plot; "" for none. */
  readonly keys: string;
  /** The line has room for two rows of numbers. */
  readonly isLineTall: boolean;
}

const PLAIN_FRAME: SlotFrame = { keys: "", isLineTall: false };

/** Writes only what changed: the page stays still between frames that say the same. */
export class Slot {
  readonly figure = document.createElement("figure");
  readonly plot = part("div", "chart-plot");
  readonly #sentence = part("p", "chart-sentence");
  readonly #title = part("h2", "chart-title");
  readonly #aside = part("span", "chart-aside");
  readonly #note = document.createElement("span");
  readonly #action = part("button", "chart-action") as HTMLButtonElement;
  readonly #line = part("div", "chart-line");
  readonly #caption = part("figcaption", "chart-text");
  readonly #written = new Map<Element, string>();
  #captionAt = Number.NEGATIVE_INFINITY;

  constructor(parent: HTMLElement, title: string, { keys, isLineTall }: SlotFrame = PLAIN_FRAME) {
    this.figure.className = "chart";
    const head = part("div", "chart-head");
    this.#action.type = "button";
    this.#action.hidden = true;
    this.#aside.append(this.#note, this.#action);
    head.append(this.#title, this.#aside);
    const body = part("div", "chart-body");
    this.#sentence.hidden = true;
    this.#line.classList.toggle("chart-line-tall", isLineTall);
    body.append(this.plot, this.#sentence);
    this.figure.append(head, this.#line);
    if (keys !== "") {
      const row = part("div", "chart-keys");
      row.innerHTML = keys;
      this.figure.append(row);
    }
    this.figure.append(body, this.#caption);
    parent.append(this.figure);
    this.title(escapeHtml(title));
  }

  title(html: string): void {
    this.#write(this.#title, html);
  }

  /** How to read it, at the right end of the title. */
  note(html: string): void {
    this.#write(this.#note, html);
  }

  line(html: string): void {
    this.#write(this.#line, html);
  }

  /** A quiet button beside the note; `short` is what a narrow slot shows of it. */
  action(label: string, run: () => void, short = label): void {
    this.#action.hidden = false;
    this.#action.onclick = run;
    this.#action.setAttribute("aria-label", label);
    this.#write(this.#action, short === label ? label : `${wideOnly(label)}<span class="chart-narrow">${short}</span>`);
  }

  noAction(): void {
    this.#action.hidden = true;
  }

  /** Why there is no chart, in its place; null when there is one. */
  sentence(text: string | null): void {
    this.#sentence.hidden = text === null;
    this.figure.classList.toggle("chart-silent", text !== null);
    this.#write(this.#sentence, escapeHtml(text ?? ""));
    if (text === null) return;
    this.line("");
    this.note("");
    this.noAction();
  }

  /** The text alternative: rewritten at most every five seconds. */
  caption(text: string): void {
    const now = performance.now();
    if (now - this.#captionAt < CAPTION_EVERY_MS) return;
    this.#captionAt = now;
    this.#write(this.#caption, escapeHtml(text));
  }

  remove(): void {
    this.figure.remove();
  }

  #write(element: Element, html: string): void {
    if (this.#written.get(element) === html) return;
    this.#written.set(element, html);
    element.innerHTML = html;
  }
}

function part(tag: string, className: string): HTMLElement {
  const element = document.createElement(tag);
  element.className = className;
  return element;
}

/** A legend entry: a swatch and its name. */
export function legendKey(swatch: string, name: string): string {
  return `<span class="chart-key"><span class="chart-swatch ${swatch}"></span><span>${name}</span></span>`;
}

/** Words that only a slot as wide as three fifths of the charts has room for. */
export function wideOnly(html: string): string {
  return `<span class="chart-wide">${html}</span>`;
}

/** Words that fit two fifths of the charts on a desk, and are left out on less. */
export function mediumOnly(html: string): string {
  return `<span class="chart-medium">${html}</span>`;
}
