/** The run in one or two plain sentences, without symbols: for a screen reader, and for whoever looks up late. */

import { Cell } from "../draw/cells";
import { clocksText } from "../store/clocks";
import { expectedAt, infers, reachAt } from "../store/reach";
import { rowAt } from "../store/relaxation";
import type { RunView } from "../store/run";
import { FAR, formatLimit, NEAR_LIMIT } from "./annotations";

/**
 * What happens now in at most about `room` letters, the most telling first; with no room, what the numbers of a small screen do
 * not say already.
 */
export function summarise(run: RunView, room = Number.POSITIVE_INFINITY): string {
  if (run.current.lastStep < 0) return "Waiting for the first frame of the run.";
  if (run.diverged !== null) return diverged(run);
  const accuracy = run.evaluation?.testAccuracy ?? Number.NaN;
  const sentences = room === 0 ? [reach(run, false)] : [`${clocksText(run)}.`, ...next(run), reach(run, true)];
  if (Number.isFinite(accuracy)) sentences.push(`Test accuracy ${Math.round(100 * accuracy)} %.`);
  if (room > 0) sentences.push(stability(run));
  let text = "";
  for (const sentence of sentences) {
    if (text !== "" && room > 0 && text.length + sentence.length >= room) break;
    text = `${text} ${sentence}`.trim();
  }
  return text;
}

/** What comes after a relaxation that is over and stands still to be looked at. */
function next({ current, inferStep, plannedSteps, learnStep, isPaused }: RunView): string[] {
  if (!isPaused || inferStep < plannedSteps) return [];
  const follows = current.nextLearnStep;
  return [follows === learnStep ? "Its second phase comes next." : `Learning step ${follows} comes next.`];
}

function reach(run: RunView, saysNoise: boolean): string {
  if (!infers(run.current)) return run.course;
  const found = reachAt(run.current, run.inferStep);
  if (found === null) return "";
  const { depth, silent, isWave, end } = found;
  if (silent.length === depth) return "No layer has an error yet.";
  const states = rowAt(run.current, "layer_state", run.inferStep);
  const highestNoise = saysNoise ? (states?.lastIndexOf(Cell.belowNoise) ?? -1) + 1 : 0;
  const noise = highestNoise === 0 ? "" : `, still below float noise under layer ${highestNoise + 1}`;
  if (silent.length === 0)
    return `${isWave ? "The error has reached every layer" : "Every layer has an error"}${noise}.`;
  const highest = silent.length;
  if (silent.at(-1) !== highest) return `${silent.length} of ${depth} layers have no error yet.`;
  const below = highest === 1 ? "layer 1" : `layers 1 to ${highest}`;
  if (end !== null) return `The error has reached layer ${end}${noise}; below it is too small for float32.`;
  const isNext = silent.every((layer) => expectedAt(run.current, layer) === run.inferStep + 1);
  if (isNext) return `The error is not in ${below} yet; the next step takes it there.`;
  const still = `${below} ${highest === 1 ? "has" : "have"} not moved`;
  if (!isWave) return `${below[0]?.toUpperCase()}${below.slice(1)} ${highest === 1 ? "has" : "have"} no error yet.`;
  if (highest === depth - 1) return `The error is at the output only; ${still}.`;
  return `The error has reached layer ${highest + 1}${noise}; ${still}.`;
}

function stability(run: RunView): string {
  const rate = Number(run.values.activity_lr);
  if (run.stability === null || !Number.isFinite(rate)) return "";
  const { limit, learnStep } = run.stability;
  const share = rate / limit;
  const of = `its limit ${formatLimit(limit)} at learning step ${learnStep}`;
  if (share >= FAR) return `Activity rate far above ${of}: unstable.`;
  if (share > 1) return `Activity rate at ${share.toFixed(2)} times ${of}: unstable.`;
  return `Activity rate at ${share.toFixed(2)} of ${of}: ${share < NEAR_LIMIT ? "stable" : "close to unstable"}.`;
}

function diverged(run: RunView): string {
  if (run.diverged === null) return "";
  const { where, learnStep, inferStep, cause } = run.diverged;
  const kept = inferStep === 0 ? "" : ` The weights of learning step ${learnStep} are kept.`;
  const when = inferStep === 0 ? "" : `, inference step ${inferStep}`;
  return `Diverged and paused: ${where}, at learning step ${learnStep}${when}. ${cause}${kept}`;
}
