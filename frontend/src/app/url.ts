/** Keep the address bar current, so that it can be copied at any time. Browsers limit how often it may change. */

import { queryOf } from "../store/experimentUrl";
import type { Live } from "../store/live";

const EVERY_MS = 400;

export function keepUrl(live: Live): void {
  let isWaiting = false;
  live.values.subscribe(() => {
    if (isWaiting || live.session === null) return;
    isWaiting = true;
    setTimeout(() => {
      isWaiting = false;
      const query = queryOf(live.catalogue.controls, live.values.peek(), location.search);
      if (`?${query}` !== location.search) history.replaceState(null, "", `?${query}${location.hash}`);
    }, EVERY_MS);
  });
}
