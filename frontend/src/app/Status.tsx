/** The state of the run and of the connection, and how fast the stream is. */

import { Glyph } from "../controls/glyphs";
import type { Live } from "../store/live";

interface Line {
  readonly text: string;
  readonly tone: "live" | "paused" | "bad" | "waiting";
  readonly why: string;
}

/** What the status says, most pressing first. */
export function statusLine(live: Live): Line {
  const connection = live.connection.value;
  if (connection.kind === "ended") return { text: "Disconnected", tone: "bad", why: connection.reason };
  if (connection.kind !== "open") {
    return { text: live.session === null ? "Connecting…" : "Reconnecting…", tone: "waiting", why: "" };
  }
  const { state, reason } = live.state.value;
  if (live.diverged.value !== null && state !== "playing")
    return { text: "Paused: diverged", tone: "bad", why: reason };
  if (state === "paused") return { text: "Paused", tone: "paused", why: reason };
  if (state === "starting") return { text: "Starting…", tone: "waiting", why: reason };
  if (live.restarted.value !== null) return { text: "Restarted", tone: "live", why: live.restarted.value };
  return { text: "Live", tone: "live", why: "" };
}

export function Status({ live, isShort }: { live: Live; isShort: boolean }) {
  const { text, tone, why } = statusLine(live);
  const { compiling } = live.state.value;
  return (
    <output class="status" data-tone={tone} aria-live="off">
      <span class="status-state" title={why}>
        {tone === "paused" || tone === "bad" ? <Glyph name="pause" size={12} /> : <span class="status-dot" />}
        {text}
      </span>
      {compiling !== null && <span class="status-compiling">compiling {compiling}</span>}
      {!isShort && tone === "live" && <span class="status-rate">{live.framesPerSecond} frames/s</span>}
      {live.latency.value !== null && (
        <span title="from a live change to the first frame computed with it">{Math.round(live.latency.value)} ms</span>
      )}
      {!isShort && live.dropped.value > 0 && (
        <span title="frames of slow motion that came together with a later one">{live.dropped} dropped</span>
      )}
      {!isShort && <span>{live.device}</span>}
    </output>
  );
}
