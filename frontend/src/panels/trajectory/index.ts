/** Activities of single units over inference steps, as change since t = 0. */

import { type ChartSlot, mountChart } from "../../draw/chartSlot";
import { LockedReach } from "../../draw/reach";
import { escapeHtml, legendKey, wideOnly } from "../../draw/slot";
import { type TrajectoryReading, trajectoryPicture } from "../../draw/trajectory";
import type { PanelKind } from "../panel";

export const panel: PanelKind = {
  kind: "trajectory",
  mount(parent, spec, host) {
    const reach = new LockedReach();
    let largest = 0;
    const rescale = () => {
      reach.rescale(largest);
      void chart.redraw();
    };
    const chart: ChartSlot = mountChart(parent, spec, { axes: { layer: null, step: "x" }, host }, (run, easel) => {
      const { size, theme, revision, slot } = easel;
      const { picture, reading } = trajectoryPicture(run, { size, theme, revision, reach });
      largest = reading.largest;
      slot.title(titleOf(spec.title, reading.layer));
      slot.line(lineOf(reading, run.width));
      if (isBadFit(reading)) slot.action("Rescale", rescale);
      else slot.noAction();
      slot.caption(`Change of ${reading.units} activities of layer ${reading.layer ?? "?"} since inference step 0.`);
      return picture;
    });
    return chart;
  },
};

/** Lines leave the range, or lie in a small part of it; both only the viewer mends. */
function isBadFit({ leavesAt, largest, reach }: TrajectoryReading): boolean {
  return leavesAt !== null || (largest > 0 && largest < reach / 5);
}

function titleOf(title: string, layer: number | null): string {
  if (layer === null) return escapeHtml(title);
  return `${escapeHtml(title)} of layer ${layer}, change${wideOnly(" since <i>t</i> = 0")}`;
}

function lineOf(reading: TrajectoryReading, width: number): string {
  if (reading.layer === null) return "";
  const units = `<span>${reading.units} of ${width} units</span>`;
  if (reading.leavesAt === null) return units + legendKey("band", `5 to 95 %${wideOnly("&nbsp;of all units")}`);
  return `${units}<span class="chart-warning">▲ leaves the locked range from <i>t</i> = ${reading.leavesAt}</span>`;
}
