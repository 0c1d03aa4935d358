/** What the page knows about values of particular controls: where inference stops being stable, when layer 1 is reached. */

import { type Annotation, NO_ANNOTATION } from "../controls/Slider";
import type { Control, Values } from "../protocol/catalogue";

/** From this share of the limit on, the note warns. */
export const NEAR_LIMIT = 0.8;

/** Marks and note of a slider under these values, with 2/λ_max where it is known. */
export function annotate(control: Control, value: number, values: Values, stableRate: number | null): Annotation {
  switch (control.name) {
    case "activity_lr":
      return stableRate === null ? NO_ANNOTATION : rateAnnotation(value, stableRate);
    case "n_inference_steps": {
      // From any other start every layer has energy at once.
      if (values.activity_start !== "feedforward") return NO_ANNOTATION;
      const depth = Number(values.depth);
      return { limit: null, tick: depth, note: `layer 1 at t = ${depth - 1}`, tone: "plain" };
    }
    default:
      return NO_ANNOTATION;
  }
}

function rateAnnotation(rate: number, limit: number): Annotation {
  const share = rate / limit;
  const isBeyond = share > 1;
  return {
    limit,
    tick: null,
    note: `${share.toFixed(2)} ${isBeyond ? "×" : "of"} limit ${limit.toPrecision(2)}`,
    tone: isBeyond ? "beyond" : share >= NEAR_LIMIT ? "near" : "plain",
  };
}
