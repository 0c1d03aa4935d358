/** The summary line: on screen with every frame, to a screen reader at most once in five seconds. */

import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Live } from "../store/live";
import { summarise } from "./summary";

const HEARD_MS = 5000;

/** Width of a letter in text sizes. */
const LETTER = 0.52;

interface Props {
  readonly live: Live;
  /** Whether the numbers of a small screen stand beside it; see `summarise`. */
  readonly hasNumbers: boolean;
}

export function Summary({ live, hasNumbers }: Props) {
  const heard = useSignal("");
  const line = useRef<HTMLParagraphElement>(null);
  const letters = useSignal(120);
  useLayoutEffect(() => {
    const element = line.current;
    if (element === null) return;
    const measure = () => {
      letters.value = Math.floor(
        element.clientWidth / (LETTER * Number.parseFloat(getComputedStyle(element).fontSize)),
      );
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [letters]);
  useEffect(() => {
    const hear = setInterval(() => {
      heard.value = sentence(live, Number.POSITIVE_INFINITY);
    }, HEARD_MS);
    return () => clearInterval(hear);
  }, [live, heard]);
  live.version.value;
  return (
    <>
      <p class="summary-line" ref={line}>
        {sentence(live, hasNumbers ? 0 : letters.value)}
      </p>
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
  const paused = isPaused ? "Paused. " : "";
  return `${paused}${summarise(live.run, room > 0 ? Math.max(1, room - paused.length) : 0)}`;
}
