/** What was measured of the run over layers, steps or each other: every panel of this kind is a row of the catalogue. */

import { mountChart } from "../../draw/chartSlot";
import { curvesPicture, hasEndLabels } from "../../draw/curves";
import { curveKeys, curvesCaption, readingsLine } from "../../draw/curvesText";
import { LockedScale } from "../../draw/lockedScale";
import type { PanelKind } from "../panel";

export const panel: PanelKind = {
  kind: "curves",
  mount(parent, spec, host) {
    const [low, high] = spec.y_range ?? [];
    const y = new LockedScale(
      spec.scale === "log" ? "log" : "linear",
      low === undefined || high === undefined ? null : [low, high],
    );
    const x = new LockedScale(spec.x_scale);
    const isLinear = spec.x_scale === "linear";
    const axes = {
      layer: spec.x === "layer" && isLinear ? ("x" as const) : null,
      step: spec.x === "step" && isLinear ? ("x" as const) : null,
    };
    const focus = axes.layer === null && axes.step === null ? null : { axes, host };
    const keys = hasEndLabels(spec) || spec.series.length < 2 ? "" : curveKeys(spec.series);
    // Without numbers the line is free for the keys.
    const isFree = spec.readings.length === 0;
    return mountChart(
      parent,
      spec,
      focus,
      (run, { size, theme, revision, slot }) => {
        slot.line(isFree ? keys : readingsLine(run, spec.readings));
        slot.caption(curvesCaption(run, spec));
        return curvesPicture(run, spec, { size, theme, revision, x, y });
      },
      { keys: isFree ? "" : keys, isLineTall: isFree ? spec.series.length > 3 : spec.readings.length > 3 },
    );
  },
};
