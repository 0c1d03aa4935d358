/** The summary line: on screen with every frame, to a screen reader at most once in five seconds. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Live } from "../store/live";
import { summarise } from "./summary";

const HEARD_MS = 5000;

interface Props {
  readonly live: Live;
  /** Letters that fit; see `summarise`. */
  readonly room: number;
}

export function Summary({ live, room }: Props) {
  const heard = useSignal("");
  useEffect(() => {
    const hear = setInterval(() => {
      heard.value = sentence(live, Number.POSITIVE_INFINITY);
    }, HEARD_MS);
    return () => clearInterval(hear);
  }, [live, heard]);
  live.version.value;
  return (
    <>
      <p class="summary-line">{sentence(live, room)}</p>
      <p class="unseen" aria-live="polite" data-summary>
        {heard}
      </p>
    </>
  );
}

function sentence(live: Live, room: number): string {
  if (live.connection.value.kind !== "open" && live.session !== null) {
    return "The connection is lost; trying again. The server keeps the run for two minutes.";
  }
  const { state, reason } = live.state.value;
  if (state === "starting") return reason === "" ? "The run is being prepared." : reason;
  const isPaused = state === "paused" && live.diverged.value === null;
  return `${isPaused ? "Paused. " : ""}${summarise(live.run, room)}`;
}
