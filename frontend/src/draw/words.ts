/** Words that several charts share. */

import { escapeHtml } from "./slot";

/** What a column's value axis says; a column that is not here is called by its name. */
const AXIS_TITLES: Readonly<Record<string, string>> = {
  layer_energy: "energy",
  layer_error: "error, rms",
  layer_share: "share of the total energy",
  activity_rms: "activity, rms",
  activity_grad_rms: "gradient, rms",
  layer_precision: "precision",
  weight_rms: "weight, rms",
  arrival_step: "first reached at <i>t</i>",
};

/** In place of a chart all of whose values are NaN. */
export const NOTHING_KNOWN = "Nothing to show: no value is known.";

export function isAllUnknown(values: Float32Array): boolean {
  return values.every(Number.isNaN);
}

export function axisTitle(column: string): string {
  return AXIS_TITLES[column] ?? column.replaceAll("_", " ");
}

/** A letter that stands alone is a symbol; of the words of one letter, English has "a" and "I". */
const SYMBOL = /(?<![\p{L}\p{N}&#])([B-HJ-Zb-zα-ωΔ])(?![\p{L}\p{N}])/gu;
/** Of a symbol only: "activity_lr" is a name. */
const SUBSCRIPT = /(?<=(?<![\p{L}_])\p{L})_(\p{L}+|\p{N}+)/gu;

/** Text of the catalogue for Plotly and HTML alike, set as formulas are: "λ_max at t" with a subscript and italics. */
export function maths(text: string): string {
  return sentenceHtml(text).replace(SYMBOL, "<i>$1</i>");
}

/** A sentence of the server as HTML, its letters left upright: "α_L" with a subscript. */
export function sentenceHtml(text: string): string {
  return escapeHtml(text).replace(SUBSCRIPT, "<sub>$1</sub>");
}
