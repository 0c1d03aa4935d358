/** Keep the address bar current, so that it can be copied at any time. Browsers limit how often it may change. */

import { effect } from "@preact/signals";
import { queryOf } from "../store/experimentUrl";
import type { Live } from "../store/live";
import { viewText } from "../store/pageView";
import { wantsProjector } from "./screen";
import type { Slots } from "./slots";

const EVERY_MS = 400;

export function keepUrl(live: Live, slots: Slots): void {
  let isWaiting = false;
  const write = () => {
    isWaiting = false;
    const view = viewText({ isProjector: wantsProjector.peek(), panels: slots.unusual.peek() });
    const query = queryOf(live.catalogue.controls, live.values.peek(), view, location.search);
    if (`?${query}` !== location.search) history.replaceState(null, "", `?${query}${location.hash}`);
  };
  effect(() => {
    for (const what of [live.values, slots.unusual, wantsProjector]) void what.value;
    if (isWaiting || live.session === null) return;
    isWaiting = true;
    setTimeout(write, EVERY_MS);
  });
}
