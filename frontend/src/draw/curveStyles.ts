/** How each curve of a chart looks: by its place and its mark, never by hue alone. */

export type Mark = "line" | "dashed" | "points" | "bars";

/** A colour by its name in the theme, which is also that of its custom property. */
export type Ink = "ink" | "second" | "ink3" | "ink2";

export interface CurveStyle {
  readonly ink: Ink;
  readonly dash: "solid" | "dash" | "dot" | "dashdot" | "longdash";
  readonly symbol: "circle" | "square-open" | "triangle-up" | "diamond-open" | "x";
}

const INKS: ReadonlyArray<Ink> = ["ink", "second", "ink3", "second", "ink2"];
const LINES = ["solid", "solid", "dot", "dashdot", "longdash"] as const;
const DASHED = ["dash", "dash", "dot", "dashdot", "longdash"] as const;
const SYMBOLS = ["circle", "square-open", "triangle-up", "diamond-open", "x"] as const;

/** The style of the series at `index`. Bars are grey first, as everywhere. */
export function curveStyle(index: number, mark: Mark): CurveStyle {
  const at = index % INKS.length;
  const ink = INKS[at] ?? "ink";
  return {
    ink: mark === "bars" && ink === "ink" ? "ink3" : ink,
    dash: (mark === "dashed" ? DASHED : LINES)[at] ?? "solid",
    symbol: SYMBOLS[at] ?? "circle",
  };
}

const STROKES = { solid: "", dash: "6 3", dot: "2 2.5", dashdot: "6 2.5 2 2.5", longdash: "9 3" } as const;
const SHAPES = {
  circle: '<circle cx="14" cy="6" r="3.5" fill="currentColor"/>',
  "square-open":
    '<rect x="10.7" y="2.7" width="6.6" height="6.6" fill="none" stroke="currentColor" stroke-width="1.6"/>',
  "triangle-up": '<path d="M14 2l4 7.5h-8z" fill="currentColor"/>',
  "diamond-open": '<path d="M14 1.6 18.4 6 14 10.4 9.6 6z" fill="none" stroke="currentColor" stroke-width="1.6"/>',
  x: '<path d="M10.5 2.5l7 7m0-7-7 7" stroke="currentColor" stroke-width="2.2"/>',
} as const;

/** The mark as a small drawing, for a key; its colour follows the theme by itself. */
export function curveSwatch(style: CurveStyle, mark: Mark): string {
  return swatch(
    style.ink,
    mark === "points"
      ? SHAPES[style.symbol]
      : mark === "bars"
        ? '<rect x="8" y="1" width="12" height="10" fill="currentColor"/>'
        : `<path d="M0 6h28" stroke="currentColor" stroke-width="2.4" stroke-dasharray="${STROKES[style.dash]}"/>`,
  );
}

export function swatch(ink: Ink, inside: string): string {
  return `<svg class="chart-mark" viewBox="0 0 28 12" style="color: var(--${ink})" aria-hidden="true">${inside}</svg>`;
}
