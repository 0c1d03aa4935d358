/** The numbers that must be readable from the back of the room: both clocks, and for a room the imbalance and the accuracy. */

import { imbalanceReading } from "../draw/imbalance";
import type { Live } from "../store/live";

export function Clocks({ live }: { live: Live }) {
  return (
    <>
      <LearnStep live={live} />
      <InferStep live={live} />
    </>
  );
}

function LearnStep({ live }: { live: Live }) {
  return (
    <div class="number" data-clock="k">
      <b>{live.learnStep}</b>
      <span>
        learning step <i class="maths">k</i>
      </span>
    </div>
  );
}

function InferStep({ live }: { live: Live }) {
  const planned = live.plannedSteps.value;
  if (planned === 0)
    return (
      <div class="number" data-clock="t">
        <b>–</b>
        <span>no inference</span>
      </div>
    );
  const isPast = live.inferStep.value > planned;
  return (
    <div class="number" data-clock="t">
      <b>{live.inferStep}</b>
      {!isPast && <span class="number-of"> / {planned}</span>}
      <span>
        {isPast ? (
          <>
            <i class="maths">t</i>, past <i class="maths">T</i> = {planned}
          </>
        ) : (
          <>
            inference step <i class="maths">t</i>
          </>
        )}
      </span>
    </div>
  );
}

export function Imbalance({ live, caption }: { live: Live; caption: string }) {
  live.version.value;
  const { text, isNonFinite } = imbalanceReading(live.run);
  return (
    <div class="number" data-bad={isNonFinite}>
      <b>{text === "" ? "–" : text}</b>
      <span>{caption}</span>
    </div>
  );
}

export function Accuracy({ live }: { live: Live }) {
  live.version.value;
  const accuracy = live.run.evaluation?.testAccuracy ?? Number.NaN;
  if (!Number.isFinite(accuracy)) return null;
  return (
    <div class="number">
      <b>{Math.round(100 * accuracy)}</b>
      <span class="number-of"> %</span>
      <span>test accuracy</span>
    </div>
  );
}
