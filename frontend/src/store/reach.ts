/** Where the error is in a relaxation and where it is yet to come, by the states of the layers and what the server foretold. */

import { rowAt } from "./relaxation";
import type { Relaxation } from "./run";

/** The wire's `layer_state` of a layer whose energy is exactly 0. */
const SILENT = 0;

/** Layers without any error at one step. */
export interface Reach {
  readonly depth: number;
  /** Layers whose energy is exactly 0, lowest first. */
  readonly silent: ReadonlyArray<number>;
  /** Whether errors travel from layer to layer, as under PC from a feedforward start. */
  readonly isWave: boolean;
  /** The layer below which the error is smaller than float32 can hold; null where it is not. */
  readonly end: number | null;
}

/** The t from which a layer has an error, as the server foretold it; NaN for never, or where none can tell. */
export function expectedAt(relaxation: Relaxation, layer: number): number {
  return relaxation.fixed.get("arrival_expected")?.[layer - 1] ?? Number.NaN;
}

/** The layer below which an error that is due is too small for float32 at one step, as the server tells; null for none. */
export function waveEnd(relaxation: Relaxation, step: number): number | null {
  const end = rowAt(relaxation, "wave_end", step)?.[0] ?? Number.NaN;
  return Number.isFinite(end) ? end : null;
}

/** Whether activities move at all before the weights do. */
export function infers(relaxation: Relaxation): boolean {
  return relaxation.plannedSteps > 0;
}

/** Null where no frame brought that step. */
export function reachAt(relaxation: Relaxation, step: number): Reach | null {
  const states = rowAt(relaxation, "layer_state", step);
  if (states === undefined || states.length === 0) return null;
  const silent = [...states.entries()].flatMap(([index, state]) => (state === SILENT ? [index + 1] : []));
  return {
    depth: states.length,
    silent,
    isWave: expectedAt(relaxation, 1) > 1,
    end: waveEnd(relaxation, step),
  };
}
