/** Loss and energies at the end of each learning step, and accuracy in a strip of its own below. */

import type { RunView } from "../store/run";
import { Cell } from "./cells";
import type { Picture } from "./plotly";
import { decadeTicks } from "./scale";
import { type Strip, type StripsOptions, stripsPicture } from "./strips";

/** Values under this are no energy that float32 can tell from zero here. */
const LOWEST_DECADE = -14;
const HIGHEST_DECADE = 38;

/** A range of log10 that holds everything seen since the epoch began; it grows by whole decades and never shrinks. */
export class LockedDecades {
  #epoch = -1;
  #low = -2;
  #high = 0;

  see(epoch: number, columns: ReadonlyArray<Float32Array>): readonly [number, number] {
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#low = -2;
      this.#high = 0;
    }
    for (const column of columns) {
      for (const value of column) {
        if (!(value > 0) || value === Number.POSITIVE_INFINITY) continue;
        const decade = Math.log10(value);
        if (decade < this.#low) this.#low = Math.max(LOWEST_DECADE, Math.floor(decade));
        if (decade > this.#high) this.#high = Math.min(HIGHEST_DECADE, Math.ceil(decade));
      }
    }
    return [this.#low, this.#high];
  }
}

const ACCURACY_TICKS = { values: [0, 0.5, 1], text: ["0", "50 %", "100 %"] };

export function learningPicture(run: RunView, locked: LockedDecades, options: StripsOptions): Picture {
  const { theme } = options;
  const { learning } = run;
  const [output, hidden, loss] = ["output", "hidden", "loss"].map((name) => learning.column(name));
  const accuracy = learning.column("test_accuracy");
  const energies = [output, hidden, loss].flatMap((column) => (column === undefined ? [] : [column]));
  const range = locked.see(run.epoch, energies);
  const width = 2 * theme.lineScale;
  const hasAccuracy = accuracy.some(Number.isFinite);
  const energy: Strip = {
    domain: hasAccuracy ? [0.38, 1] : [0, 1],
    range,
    ticks: decadeTicks(range[0], range[1], hasAccuracy ? 5 : 6),
    lines: [
      { label: "output", values: log10(output), colour: theme.ink, width, dash: "solid" },
      { label: "hidden", values: log10(hidden), colour: theme.second, width, dash: "solid" },
      { label: "loss", values: log10(loss), colour: theme.ink3, width, dash: "dot" },
    ],
  };
  const strips: Strip[] = [energy];
  if (hasAccuracy) {
    strips.push({
      domain: [0, 0.28],
      range: [0, 1],
      ticks: ACCURACY_TICKS,
      lines: [{ label: "accuracy", values: accuracy, colour: theme.ink, width, dash: "solid" }],
    });
  }
  return stripsPicture(learning.step, strips, run.events, { ...options, nonFiniteAt: nonFiniteStep(run) });
}

/** The present learning step, where the run diverged so far that a layer is no number any more. */
function nonFiniteStep({ diverged, current }: RunView): number | null {
  const states = current.rows.get("layer_state")?.[current.lastStep];
  return diverged !== null && states?.includes(Cell.nonFinite) ? current.learnStep : null;
}

/** A zero is no point of a logarithmic line: it would be a spike to the floor. */
function log10(values: Float32Array | undefined): Float32Array {
  return Float32Array.from(values ?? [], (value) => (value > 0 ? Math.log10(value) : Number.NaN));
}
