/**
 * The run of this tab, so that a reload, Back or a tab that was put to sleep comes back to it. It is kept with the address that it had:
 * another address is another run. It stays out of links, because a link is a run and not a seat in one.
 */

const KEY = "pcviz.session";

interface Kept {
  readonly session: string;
  readonly query: string;
}

/** The session that this tab had at this address, or null. */
export function sessionOfTab(query: string): string | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Kept | null;
    return kept !== null && kept.query === query && typeof kept.session === "string" ? kept.session : null;
  } catch {
    return null; // storage may be forbidden, and holds what anyone on this host has written
  }
}

/** Remember the run of this tab. */
export function keepSession(session: string | null, query: string): void {
  try {
    if (session !== null) sessionStorage.setItem(KEY, JSON.stringify({ session, query } satisfies Kept));
  } catch {
    // then a reload begins a new run, as it says
  }
}
