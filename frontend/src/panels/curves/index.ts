/** What was measured of the run over layers, steps or each other: every panel of this kind is a row of the catalogue. */

import { mountChart } from "../../draw/chartSlot";
import { curvesPicture, hasEndLabels } from "../../draw/curves";
import { curveKeys, curvesCaption, keyRows, readingRows, readingsLine } from "../../draw/curvesText";
import { LockedScale } from "../../draw/lockedScale";
import type { Theme } from "../../draw/theme";
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
    const hasKeys = (width: number, theme: Theme) => spec.series.length > 1 && !hasEndLabels(spec, width, theme);
    // Without numbers the line is free for the keys.
    const isFree = spec.readings.length === 0;
    return mountChart(
      parent,
      spec,
      focus,
      (run, { size, theme, revision, slot }) => {
        const keys = hasKeys(size.width, theme) ? curveKeys(run, spec.series) : "";
        slot.line(isFree ? keys : readingsLine(run, readingRows(spec.readings, size.width, theme.captionSize)));
        slot.keys(isFree ? "" : keys);
        slot.caption(curvesCaption(run, spec));
        return curvesPicture(run, spec, { size, theme, revision, x, y });
      },
      (width, theme) => {
        const keys = hasKeys(width, theme) ? keyRows(spec.series, width, theme.captionSize) : 0;
        const readings = readingRows(spec.readings, width, theme.captionSize).length;
        return { line: Math.max(1, isFree ? keys : readings), keys: isFree ? 0 : keys };
      },
    );
  },
};
