/** The numbers of one layer at one inference step, as the inspector shows them. */

import { Cell } from "../draw/cells";
import { formatNumber } from "../draw/scale";
import { expectedAt, infers, waveEnd } from "../store/reach";
import { rowAt } from "../store/relaxation";
import type { Divergence, Relaxation, RunView } from "../store/run";
import { formatLimit } from "./annotations";

export interface Reading {
  readonly name: string;
  readonly value: string;
  readonly isBad: boolean;
}

export interface Inspection {
  readonly layer: number;
  readonly inferStep: number;
  /** k of the relaxation that is read, when it is not the present one. */
  readonly earlierStep: number | null;
  readonly readings: ReadonlyArray<Reading>;
  /** log10 energy at each t that a frame brought, NaN where there is none to draw. */
  readonly sparkline: ReadonlyArray<{ readonly t: number; readonly log: number }>;
  /** Last t of the sparkline's axis. */
  readonly lastStep: number;
}

const NON_FINITE = formatNumber(Number.NaN);

/** Read the layer in focus at the step in focus; null before anything is known. */
export function inspect(run: RunView): Inspection | null {
  const { layer, inferStep } = run.focus;
  if (layer === null || layer > run.depth || run.current.lastStep < 0) return null;
  const wanted = inferStep ?? run.inferStep;
  // Columns after the playhead belong to the learning step before.
  const isEarlier = wanted > run.current.lastStep && run.previous !== null;
  const relaxation = isEarlier && run.previous !== null ? run.previous : run.current;
  const step = Math.min(wanted, relaxation.lastStep);
  return {
    layer,
    inferStep: step,
    earlierStep: isEarlier ? relaxation.learnStep : null,
    readings: [
      ...readings(relaxation, layer, step),
      ...(run.diverged === null ? [] : divergedReadings(run, run.diverged, layer)),
    ],
    sparkline: sparkline(relaxation, layer),
    lastStep: Math.max(run.plannedSteps, relaxation.lastStep, 1),
  };
}

function readings(relaxation: Relaxation, layer: number, step: number): Reading[] {
  const at = (column: string) => rowAt(relaxation, column, step)?.[layer - 1] ?? Number.NaN;
  const state = at("layer_state");
  const arrival = relaxation.fixed.get("arrival_step")?.[layer - 1] ?? Number.NaN;
  const hasArrived = Number.isFinite(arrival) && arrival <= step;
  const isNotReached = state === Cell.notReached;
  const measured = (value: number, digits = 3) =>
    Number.isNaN(state) ? "" : isNotReached ? "0" : formatNumber(value, digits);
  // Of a layer that is not finite some numbers may be: magenta is of the number, not of the layer.
  const reading = (name: string, value: string): Reading => ({ name, value, isBad: value === NON_FINITE });
  return [
    reading("energy", measured(at("layer_energy"))),
    reading("error, rms", measured(at("layer_error"))),
    reading("activity, rms", formatNumber(at("activity_rms"), 3)),
    reading("share of total energy", state === Cell.nonFinite ? NON_FINITE : percent(at("layer_share"))),
    {
      name: "first reached at",
      value: hasArrived ? `t = ${arrival}` : notReached(relaxation, layer, step),
      isBad: false,
    },
    ...(state === Cell.belowNoise ? [{ name: "below float noise", value: "yes", isBad: false }] : []),
  ];
}

/** Why a layer has no error: there is no inference, it comes later, or it is too small. */
function notReached(relaxation: Relaxation, layer: number, step: number): string {
  if (!infers(relaxation)) return "never: no inference";
  const expected = expectedAt(relaxation, layer);
  const end = waveEnd(relaxation, step);
  if (end !== null && layer < end && Number.isFinite(expected))
    return `due at t = ${expected}, too small for float32 below layer ${end}`;
  return expected > relaxation.plannedSteps
    ? `not before t = ${expected}`
    : Number.isNaN(expected)
      ? "not yet"
      : `not yet: t = ${expected}`;
}

/** What a person who wants to know why looks at after a divergence. */
function divergedReadings(run: RunView, { limit, learnStep }: Divergence, layer: number): Reading[] {
  const energies = [...(run.current.rows.get("layer_energy") ?? [])].map((row) => row?.[layer - 1] ?? Number.NaN);
  const finite = energies
    .map((energy, t) => ({ energy, t }))
    .filter(({ energy }) => Number.isFinite(energy) && energy > 0);
  const last = finite.at(-1);
  const before = finite.at(-2);
  const growth = last && before && last.t === before.t + 1 ? last.energy / before.energy : Number.NaN;
  const list: Reading[] = [];
  if (Number.isFinite(growth))
    list.push({ name: "growth per step", value: `× ${formatNumber(growth, 2)}`, isBad: false });
  if (limit !== null) {
    list.push({ name: "limit of the activity rate", value: `${formatLimit(limit)} at k = ${learnStep}`, isBad: false });
  }
  list.push({ name: "weights kept from", value: `k = ${learnStep}`, isBad: false });
  return list;
}

function sparkline(relaxation: Relaxation, layer: number): Array<{ t: number; log: number }> {
  const rows = relaxation.rows.get("layer_energy") ?? [];
  const points: Array<{ t: number; log: number }> = [];
  for (const [t, row] of rows.entries()) {
    const energy = row?.[layer - 1];
    if (energy !== undefined)
      points.push({ t, log: energy > 0 && Number.isFinite(energy) ? Math.log10(energy) : Number.NaN });
  }
  return points;
}

/** "0.08 %", "64 %". */
function percent(share: number): string {
  if (!Number.isFinite(share)) return "";
  return `${formatNumber(100 * share, 2)} %`;
}
