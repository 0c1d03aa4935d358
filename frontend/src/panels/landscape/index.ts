/** A field over a plane with flows across it: every panel of this kind is a row of the catalogue. */

import { mountChart } from "../../draw/chartSlot";
import { LockedExtent, landscapeCaption, landscapeLine, landscapePicture } from "../../draw/landscape";
import { LockedScale } from "../../draw/lockedScale";
import type { PanelKind } from "../panel";

export const panel: PanelKind = {
  kind: "landscape",
  mount(parent, spec) {
    const field = new LockedScale(spec.scale === "log" ? "log" : "linear");
    const extent = new LockedExtent();
    return mountChart(parent, spec, null, (run, { size, theme, revision, slot }) => {
      slot.line(landscapeLine(run, spec, field));
      slot.caption(landscapeCaption(run, spec));
      return landscapePicture(run, spec, { size, theme, revision, field, extent });
    });
  },
};
