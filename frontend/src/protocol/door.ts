/**
 * Why there is no live connection, in a sentence: what the server says when asked, and what can be told from its silence.
 *
 * A browser tells a page nothing of a refused upgrade, so the page asks `POST api/door`, where the same checks decide.
 */

import { type Door, PROTOCOL_VERSION } from "./generated";

/** How long an answer may take; with it, a person knows within five seconds. */
const ANSWERS_WITHIN_MS = 3000;

export const UNREACHABLE =
  "The server does not answer. It may be stopped, or the network is down; the page tries again.";
const NO_UPGRADE =
  "The server answers, but the live connection does not get through. A proxy before it has to pass websockets on: the address " +
  "ws beside this page, with the headers Upgrade and Connection.";
const IS_STARTING =
  "The server is up, and the process that computes is starting; on a cold machine that takes a minute.";

/** A sentence on an answer that is not pcviz's own. */
export function foreignAnswer(status: number): string {
  return `Something other than a pcviz server answers here (HTTP ${status}). Is the address whole, with a slash at its end?`;
}

/** What two versions of the protocol mean for a person, or null where they are the same. */
export function versionTrouble(server: unknown): string | null {
  if (server === PROTOCOL_VERSION) return null;
  return typeof server === "number" && server > PROTOCOL_VERSION
    ? "The server is newer than this page. Reload the page to go on."
    : "The server is older than this page. Restart the server, or reload the page if it was put back on purpose.";
}

/**
 * Ask why no run has come; null if none of it is to be said. `address` is that of the door, with the session that is asked for;
 * `isThrough`: the websocket is open, and only the run is waited for.
 */
export async function askAtTheDoor(address: string, isThrough: boolean): Promise<string | null> {
  let response: Response;
  try {
    response = await fetch(address, { method: "POST", signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) });
  } catch {
    return UNREACHABLE;
  }
  const text = await response.text();
  if (!response.ok) return ownWords(response, text);
  try {
    const door = JSON.parse(text) as Door;
    return (
      versionTrouble(door.protocol) ?? door.refusal ?? (door.is_ready ? (isThrough ? null : NO_UPGRADE) : IS_STARTING)
    );
  } catch {
    return foreignAnswer(response.status);
  }
}

/** The sentence that came with an HTTP error, where it is one of ours: short plain text. */
export function ownWords(response: Response, text: string): string {
  const isPlain = response.headers.get("content-type")?.startsWith("text/plain") ?? false;
  return isPlain && text.length < 400 && text.trim() !== "" ? text.trim() : foreignAnswer(response.status);
}
