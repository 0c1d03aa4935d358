/** The bars in words: title, the one number of the line above, text alternative. */

import { expectedAt, infers } from "../store/reach";
import type { RunView } from "../store/run";
import type { BarsReading } from "./bars";
import { Cell } from "./cells";
import { imbalanceReading } from "./imbalance";
import { formatNumber } from "./scale";
import { escapeHtml, wideOnly } from "./slot";

/** "Energy at t = 12"; the catalogue's title where the column has no t. */
export function barsTitle(title: string, { inferStep, otherLearnStep }: BarsReading): string {
  const name = escapeHtml(title.replace(/ now$/, ""));
  if (inferStep === null) return name;
  const when = otherLearnStep === null ? "" : `, <i>k</i> = ${otherLearnStep}`;
  return `${name} at <i>t</i> = ${inferStep}${when}`;
}

export function barsNote(column: string, { hasStart }: BarsReading): string {
  if (column === "arrival_step") return "";
  return hasStart ? "○ at <i>t</i> = 0" : "";
}

export function barsLine(column: string, run: RunView, reading: BarsReading): string {
  if (column === "layer_energy") return imbalanceLine(run);
  if (column === "arrival_step") return isForetold(run) ? "<span>dotted: when the error is to be there</span>" : "";
  const largest = extreme(reading);
  if (largest === null) return "";
  const value = column === "layer_share" ? `${formatNumber(100 * largest.value, 2)} %` : formatNumber(largest.value);
  return `<span>largest <span class="chart-value">${value}</span> in layer ${largest.layer}</span>`;
}

function imbalanceLine(run: RunView): string {
  if (run.current.lastStep < 0) return "";
  const { text, isNonFinite, learnStep } = imbalanceReading(run);
  if (text === "") return `<span>${wideOnly("imbalance: ")}${whyNoImbalance(run)}</span>`;
  if (isNonFinite)
    return `<span class="chart-key">imbalance <span class="chart-number non-finite">${text}</span></span>`;
  const when = learnStep === null ? "" : wideOnly(`at the end of <i>k</i> = ${learnStep}`);
  return `<span class="chart-key">imbalance <span class="chart-number">${text}</span> powers of ten ${when}</span>`;
}

/** Why the first layer cannot be compared with the last. */
function whyNoImbalance({ current }: RunView): string {
  if (!infers(current)) return "none, only the output has an error";
  const expected = expectedAt(current, 1);
  if (expected > current.plannedSteps) return `layer 1 is reached at <i>t</i> = ${expected} only`;
  return expected > current.lastStep ? `layer 1 is reached at <i>t</i> = ${expected}` : "layer 1 has no error yet";
}

function isForetold(run: RunView): boolean {
  return run.current.fixed.get("arrival_expected")?.some(Number.isFinite) ?? false;
}

function extreme({ values, codes }: BarsReading): { layer: number; value: number } | null {
  let found: { layer: number; value: number } | null = null;
  values?.forEach((value, layer) => {
    if (codes[layer] === Cell.finite && (found === null || value > found.value)) found = { layer: layer + 1, value };
  });
  return found;
}

export function barsCaption(title: string, run: RunView, reading: BarsReading): string {
  const largest = extreme(reading);
  const most = largest === null ? "" : ` The largest is ${formatNumber(largest.value)}, in layer ${largest.layer}.`;
  return `${title}: one bar for each of ${run.depth} layers.${most}`;
}
