/** Loss, energies and accuracy over learning steps. */

import { mountChart } from "../../draw/chartSlot";
import { LockedDecades, learningPicture } from "../../draw/learning";
import { formatNumber } from "../../draw/scale";
import { escapeHtml, mediumOnly } from "../../draw/slot";
import type { RunView } from "../../store/run";
import type { PanelKind } from "../panel";

export const panel: PanelKind = {
  kind: "learning",
  mount(parent, spec) {
    const decades = new LockedDecades();
    return mountChart(parent, spec, null, (run, { size, theme, revision, slot }) => {
      slot.title(escapeHtml(spec.title));
      slot.line(readings(run));
      slot.caption(`Loss and energies over ${run.learnStep} learning steps. ${plainReadings(run)}`);
      return learningPicture(run, decades, { size, theme, revision });
    });
  },
};

/** "loss 0.177  test accuracy 91.1 %". */
function readings(run: RunView): string {
  const loss = lastLoss(run);
  const value = (text: string) => `<span class="chart-value">${text}</span>`;
  const parts: string[] = [];
  if (run.diverged !== null && loss !== null) {
    return `<span>last finite loss ${value(formatNumber(loss.value))} at <i>k</i> = ${loss.step}</span>`;
  }
  if (loss !== null) {
    const text = `<span>loss ${value(formatNumber(loss.value))}</span>`;
    parts.push(run.evaluation === null ? text : mediumOnly(text));
  }
  if (run.evaluation !== null) parts.push(`<span>${evaluationText(run.evaluation, value)}</span>`);
  return parts.join("");
}

function plainReadings(run: RunView): string {
  const loss = lastLoss(run);
  const parts = loss === null ? [] : [`Loss ${formatNumber(loss.value)}.`];
  if (run.evaluation !== null) parts.push(`${evaluationText(run.evaluation, (text) => text)}.`);
  return parts.join(" ");
}

function evaluationText(evaluation: NonNullable<RunView["evaluation"]>, value: (text: string) => string): string {
  const { testAccuracy, testLoss } = evaluation;
  if (Number.isFinite(testAccuracy)) return `test accuracy ${value(`${(100 * testAccuracy).toFixed(1)} %`)}`;
  return `test loss ${value(formatNumber(testLoss))}`;
}

function lastLoss(run: RunView): { value: number; step: number } | null {
  const losses = run.learning.column("loss");
  const at = losses.findLastIndex(Number.isFinite);
  return at < 0 ? null : { value: losses[at] ?? Number.NaN, step: run.learning.step[at] ?? 0 };
}
