/**
 * `window.pcviz`: a read-only look at the run from the browser's console and from tests. `frontend/README.md` describes it.
 */

import type { Values } from "../protocol/catalogue";
import type { Live } from "../store/live";

export interface Handle {
  readonly session: string | null;
  readonly epoch: number;
  readonly learnStep: number;
  readonly inferStep: number;
  readonly plannedSteps: number;
  readonly state: string;
  readonly connection: string;
  /** Frames drawn from since the page was opened. */
  readonly frames: number;
  readonly dropped: number;
  readonly latency: number | null;
  /** Values of every control, as the server applied them. */
  readonly values: Values;
  /** A row of the present relaxation, or undefined where no frame brought it. */
  row(column: string, inferStep: number): number[] | undefined;
}

declare global {
  interface Window {
    pcviz?: Handle;
  }
}

export function handleOf(live: Live): Handle {
  return {
    get session() {
      return live.session;
    },
    get epoch() {
      return live.run.epoch;
    },
    get learnStep() {
      return live.run.learnStep;
    },
    get inferStep() {
      return live.run.inferStep;
    },
    get plannedSteps() {
      return live.run.plannedSteps;
    },
    get state() {
      return live.state.value.state;
    },
    get connection() {
      return live.connection.value.kind;
    },
    get frames() {
      return live.frames;
    },
    get dropped() {
      return live.dropped.value;
    },
    get latency() {
      return live.latency.value;
    },
    get values() {
      return { ...live.run.values };
    },
    row(column, inferStep) {
      const row = live.run.current.rows.get(column)?.[inferStep];
      return row === undefined ? undefined : [...row];
    },
  };
}
