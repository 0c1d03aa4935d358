/** One bar per layer at the present inference step, beside the heatmap and on its layer axis. */

import { barsPicture } from "../../draw/bars";
import { barsCaption, barsLine, barsNote, barsTitle } from "../../draw/barsText";
import { mountChart } from "../../draw/chartSlot";
import { LARGEST_DECADE, LockedTop, logRange } from "../../draw/ranges";
import { axisTitle } from "../../draw/words";
import type { PanelKind } from "../panel";

export const panel: PanelKind = {
  kind: "layer_now",
  mount(parent, spec, host) {
    const [column = ""] = spec.columns;
    // Length has no "above the scale" as colour has: the axis grows as far as the numbers do.
    const top = new LockedTop({ ...logRange(column), ceiling: LARGEST_DECADE });
    return mountChart(parent, spec, { axes: { layer: "y", step: null }, host }, (run, easel) => {
      const { size, theme, revision, slot } = easel;
      const options = { column, scale: spec.scale, axisTitle: axisTitle(column), size, theme, revision, top };
      const { picture, reading } = barsPicture(run, options);
      slot.title(barsTitle(spec.title, reading));
      slot.note(barsNote(column, reading));
      slot.line(barsLine(column, run, reading));
      slot.caption(barsCaption(spec.title, run, reading));
      return picture;
    });
  },
};
