/** One number per layer at the present inference step, on the heatmap's layer axis: its cross-section at t. */

import type { RunView } from "../store/run";
import { baseLayout, decadeAxis, layerAxis, margins, type Size, valueAxis } from "./axes";
import { Cell, classify } from "./cells";
import type { Axis, Lines, Picture } from "./plotly";
import { type LockedTop, logRange } from "./ranges";
import { regionTrace } from "./regions";
import { linearTicks, stepTicks } from "./scale";
import { lastShownStep, rowAt } from "./spans";
import type { Theme } from "./theme";

/** The numbers on show and where they come from. */
export interface BarsReading {
  readonly values: Float32Array | null;
  readonly codes: Uint8Array;
  /** The step whose row is drawn; null for a column that belongs to the whole relaxation. */
  readonly inferStep: number | null;
  /** k when the row is of another learning step than the present one. */
  readonly otherLearnStep: number | null;
  /** Whether a number at t = 0 is drawn as an open circle. */
  readonly hasStart: boolean;
}

export interface BarsOptions {
  readonly column: string;
  readonly scale: "log" | "linear" | "signed";
  /** What the value axis says. */
  readonly axisTitle: string;
  readonly size: Size;
  readonly theme: Theme;
  readonly revision: string;
  readonly top: LockedTop;
}

const BAR_WIDTH = 0.62;
/** Length of a bar that is cut, as a part of a cell that holds no number. */
const CUT = 0.25;
/** Room right of the last tick, in decades, for its label. */
const ROOM = 0.7;

export function barsPicture(run: RunView, options: BarsOptions): { picture: Picture; reading: BarsReading } {
  const { column, scale, theme, size } = options;
  const reading = readBars(run, column);
  const { values, codes } = reading;
  const axis = valueScale(run, options, values);
  const isPinned = (layer: number) => layer + 1 === run.focus.layer;
  const isNumber = (layer: number) => codes[layer] === Cell.finite;
  const traces: Lines[] = [
    // Zeros and noise stand at the floor, one decade wide: a kind of answer, not an empty row.
    regionTrace(codes, Cell.notReached, [axis.low, axis.low + axis.unit], run.depth, theme),
    regionTrace(codes, Cell.belowNoise, [axis.low, axis.low + axis.unit], run.depth, theme),
    regionTrace(codes, Cell.nonFinite, [axis.low, axis.high], run.depth, theme),
  ];
  if (column === "arrival_step") {
    traces.push(expectedArrival(run, theme), dots(values, isNumber, axis, theme.ink3, theme));
  } else {
    traces.push(
      rectangles(values, (layer) => isNumber(layer) && !isPinned(layer), axis, theme.ink3),
      rectangles(values, (layer) => isNumber(layer) && isPinned(layer), axis, theme.accent),
    );
    traces.push(cutMarks(values, isNumber, axis, theme));
    if (reading.hasStart) traces.push(startMarks(run, column, axis, theme));
  }
  const margin = margins(theme, { labels: true });
  return {
    picture: {
      traces,
      layout: {
        ...baseLayout(theme, size, margin, options.revision),
        xaxis: axis.axis,
        yaxis: layerAxis(theme, run.depth, size.height - margin.t - margin.b),
      },
    },
    reading: { ...reading, hasStart: reading.hasStart && scale === "log" },
  };
}

function readBars(run: RunView, column: string): BarsReading {
  const fixed = run.current.fixed.get(column);
  const found = fixed === undefined ? rowAt(run, column, run.focus.inferStep ?? run.inferStep) : null;
  const values = fixed ?? found?.row ?? null;
  const states = found?.span.relaxation.rows.get("layer_state")?.[found.span.step];
  const codes = new Uint8Array(run.depth).fill(Cell.absent);
  for (let layer = 0; layer < run.depth; layer += 1) {
    const value = values?.[layer];
    if (value === undefined) continue;
    const isUnreached = column === "arrival_step" && Number.isNaN(value);
    codes[layer] = isUnreached ? Cell.notReached : classify(value, states?.[layer], column);
  }
  const isOther = found !== null && found.span.relaxation !== run.current;
  return {
    values,
    codes,
    inferStep: found?.span.step ?? null,
    otherLearnStep: isOther ? found.span.relaxation.learnStep : null,
    hasStart: fixed === undefined && run.current.rows.get(column)?.[0] !== undefined,
  };
}

/** The value axis: its ends, Plotly's description, and where a value stands on it. */
interface ValueScale {
  readonly low: number;
  readonly high: number;
  /** Width of a cell that holds no number. */
  readonly unit: number;
  readonly axis: Axis;
  place(value: number): number;
  /** Whether a value lies below the axis: it is a short bar with a mark, not an empty row. */
  isCut(value: number): boolean;
}

