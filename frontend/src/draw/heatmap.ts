/** The layer × inference-step heatmap: from a run to Plotly's traces and layout. */

import { infers, waveEnd } from "../store/reach";
import type { RunView } from "../store/run";
import { area, baseLayout, frame, inferenceAxis, layerAxis, margins, type Size } from "./axes";
import { Cell, type CellCode } from "./cells";
import { ABOVE, CIVIDIS, type ColourScale, SIGNED } from "./colours";
import { evened, fillGrid, firstNonFinite, type Grid, gridFor, splitAbove, withHoles } from "./grid";
import type { Annotation, Heat, Picture, Shape } from "./plotly";
import { LARGEST_DECADE, type LockedTop, logRange, SIGNED_UNIT } from "./ranges";
import { regionTrace } from "./regions";
import { signedLog } from "./scale";
import { decimationNote, lastShownStep, sweepSpans } from "./spans";
import type { Theme } from "./theme";

/** What the lines over the plot say of it. */
export interface HeatmapReading {
  readonly kinds: ReadonlySet<CellCode>;
  /** log10 ends of the locked scale. */
  readonly low: number;
  readonly high: number;
  /** k of the columns after t, null when there are none. */
  readonly fadedStep: number | null;
  /** Whether layers without energy wait for an error that will come; false where nothing infers. */
  readonly infers: boolean;
  /** The layer below which the error is too small for float32; null where it is not. */
  readonly end: number | null;
  readonly decimation: string;
}

export interface HeatmapOptions {
  readonly column: string;
  readonly signed: boolean;
  readonly size: Size;
  readonly theme: Theme;
  /** Constant through a run, so that a zoom survives. */
  readonly revision: string;
  readonly top: LockedTop;
  /** Buffers of the drawing before. */
  readonly grid: Grid | null;
}

/** Cells up to this many layers or columns are parted by 1 px. */
const PARTED_LAYERS = 20;
const PARTED_COLUMNS = 40;

export function heatmapPicture(
  run: RunView,
  options: HeatmapOptions,
): { picture: Picture; grid: Grid; reading: HeatmapReading } {
  const { column, signed, size, theme } = options;
  const { low } = logRange(column);
  const spans = sweepSpans(run, column);
  const isParted = run.depth <= PARTED_LAYERS;
  const columns = isParted ? withHoles(spans) : evened(withHoles(spans));
  const grid = gridFor(options.grid, run.depth, columns.length);
  const content = fillGrid(grid, columns, column, signed ? "signed" : { floor: low });
  const high = options.top.see(run.epoch, signed ? 0 : content.largest);
  const kinds = new Set(content.kinds);
  if (!signed && splitAbove(grid, high)) kinds.add(Cell.above);

  const isFaded = spans.some((span) => span.relaxation === run.previous);
  const bound = signedLog(1, SIGNED_UNIT);
  const margin = margins(theme, { labels: true });
  const picture: Picture = {
    traces: [
      signed ? heatTrace(grid, grid.heat, SIGNED, -bound, bound) : heatTrace(grid, grid.heat, CIVIDIS, low, high),
      heatTrace(grid, grid.above, ABOVE, high, LARGEST_DECADE, kinds.has(Cell.above)),
      ...[Cell.notReached, Cell.belowNoise, Cell.zero, Cell.nonFinite].map((code) =>
        regionTrace(grid.codes, code, grid.edges, grid.layers, theme),
      ),
    ],
    layout: {
      ...baseLayout(theme, size, margin, options.revision),
      xaxis: inferenceAxis(theme, lastShownStep(run)),
      yaxis: layerAxis(theme, run.depth, size.height - margin.t - margin.b),
      shapes: overlays(run, grid, isFaded, theme),
      annotations: kinds.has(Cell.nonFinite) ? nonFiniteLabel(run, grid, theme) : [],
    },
  };
  const reading = {
    kinds,
    low,
    high,
    fadedStep: isFaded && run.previous !== null ? run.previous.learnStep : null,
    infers: infers(run.current),
    end: waveEnd(run.current, run.inferStep),
    decimation: decimationNote(spans),
  };
  return { picture, grid, reading };
}

function heatTrace(
  grid: Grid,
  z: ReadonlyArray<Float32Array>,
  scale: ColourScale,
  zmin: number,
  zmax: number,
  visible = true,
): Heat {
  const parted = grid.layers <= PARTED_LAYERS;
  return {
    type: "heatmap",
    visible,
    x: grid.edges,
    y: grid.layerEdges,
    z,
    zmin,
    zmax,
    zauto: false,
    zsmooth: false,
    colorscale: scale.map(([at, colour]): [number, string] => [at, colour]),
    showscale: false,
    hoverinfo: "none",
    xgap: parted && grid.columns <= PARTED_COLUMNS ? 1 : 0,
    ygap: parted ? 1 : 0,
  };
}

/** The veil over the learning step before, the column at t and the pinned row. */
function overlays(run: RunView, grid: Grid, isFaded: boolean, theme: Theme): Shape[] {
  const top = run.depth + 0.5;
  const end = lastShownStep(run) + 0.5;
  const shapes: Shape[] = [];
  if (isFaded) shapes.push(area([run.current.lastStep + 0.5, end], [0.5, top], theme.bg, theme.fade));
  const { layer, inferStep } = run.focus;
  if (layer !== null) shapes.push(frame([-0.5, end], [layer - 0.5, layer + 0.5], theme.accent, theme.lineScale));
  const at = inferStep ?? run.inferStep;
  const column = Math.max(0, grid.edges.findIndex((edge) => edge > at) - 1);
  const from = grid.edges[column];
  const to = grid.edges[column + 1];
  if (from !== undefined && to !== undefined && at > from && at < to) {
    shapes.push(frame([from, to], [0.5, top], theme.accent, 2.5 * Math.sqrt(theme.lineScale)));
  }
  return shapes;
}

/** One label beside the first cell that is not finite, away from the nearer side. */
function nonFiniteLabel(run: RunView, grid: Grid, theme: Theme): Annotation[] {
  const first = firstNonFinite(run, grid);
  if (first === null) return [];
  const isRight = first.inferStep > lastShownStep(run) / 2;
  const isHigh = first.layer > run.depth / 2;
  const em = theme.tickSize / 12;
  return [
    {
      x: first.inferStep,
      y: first.layer,
      ax: (isRight ? -110 : 110) * em,
      ay: (isHigh ? 34 : -34) * em,
      text: `<b>layer ${first.layer}, t = ${first.inferStep}</b>`,
      font: { color: theme.bg, size: theme.tickSize },
      bgcolor: theme.nan,
      borderpad: 4,
      showarrow: true,
      arrowhead: 0,
      arrowwidth: 1,
      arrowcolor: theme.nan,
    },
  ];
}
