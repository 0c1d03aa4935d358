/** The page's address holds the whole spec, so that a link is a run. Keys are the controls' own names, values as text. */

import type { Control, Values } from "../protocol/catalogue";
import { whereItApplies } from "./controlValue";

/** Keys that are the page's own; they stay as they are. The session is not among them: a link is a run, not a seat in it. */
const KEPT = ["v"];

/**
 * The query that restores these values: every value of the spec, what of the view is not as usual, and the page's own keys as
 * they are at `present`. `view` is that key's value.
 */
export function queryOf(controls: ReadonlyArray<Control>, values: Values, view: string, present: string): string {
  const query = new URLSearchParams();
  for (const control of controls) {
    const value = values[control.name];
    if (control.kind === "action" || value === undefined) continue;
    if (control.effect === "view" && value === control.default) continue;
    // A grid is long: where it does nothing and is as usual, a link can do without.
    const isIdle = () => whereItApplies(control, values, controls) !== null;
    if (control.kind === "grid" && value === control.default && isIdle()) continue;
    query.set(control.name, String(value));
  }
  if (view !== "") query.set("view", view);
  const now = new URLSearchParams(present);
  for (const key of KEPT) {
    const value = now.get(key);
    if (value !== null) query.set(key, value);
  }
  return readable(query);
}

/** As text, with the marks of a grid and of a list of charts as they are: a query may hold them, and a link is read by people. */
function readable(query: URLSearchParams): string {
  return query.toString().replaceAll("%2C", ",").replaceAll("%3B", ";");
}

/** Where the websocket is, beside the page. Without a session it starts a run from the query; with one it goes on. */
export function socketAddress(page: URL | Location, query: string, session: string | null): string {
  const address = new URL("ws", page.href);
  address.protocol = page.protocol === "https:" ? "wss:" : "ws:";
  const search = new URLSearchParams(query);
  if (session !== null) search.set("session", session);
  address.search = readable(search);
  address.hash = "";
  return address.href;
}
