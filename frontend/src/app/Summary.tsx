/** The summary line: on screen a few times a second, to a screen reader at most once in five. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Live } from "../store/live";
import { summarise } from "./summary";

const SEEN_MS = 250;
const HEARD_MS = 5000;

export function Summary({ live, isShort }: { live: Live; isShort: boolean }) {
  const seen = useSignal("");
  const heard = useSignal("");
  useEffect(() => {
    const see = setInterval(() => {
      seen.value = sentence(live, isShort);
    }, SEEN_MS);
    const hear = setInterval(() => {
      heard.value = sentence(live, false);
    }, HEARD_MS);
    return () => {
      clearInterval(see);
      clearInterval(hear);
    };
  }, [live, isShort, seen, heard]);
  return (
    <>
      <p class="summary-line">{seen}</p>
      <p class="unseen" aria-live="polite" data-summary>
        {heard}
      </p>
    </>
  );
}

function sentence(live: Live, isShort: boolean): string {
  const connection = live.connection.value.kind;
  if (connection !== "open" && live.session !== null) {
    return "The connection is lost; trying again. The server keeps the run for two minutes.";
  }
  const paused = live.state.value.state === "paused" && live.diverged.value === null ? "Paused. " : "";
  return paused + summarise(live.run, isShort);
}
