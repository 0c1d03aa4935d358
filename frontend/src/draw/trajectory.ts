/** Change of single units' activities since t = 0, on the heatmap's t axis, with the 5 to 95 % band of the whole layer. */

import type { Relaxation, RunView } from "../store/run";
import { baseLayout, inferenceAxis, margins, type Size, valueAxis, verticalLine } from "./axes";
import type { Lines, Picture } from "./plotly";
import type { LockedReach } from "./reach";
import { decadeText, linearTicks, shorteningPower } from "./scale";
import { heldSpans, lastShownStep } from "./spans";
import type { Theme } from "./theme";

/** Changes of U units at the held steps. */
export interface Changes {
  readonly steps: Float64Array;
  readonly units: number;
  /** (steps, units), row-major. */
  readonly values: Float32Array;
  /** (steps, 2): 5th and 95th percentile over the whole layer. */
  readonly band: Float32Array;
  /** Largest finite |change|. */
  readonly largest: number;
}

/** What the lines over the plot say of it. */
export interface TrajectoryReading {
  readonly layer: number | null;
  readonly units: number;
  /** First t at which a line leaves the locked range; null while all are inside. */
  readonly leavesAt: number | null;
  readonly largest: number;
  readonly reach: number;
}

export interface TrajectoryOptions {
  readonly size: Size;
  readonly theme: Theme;
  readonly revision: string;
  readonly reach: LockedReach;
}

export function trajectoryPicture(
  run: RunView,
  options: TrajectoryOptions,
): { picture: Picture; reading: TrajectoryReading } {
  const { theme, size, reach: locked } = options;
  const layer = run.current.fixed.get("trajectory_layer")?.[0] ?? null;
  const changes = changesOf(run.current);
  const isOver = run.current.lastStep >= run.current.plannedSteps;
  const reach = locked.see(run.epoch, layer ?? 0, { learnStep: run.learnStep, largest: changes.largest, isOver });
  const { lines, exits } = unitLines(changes, reach);
  const power = shorteningPower(reach);
  const unit = 10 ** power;
  const ticks = linearTicks(-reach * unit, reach * unit, 5);
  const title = power === 0 ? "change" : `change × ${decadeText(power)}`;
  const last = lastShownStep(run);
  const at = Math.min(run.focus.inferStep ?? run.inferStep, last);
  return {
    picture: {
      traces: [
        bandTrace(changes, reach, theme),
        {
          type: "scatter",
          mode: "lines",
          ...lines,
          line: { color: theme.ink2, width: theme.lineScale, simplify: false },
          opacity: 0.55,
          hoverinfo: "none",
        },
        exitTrace(exits, reach, theme),
      ],
      layout: {
        ...baseLayout(theme, size, margins(theme, { labels: true }), options.revision),
        xaxis: inferenceAxis(theme, last),
        yaxis: valueAxis(theme, title, [-reach, reach], {
          values: ticks.values.map((value) => value / unit),
          text: ticks.text,
        }),
        shapes: [verticalLine(at, theme.accent, 2.5 * Math.sqrt(theme.lineScale))],
      },
    },
    reading: {
      layer,
      units: changes.units,
      leavesAt: exits.length === 0 ? null : Math.min(...exits.map((exit) => exit.step)),
      largest: changes.largest,
      reach,
    },
  };
}

/** Every held step's activities minus those at t = 0. */
export function changesOf(relaxation: Relaxation): Changes {
  const start = relaxation.fixed.get("trajectory_start");
  const rows = relaxation.rows.get("trajectory");
  const bands = relaxation.rows.get("trajectory_band");
  const held = start === undefined ? [] : heldSpans(relaxation, "trajectory", 0, relaxation.lastStep);
  const units = start?.length ?? 0;
  const values = new Float32Array(held.length * units);
  const band = new Float32Array(held.length * 2);
  let largest = 0;
  held.forEach(({ step }, at) => {
    const row = rows?.[step];
    for (let unit = 0; unit < units; unit += 1) {
      const change = (row?.[unit] ?? Number.NaN) - (start?.[unit] ?? Number.NaN);
      values[at * units + unit] = change;
      const size = Math.abs(change);
      if (size > largest && size < Number.POSITIVE_INFINITY) largest = size;
    }
    band.set(bands?.[step] ?? [Number.NaN, Number.NaN], at * 2);
  });
  return { steps: Float64Array.from(held, (span) => span.step), units, values, band, largest };
}

/** Where a line leaves the locked range: the first t outside, the crossing before it, and by which side. */
export interface Exit {
  readonly step: number;
  readonly x: number;
  readonly side: 1 | -1;
}

/**
 * All units as one line with gaps. A line ends where it crosses ±reach, at the crossing itself, or after its last finite
 * value.
 */
export function unitLines(changes: Changes, reach: number): { lines: { x: number[]; y: number[] }; exits: Exit[] } {
  const { steps, units, values } = changes;
  const x: number[] = [];
  const y: number[] = [];
  const exits: Exit[] = [];
  for (let unit = 0; unit < units; unit += 1) {
    let before = Number.NaN;
    for (let at = 0; at < steps.length; at += 1) {
      const value = values[at * units + unit] ?? Number.NaN;
      const step = steps[at] ?? 0;
      if (Math.abs(value) <= reach) {
        x.push(step);
        y.push(value);
        before = value;
        continue;
      }
      if (Number.isNaN(value) && Number.isNaN(before)) continue; // not recorded yet: the layer is watched since later
      const side = (Number.isNaN(value) ? before : value) < 0 ? -1 : 1;
      const from = steps[at - 1] ?? step;
      const part = Number.isFinite(value - before) ? (side * reach - before) / (value - before) : 0;
      const crossing = from + part * (step - from);
      x.push(crossing);
      y.push(Number.isFinite(value - before) ? side * reach : before);
      exits.push({ step, x: crossing, side });
      break;
    }
    x.push(Number.NaN);
    y.push(Number.NaN);
  }
  return { lines: { x, y }, exits };
}

function bandTrace({ steps, band }: Changes, reach: number, theme: Theme): Lines {
  const x: number[] = [];
  const low: number[] = [];
  const high: number[] = [];
  for (let at = 0; at < steps.length; at += 1) {
    const [from, to] = [band[2 * at] ?? Number.NaN, band[2 * at + 1] ?? Number.NaN];
    if (Number.isNaN(from) && x.length === 0) continue;
    if (!Number.isFinite(from) || !Number.isFinite(to)) break;
    x.push(steps[at] ?? 0);
    low.push(Math.max(from, -reach));
    high.push(Math.min(to, reach));
  }
  return {
    type: "scatter",
    mode: "none",
    x: [...x, ...[...x].reverse()],
    y: [...high, ...low.reverse()],
    fill: "toself",
    fillcolor: theme.accentBg,
    hoverinfo: "none",
  };
}

function exitTrace(exits: ReadonlyArray<Exit>, reach: number, theme: Theme): Lines {
  return {
    type: "scatter",
    mode: "markers",
    x: exits.map((exit) => exit.x),
    y: exits.map((exit) => exit.side * reach),
    marker: {
      symbol: exits.map((exit) => (exit.side > 0 ? "triangle-up" : "triangle-down")),
      color: theme.bad,
      size: 8 * Math.sqrt(theme.lineScale),
    },
    cliponaxis: false,
    hoverinfo: "none",
  };
}
