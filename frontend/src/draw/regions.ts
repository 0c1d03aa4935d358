/** Cells that are not a number on a scale: hatched where the error has not arrived, dotted below float noise, solid 0 and non-finite. */

import { Cell, type CellCode, outline } from "./cells";
import type { Lines } from "./plotly";
import type { Theme } from "./theme";

/** All cells of one kind as one filled shape; `codes` and `edges` as in `outline`. */
export function regionTrace(
  codes: Uint8Array,
  code: CellCode,
  edges: ArrayLike<number>,
  layers: number,
  theme: Theme,
): Lines {
  const path = codes.includes(code) ? outline(codes, code, edges, layers) : { x: [], y: [] };
  return {
    type: "scatter",
    mode: "none",
    visible: path.x.length > 0,
    ...path,
    fill: "toself",
    hoverinfo: "none",
    ...filling(code, theme),
  };
}

function filling(code: CellCode, theme: Theme): Pick<Lines, "fillpattern"> | Pick<Lines, "fillcolor"> {
  if (code === Cell.notReached) {
    const size = theme.hatchSize;
    return {
      fillpattern: {
        shape: "/",
        solidity: 0.12,
        size,
        fgcolor: theme.hatch,
        bgcolor: "rgba(0,0,0,0)",
        fillmode: "replace",
      },
    };
  }
  if (code === Cell.belowNoise) {
    const size = theme.hatchSize - 1;
    return {
      fillpattern: { shape: ".", solidity: 0.2, size, fgcolor: theme.ink2, bgcolor: theme.noise, fillmode: "replace" },
    };
  }
  return { fillcolor: code === Cell.zero ? theme.zero : theme.nan };
}
