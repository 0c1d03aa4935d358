/** The one number of a network's imbalance, and when it may be said at all. */

import type { Relaxation, RunView } from "../store/run";
import { Cell } from "./cells";
import { formatNumber } from "./scale";

export interface ImbalanceReading {
  /** "5.3", "≥ 12", "non-finite", or "" while there is nothing to say. */
  readonly text: string;
  readonly isNonFinite: boolean;
  /** k at whose end it was read, null when it is of the present step. */
  readonly learnStep: number | null;
}

/** Of a lower bound, in the wire's `imbalance_quality`. */
const AT_LEAST = 3;

/**
 * Decades of energy between the last and the first layer at the step in focus. While layer 1 is not reached, what the last
 * full relaxation ended with; where rounding hides a layer, the server's lower bound.
 */
export function imbalanceReading(run: RunView): ImbalanceReading {
  const at = run.focus.inferStep ?? run.inferStep;
  const now = decadesText(run.current, Math.min(at, run.current.lastStep));
  if (now !== null) return { ...now, learnStep: null };
  const before = run.previous === null ? null : decadesText(run.previous, run.previous.lastStep);
  if (before !== null && run.previous !== null) return { ...before, learnStep: run.previous.learnStep };
  return { text: "", isNonFinite: false, learnStep: null };
}

/** Null where the error cannot have reached layer 1. */
function decadesText(relaxation: Relaxation, step: number): Omit<ImbalanceReading, "learnStep"> | null {
  if (row(relaxation, "layer_state", step)?.includes(Cell.nonFinite)) return { text: "non-finite", isNonFinite: true };
  const decades = row(relaxation, "imbalance", step)?.[0] ?? Number.NaN;
  if (!Number.isFinite(decades)) return null;
  const isBound = row(relaxation, "imbalance_quality", step)?.[0] === AT_LEAST;
  // A lower bound stays one when it is rounded.
  const text = isBound ? `≥ ${Math.floor(decades)}` : formatNumber(decades, decades < 1 ? 1 : 2);
  return { text, isNonFinite: false };
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
