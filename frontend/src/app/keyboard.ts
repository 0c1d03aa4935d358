/**
 * Keys of the page. A field, a slider or a list that a person came to by keyboard keeps the keys that it wants; what was only
 * clicked keeps the focus and gives the page its keys back.
 */

import type { Page } from "./page";
import { toggleProjector } from "./screen";

export interface Key {
  readonly keys: ReadonlyArray<string>;
  readonly shown: string;
  readonly does: string;
  readonly act: (page: Page) => void;
}

export const KEYS: ReadonlyArray<Key> = [
  { keys: [" "], shown: "space", does: "play or pause", act: ({ live }) => live.playOrPause() },
  { keys: ["."], shown: ".", does: "one inference step", act: ({ live }) => live.infer(1) },
  { keys: ["ArrowRight"], shown: "→", does: "one learning step", act: ({ live }) => live.learn(1) },
  { keys: ["r"], shown: "r", does: "reset: the same run again, same seed", act: ({ live }) => live.reset() },
  { keys: ["s"], shown: "s", does: "energy, or the signed error", act: (page) => page.toggleScale() },
  { keys: ["p"], shown: "p", does: "projector, and back", act: () => toggleProjector() },
  {
    keys: ["?"],
    shown: "?",
    does: "this sheet",
    act: ({ helpIsOpen }) => {
      helpIsOpen.value = !helpIsOpen.value;
    },
  },
];

/** Keys that a native control takes for itself; `isClicked` says whether only the pointer brought the focus there. */
function isWanted(target: EventTarget | null, key: string, isClicked: boolean): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true;
  if (target instanceof HTMLSelectElement) return !isClicked;
  if (target instanceof HTMLInputElement) {
    if (target.type === "range") return key.startsWith("Arrow");
    if (target.type === "radio") return key.startsWith("Arrow") || (key === " " && !isClicked);
    return true;
  }
  const isButton = target instanceof HTMLButtonElement || target.getAttribute("role") === "button";
  return key === " " && isButton && !isClicked;
}

export function listenToKeys(page: Page): () => void {
  let clicked: EventTarget | null = null;
  const point = (event: PointerEvent) => {
    const under = event.target instanceof Element ? event.target : null;
    clicked = under?.closest("button, select, [role=button]") ?? under?.closest("label")?.control ?? under;
  };
  // A focus that goes elsewhere without a pointer was moved by a key.
  const move = (event: FocusEvent) => {
    if (event.target !== clicked) clicked = null;
  };
  const listen = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (page.helpIsOpen.value && event.key !== "?") return;
    if (isWanted(event.target, event.key, event.target === clicked)) return;
    const key = KEYS.find((each) => each.keys.includes(event.key));
    if (key === undefined) return;
    event.preventDefault();
    key.act(page);
  };
  // A button presses itself when Space is let go.
  const release = (event: KeyboardEvent) => {
    if (event.key === " " && event.target === clicked && event.target instanceof HTMLButtonElement)
      event.preventDefault();
  };
  const stop = new AbortController();
  const { signal } = stop;
  document.addEventListener("pointerdown", point, { capture: true, signal });
  document.addEventListener("focusin", move, { signal });
  document.addEventListener("keydown", listen, { signal });
  document.addEventListener("keyup", release, { signal });
  return () => stop.abort();
}
