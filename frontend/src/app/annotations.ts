/** What the page knows about values of particular controls: where inference stops being stable, when layer 1 is reached. */

import { type Annotation, NO_ANNOTATION } from "../controls/Slider";
import type { Control } from "../protocol/catalogue";
import type { RunView } from "../store/run";

type Stability = NonNullable<RunView["stability"]>;

/** From this share of the limit on, the note warns. */
export const NEAR_LIMIT = 0.8;

/** From this many times the limit on, the number says nothing. */
export const FAR = 100;

/** The limit of the activity rate, everywhere alike; the server's sentences have it to two digits too. */
export function formatLimit(limit: number): string {
  return String(Number(limit.toPrecision(2)));
}

/** Marks and note of a slider, with 2/λ_max and the t from which every layer has an error where these are known. */
export function annotate(
  control: Control,
  value: number,
  stability: Stability | null,
  everyLayerAt: number | null,
): Annotation {
  switch (control.name) {
    case "activity_lr":
      return stability === null ? NO_ANNOTATION : rateAnnotation(value, stability);
    case "n_inference_steps": {
      if (everyLayerAt === null) return NO_ANNOTATION;
      const who = everyLayerAt > 1 ? "layer 1" : "every layer";
      const tick = everyLayerAt > 1 ? everyLayerAt : null;
      return { limit: null, tick, note: `${who} at t = ${everyLayerAt}`, tone: "plain" };
    }
    default:
      return NO_ANNOTATION;
  }
}

/** "0.69 of limit 0.43", "1.20 × limit 0.43"; how many times tells nobody anything where it is far above. */
function rateAnnotation(rate: number, { limit, learnStep }: Stability): Annotation {
  const share = rate / limit;
  const isBeyond = share > 1;
  return {
    limit,
    tick: null,
    note:
      share >= FAR
        ? `far above limit ${formatLimit(limit)}`
        : `${share.toFixed(2)} ${isBeyond ? "×" : "of"} limit ${formatLimit(limit)}`,
    why: `Measured with the weights of learning step ${learnStep}.`,
    tone: isBeyond ? "beyond" : share >= NEAR_LIMIT ? "near" : "plain",
  };
}
