/** The frame of a chart in the page: title, line, plot and a text alternative, with fixed places. */

import "./slot.css";

/** Text that came from the server, safe inside markup. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** A text alternative that changes with every frame would be read out without end. */
const CAPTION_EVERY_MS = 5000;

/** The rows that a slot of one width keeps over its plot, whose size does not change with what is written in them. */
export interface SlotFrame {
  readonly line: number;
  /** Of the legend between line and plot; 0 for none. */
  readonly keys: number;
}

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
  readonly #keys = part("div", "chart-keys");
  readonly #caption = part("figcaption", "chart-text");
  readonly #name: string;
  readonly #written = new Map<Element, string>();
  #captionAt = Number.NEGATIVE_INFINITY;

  constructor(parent: HTMLElement, title: string) {
    this.figure.className = "chart";
    // Every chart can be come to by keyboard: its text alternative is read there, and keys of the chart in focus are for it.
    this.figure.tabIndex = 0;
    const head = part("div", "chart-head");
    this.#action.type = "button";
    this.#action.hidden = true;
    this.#aside.append(this.#note, this.#action);
    head.append(this.#title, this.#aside);
    const body = part("div", "chart-body");
    this.#sentence.hidden = true;
    this.#keys.hidden = true;
    body.append(this.plot, this.#sentence);
    this.figure.append(head, this.#line, this.#keys, body, this.#caption);
    parent.append(this.figure);
    this.#name = escapeHtml(title);
    this.title(this.#name);
  }

  title(html: string): void {
    if (this.#written.get(this.#title) !== html) this.#captionAt = Number.NEGATIVE_INFINITY; // It is of something else now.
    this.#write(this.#title, html);
  }

  /** Take the rows of a new width. */
  fit({ line, keys }: SlotFrame): void {
    this.#line.classList.toggle("chart-line-tall", line > 1);
    this.#line.style.setProperty("--rows", String(line));
    this.#keys.hidden = keys === 0;
    this.#keys.style.setProperty("--rows", String(keys));
  }

  /** How to read it, at the right end of the title. */
  note(html: string): void {
    this.#write(this.#note, html);
  }

  line(html: string): void {
    this.#write(this.#line, html);
  }

  keys(html: string): void {
    this.#write(this.#keys, html);
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

  /** Why there is no chart, in its place; null when there is one. What stands over the plot may still hold. */
  sentence(text: string | null, isSilent = text !== null): void {
    this.#sentence.hidden = text === null;
    this.figure.classList.toggle("chart-silent", isSilent);
    this.#write(this.#sentence, escapeHtml(text ?? ""));
    if (!isSilent) return;
    this.title(this.#name);
    this.line("");
    this.note("");
    this.noAction();
  }

  /** The text alternative: rewritten at most every five seconds, and with the title. */
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
