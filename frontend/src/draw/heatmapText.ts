/** The heatmap in words: its legend, its note and its text alternative. */

import { clocksText } from "../store/clocks";
import type { RunView } from "../store/run";
import { Cell, classify } from "./cells";
import { ABOVE, CIVIDIS, type ColourScale, cssGradient, SIGNED } from "./colours";
import type { HeatmapReading } from "./heatmap";
import { LARGEST_DECADE } from "./ranges";
import { decadeText, formatNumber } from "./scale";
import { legendKey, wideOnly } from "./slot";
import { rowAt } from "./spans";

/** "faded: k = 85", at the right end of the title. */
export function heatmapNote(reading: HeatmapReading): string {
  if (reading.fadedStep === null) return "";
  return wideOnly(legendKey("faded", `faded: <i>k</i> = ${reading.fadedStep}`));
}

/** The colour bar, and a key for each kind of cell that is there to be seen; shorter where there is much to say. */
export function heatmapLine(reading: HeatmapReading, isSigned: boolean): string {
  const { kinds, low, high, decimation } = reading;
  const isCrowded = kinds.has(Cell.above) || kinds.has(Cell.nonFinite) || decimation !== "";
  const noise = isCrowded ? "noise" : `${wideOnly("below float&nbsp;")}noise`;
  const parts = [
    isSigned ? bar("−1", SIGNED, "1", isCrowded) : bar(decadeText(low), CIVIDIS, decadeText(high), isCrowded),
  ];
  if (kinds.has(Cell.above)) parts.push(bar("", ABOVE, decadeText(LARGEST_DECADE), true));
  if (kinds.has(Cell.notReached)) parts.push(legendKey("not-reached", unreached(reading)));
  if (kinds.has(Cell.belowNoise)) parts.push(legendKey("below-noise", noise));
  if (kinds.has(Cell.zero)) parts.push(legendKey("zero", "0"));
  if (kinds.has(Cell.nonFinite)) parts.push(legendKey("non-finite", "non-finite"));
  if (decimation !== "") parts.push(`<span>${decimation}</span>`);
  return parts.join("");
}

/** What hatching stands for here. */
function unreached({ infers, end }: HeatmapReading): string {
  if (!infers) return "no error";
  return end === null ? "not reached" : `0: too small${wideOnly(" for float32")} below layer ${end}`;
}

function bar(low: string, scale: ColourScale, high: string, isShort: boolean): string {
  const kind = isShort ? "chart-bar chart-bar-short" : "chart-bar";
  const swatch = `<span class="${kind}" style="background: ${cssGradient(scale)}"></span>`;
  return `<span class="chart-key">${low === "" ? "" : `<span>${low}</span>`}${swatch}<span>${high}</span></span>`;
}

/** One or two sentences: where the run is, the largest and the smallest layer, and what is not a number. */
export function heatmapCaption(title: string, column: string, run: RunView, reading: HeatmapReading): string {
  if (run.current.lastStep < 0) return `${title}.`;
  const parts = [`${title}: ${run.depth} layers. ${clocksText(run)}.`];
  const row = rowAt(run, column, run.inferStep)?.row;
  const states = run.current.rows.get("layer_state")?.[run.inferStep];
  if (row !== undefined) {
    const finite = [...row.entries()].filter(
      ([layer, value]) => classify(value, states?.[layer] ?? Cell.finite, column) === Cell.finite,
    );
    const [lowest, highest] = [finite.at(0), finite.at(-1)];
    if (lowest !== undefined && highest !== undefined) {
      const other = lowest === highest ? "" : `, layer ${lowest[0] + 1} ${formatNumber(lowest[1])}`;
      parts.push(`Layer ${highest[0] + 1} has ${formatNumber(highest[1])}${other}.`);
    }
  }
  if (states?.includes(Cell.notReached)) {
    const count = states.filter((state) => state === Cell.notReached).length;
    parts.push(`${count} layers ${reading.infers ? "are not reached" : "have no error"}.`);
    if (reading.end !== null) parts.push(`Below layer ${reading.end} the error is too small for float32.`);
  }
  if (run.course !== "") parts.push(run.course);
  if (reading.kinds.has(Cell.nonFinite)) parts.push("Some layers are not finite.");
  return parts.join(" ");
}
