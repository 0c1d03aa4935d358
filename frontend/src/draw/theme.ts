/** Colours and sizes of a chart, read from the page's custom properties so that they are written down once. */

export interface Theme {
  readonly bg: string;
  readonly ink: string;
  readonly ink2: string;
  readonly ink3: string;
  readonly accent: string;
  readonly accentBg: string;
  readonly bad: string;
  readonly nan: string;
  readonly line2: string;
  readonly grid: string;
  readonly hatch: string;
  readonly zero: string;
  readonly noise: string;
  readonly second: string;
  /** Opacity of `bg` over what belongs to the learning step before. */
  readonly fade: number;
  readonly font: string;
  readonly tickSize: number;
  readonly captionSize: number;
  readonly labelSize: number;
  /** 1 on a desk, 2 on a projector. */
  readonly lineScale: number;
  readonly hatchSize: number;
}

export function readTheme(element: Element): Theme {
  const style = getComputedStyle(element);
  const text = (name: string) => style.getPropertyValue(name).trim();
  const number = (name: string) => Number.parseFloat(text(name));
  return {
    bg: text("--bg"),
    ink: text("--ink"),
    ink2: text("--ink2"),
    ink3: text("--ink3"),
    accent: text("--accent"),
    accentBg: text("--accent-bg"),
    bad: text("--bad"),
    nan: text("--nan"),
    line2: text("--line2"),
    grid: text("--grid"),
    hatch: text("--hatch"),
    zero: text("--zero"),
    noise: text("--noise"),
    second: text("--second"),
    fade: number("--fade"),
    font: text("--font"),
    tickSize: number("--tick-size"),
    captionSize: number("--caption-size"),
    labelSize: number("--label-size"),
    lineScale: number("--line-scale"),
    hatchSize: number("--hatch-size"),
  };
}
