/** Layers × inference steps as a heatmap: any column with a value per layer and step. */

import { type ChartSlot, mountChart } from "../../draw/chartSlot";
import type { Grid } from "../../draw/grid";
import { heatmapPicture } from "../../draw/heatmap";
import { heatmapCaption, heatmapLine, heatmapNote } from "../../draw/heatmapText";
import { LockedTop, logRange } from "../../draw/ranges";
import { escapeHtml, wideOnly } from "../../draw/slot";
import type { PanelKind } from "../panel";

export const panel: PanelKind = {
  kind: "layer_step",
  mount(parent, spec, host) {
    const [column = "", signedColumn] = spec.columns;
    const top = new LockedTop(logRange(column));
    let grid: Grid | null = null;
    let isSigned = false;
    const toggleScale = () => {
      isSigned = !isSigned;
      void chart.redraw();
    };
    const chart: ChartSlot = mountChart(parent, spec, { axes: { layer: "y", step: "x" }, host }, (run, easel) => {
      const shown = isSigned && signedColumn !== undefined ? signedColumn : column;
      const { size, theme, revision, slot } = easel;
      const heatmap = heatmapPicture(run, { column: shown, signed: isSigned, size, theme, revision, top, grid });
      grid = heatmap.grid;
      const title = isSigned ? "Signed mean error by layer and step" : spec.title;
      slot.title(escapeHtml(title).replace("inference step", `${wideOnly("inference ")}step`));
      slot.note(heatmapNote(heatmap.reading));
      slot.line(heatmapLine(heatmap.reading, isSigned));
      slot.caption(heatmapCaption(title, shown, run, heatmap.reading));
      if (signedColumn !== undefined)
        slot.action(isSigned ? "energy" : "signed error", toggleScale, isSigned ? "energy" : "signed");
      return heatmap.picture;
    });
    return signedColumn === undefined ? chart : { ...chart, toggleScale };
  },
};