function valueScale(run: RunView, options: BarsOptions, values: Float32Array | null): ValueScale {
  const { column, theme, axisTitle } = options;
  const largest =
    values === null ? 0 : values.reduce((most, value) => (value < Infinity && value > most ? value : most), 0);
  if (options.scale === "log") {
    const range = logRange(column);
    const seen = options.top.see(run.epoch, largest);
    const high = (seen <= range.ceiling ? seen : Math.ceil(seen / 10) * 10) + ROOM;
    const most = options.size.width < 20 * theme.tickSize ? 3 : 6;
    return {
      low: range.low,
      high,
      // One decade, and never too thin to be seen.
      unit: Math.max(1, (high - range.low) / 20),
      axis: decadeAxis(theme, axisTitle, [range.low, high], most),
      place: (value) => (value > 0 ? Math.max(Math.log10(value), range.low) : range.low),
      isCut: (value) => value > 0 && Math.log10(value) < range.low,
    };
  }
  const high =
    column === "layer_share"
      ? 1
      : column === "arrival_step"
        ? Math.max(1, lastShownStep(run))
        : 10 ** options.top.see(run.epoch, largest);
  const plain = column === "arrival_step" ? stepTicks(high) : linearTicks(0, high, 5);
  const ticks =
    column === "layer_share" ? { ...plain, text: plain.values.map((at) => `${Math.round(100 * at)} %`) } : plain;
  const room = high * 0.05;
  return {
    low: 0,
    high: high + room,
    unit: high / 16,
    axis: valueAxis(theme, axisTitle, [0, high + room], ticks),
    place: (value) => value,
    isCut: () => false,
  };
}

/** The bars of the layers that `choose` picks, as one shape. */
function rectangles(
  values: Float32Array | null,
  choose: (layer: number) => boolean,
  axis: ValueScale,
  colour: string,
): Lines {
  const x: number[] = [];
  const y: number[] = [];
  values?.forEach((value, layer) => {
    if (!choose(layer)) return;
    const end = axis.isCut(value) ? axis.low + CUT * axis.unit : axis.place(value);
    const [bottom, top] = [layer + 1 - BAR_WIDTH / 2, layer + 1 + BAR_WIDTH / 2];
    x.push(axis.low, end, end, axis.low, axis.low, Number.NaN);
    y.push(bottom, bottom, top, top, bottom, Number.NaN);
  });
  return { type: "scatter", mode: "none", x, y, fill: "toself", fillcolor: colour, hoverinfo: "none" };
}

/** Arrowheads on the bars that end below the axis. A zero has no place on it at all. */
function cutMarks(
  values: Float32Array | null,
  isNumber: (layer: number) => boolean,
  axis: ValueScale,
  theme: Theme,
): Lines {
  const isCut = (layer: number) => isNumber(layer) && axis.isCut(values?.[layer] ?? 0);
  const marks = dots(values, isCut, axis, theme.ink3, theme);
  return { ...marks, marker: { ...marks.marker, symbol: "triangle-left", size: 9 * Math.sqrt(theme.lineScale) } };
}

function dots(
  values: Float32Array | null,
  choose: (layer: number) => boolean,
  axis: ValueScale,
  colour: string,
  theme: Theme,
): Lines {
  const x: number[] = [];
  const y: number[] = [];
  values?.forEach((value, layer) => {
    if (!choose(layer)) return;
    x.push(axis.place(value));
    y.push(layer + 1);
  });
  const marker = { color: colour, size: 6 * Math.sqrt(theme.lineScale) };
  return { type: "scatter", mode: "markers", x, y, marker, cliponaxis: false, hoverinfo: "none" };
}

/** Open circles: where each bar ended at t = 0. Zeros have none. */
function startMarks(run: RunView, column: string, axis: ValueScale, theme: Theme): Lines {
  const start = run.current.rows.get(column)?.[0] ?? null;
  const marks = dots(start, (layer) => (start?.[layer] ?? 0) > 0, axis, theme.bg, theme);
  return {
    ...marks,
    marker: {
      symbol: "circle",
      size: 7 * Math.sqrt(theme.lineScale),
      color: theme.bg,
      line: { color: theme.ink, width: 1.5 },
    },
  };
}

/** When the server foretold that each layer would have an error. */
function expectedArrival({ current }: RunView, theme: Theme): Lines {
  const expected = [...(current.fixed.get("arrival_expected") ?? [])];
  return {
    type: "scatter",
    mode: "lines",
    x: expected,
    y: expected.map((_, layer) => layer + 1),
    line: { color: theme.ink3, width: theme.lineScale, dash: "dot" },
    hoverinfo: "none",
  };
}
