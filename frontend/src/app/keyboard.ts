/** Keys of the page. Off while a field, a slider or a list has the focus and would want the key itself. */

import type { Page } from "./page";

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
  { keys: ["l"], shown: "l", does: "other scale of the chart in focus", act: (page) => page.toggleScale() },
  {
    keys: ["?"],
    shown: "?",
    does: "this sheet",
    act: ({ helpIsOpen }) => {
      helpIsOpen.value = !helpIsOpen.value;
    },
  },
];

/** Keys that a native control takes for itself. */
function isWanted(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  if (target instanceof HTMLInputElement) {
    const isTyped = target.type !== "range" && target.type !== "radio";
    return isTyped || key === " " || key.startsWith("Arrow");
  }
  if (target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement) return true;
  return key === " " && (target instanceof HTMLButtonElement || target.getAttribute("role") === "button");
}

export function listenToKeys(page: Page): () => void {
  const listen = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isWanted(event.target, event.key)) return;
    const key = KEYS.find((each) => each.keys.includes(event.key));
    if (key === undefined) return;
    event.preventDefault();
    key.act(page);
  };
  document.addEventListener("keydown", listen);
  return () => document.removeEventListener("keydown", listen);
}
