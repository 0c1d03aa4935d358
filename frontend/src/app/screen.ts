/** How much room there is, and whether the page is shown to a room. Both decide which parts there are. */

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";

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

const wantsProjector = signal(new URLSearchParams(location.search).get("view") === "projector");

export const screenSize: ReadonlySignal<Size> = currentSize;

/** A phone is no projector, whatever the URL says. */
export const view: ReadonlySignal<View> = computed(() =>
  wantsProjector.value && currentSize.value !== "phone" ? "projector" : "desk",
);

view.subscribe((value) => {
  document.documentElement.dataset.view = value;
});

/** Switch to the projector and back; the URL says which. */
export function toggleProjector(): void {
  wantsProjector.value = !wantsProjector.value;
  const query = new URLSearchParams(location.search);
  if (wantsProjector.value) query.set("view", "projector");
  else query.delete("view");
  history.replaceState(null, "", `?${query}${location.hash}`);
}
