/** Any columns over learning steps, one strip each. */

import { mountChart } from "../../draw/chartSlot";
import { formatNumber } from "../../draw/scale";
import { LockedExtents, seriesOf, seriesPicture } from "../../draw/series";
import { escapeHtml } from "../../draw/slot";
import type { RunView } from "../../store/run";
import type { PanelKind, PanelSpec } from "../panel";

export const panel: PanelKind = {
  kind: "series",
  mount(parent, spec) {
    const extents = new LockedExtents();
    return mountChart(parent, spec, null, (run, { size, theme, revision, slot }) => {
      const newest = newestValues(run, spec);
      slot.title(escapeHtml(spec.title));
      slot.line(
        newest.map(({ label, text }) => `<span>${label} <span class="chart-value">${text}</span></span>`).join(""),
      );
      slot.caption(`${spec.title}: ${newest.map(({ label, text }) => `${label} ${text}`).join(", ")}.`);
      return seriesPicture(run, spec.columns, extents, { size, theme, revision });
    });
  },
};

function newestValues(run: RunView, spec: PanelSpec): { label: string; text: string }[] {
  return spec.columns.flatMap(seriesOf).flatMap(({ name, label }) => {
    const value = run.learning.column(name).at(-1);
    if (value === undefined) return [];
    return [{ label: escapeHtml(label), text: Number.isNaN(value) ? "not known" : formatNumber(value) }];
  });
}
