/** How much room there is, and whether the page is shown to a room. Both decide which parts there are. */

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { readView } from "../store/pageView";

export type Size = "wide" | "tablet" | "phone";
export type View = "desk" | "projector";

const tablet = matchMedia("(max-width: 1099px)");
const phone = matchMedia("(max-width: 699px)");

function size(): Size {
  return phone.matches ? "phone" : tablet.matches ? "tablet" : "wide";
}

const currentSize: Signal<Size> = signal(size());
for (const query of [tablet, phone]) {
  query.addEventListener("change", () => {
    currentSize.value = size();
  });
}

const low = matchMedia("(max-height: 799px)");
const currentlyLow = signal(low.matches);
low.addEventListener("change", () => {
  currentlyLow.value = low.matches;
});

/** Whether height is what there is too little of: a beamer of 720 lines. */
export const isLow: ReadonlySignal<boolean> = currentlyLow;

const projector = signal(readView(location.search).isProjector);

/** What a person asked for; the address says it, also on a phone. */
export const wantsProjector: ReadonlySignal<boolean> = projector;

export const screenSize: ReadonlySignal<Size> = currentSize;

/** A phone is no projector, whatever the URL says. */
export const view: ReadonlySignal<View> = computed(() =>
  projector.value && currentSize.value !== "phone" ? "projector" : "desk",
);

view.subscribe((value) => {
  document.documentElement.dataset.view = value;
});

/** Switch to the projector and back. */
export function toggleProjector(): void {
  projector.value = !projector.value;
}
