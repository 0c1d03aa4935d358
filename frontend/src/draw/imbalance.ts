/** The one number of a network's imbalance, and when it may be said at all. */

import type { Relaxation, RunView } from "../store/run";
import { Cell } from "./cells";
import { formatNumber } from "./scale";

export interface ImbalanceReading {
  /** "5.3", "> 12", "non-finite", or "" while there is nothing to say. */
  readonly text: string;
  readonly isNonFinite: boolean;
  /** k at whose end it was read, null when it is of the present step. */
  readonly learnStep: number | null;
}

/** Relative rounding of float32: half a unit in the last place. */
const ROUNDING = 2 ** -24;

/**
 * Decades of energy between the last and the first layer at the step in focus. While layer 1 is not reached, what the last
 * full relaxation ended with; where layer 1 is below float noise, or rounded to zero after the error had time to reach it, a
 * lower bound.
 */
export function imbalanceReading(run: RunView): ImbalanceReading {
  const at = run.focus.inferStep ?? run.inferStep;
  const now = decadesText(run.current, Math.min(at, run.current.lastStep), run.width);
  if (now !== null) return { ...now, learnStep: null };
  const before = run.previous === null ? null : decadesText(run.previous, run.previous.lastStep, run.width);
  if (before !== null && run.previous !== null) return { ...before, learnStep: run.previous.learnStep };
  return { text: "", isNonFinite: false, learnStep: null };
}

/** Null where the error cannot have reached layer 1. */
function decadesText(relaxation: Relaxation, step: number, width: number): Omit<ImbalanceReading, "learnStep"> | null {
  const states = row(relaxation, "layer_state", step);
  const energies = row(relaxation, "layer_energy", step);
  if (states === undefined || energies === undefined) return null;
  if (states.includes(Cell.nonFinite)) return { text: "non-finite", isNonFinite: true };
  const last = energies.at(-1) ?? 0;
  if (states[0] === Cell.finite) {
    const decades = row(relaxation, "imbalance", step)?.[0] ?? Math.log10(last) - Math.log10(energies[0] ?? 0);
    return Number.isFinite(decades) ? { text: formatNumber(decades, decades < 1 ? 1 : 2), isNonFinite: false } : null;
  }
  const rms = row(relaxation, "activity_rms", step)?.[0];
  const isBelowNoise = states[0] === Cell.belowNoise || step >= states.length - 1;
  if (!isBelowNoise || rms === undefined) return null;
  const noise = 0.5 * width * (ROUNDING * rms) ** 2;
  return { text: `> ${Math.floor(Math.log10(last / noise))}`, isNonFinite: false };
}

/** The newest held row at or before `step`. */
function row(relaxation: Relaxation, column: string, step: number): Float32Array | undefined {
  const rows = relaxation.rows.get(column);
  for (let at = step; at >= 0; at -= 1) {
    const held = rows?.[at];
    if (held !== undefined) return held;
  }
  return undefined;
}
