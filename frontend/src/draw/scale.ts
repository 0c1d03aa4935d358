/**
 * Scales and numbers: pure functions from values to positions, ticks and text.
 *
 * Logarithmic axes are linear axes of log10, because Plotly's own log axis draws a spike for a zero. A zero or a value under
 * the floor is put on the floor; a value that is not finite is NaN, a gap.
 */

const MINUS = "−";
const SUPERSCRIPTS: Readonly<Record<string, string>> = {
  "-": "⁻",
  "0": "⁰",
  "1": "¹",
  "2": "²",
  "3": "³",
  "4": "⁴",
  "5": "⁵",
  "6": "⁶",
  "7": "⁷",
  "8": "⁸",
  "9": "⁹",
};

/** Where ticks stand and what they say. */
export interface Ticks {
  readonly values: number[];
  readonly text: string[];
}

/** log10 of a value on an axis that starts at `floor` (also a log10); NaN for what is not finite. */
export function clampLog10(value: number, floor: number): number {
  if (!Number.isFinite(value)) return Number.NaN;
  return value > 0 ? Math.max(Math.log10(value), floor) : floor;
}

/** sign(x)·log10(1 + |x| / unit): linear within ±unit, logarithmic outside, 0 at 0. */
export function signedLog(value: number, unit: number): number {
  return Math.sign(value) * Math.log10(1 + Math.abs(value) / unit);
}

/** The top of a log axis (log10) after seeing `value`: it never falls, and grows by whole decades up to `ceiling`. */
export function growDecades(top: number, value: number, ceiling: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return top;
  return Math.max(top, Math.min(ceiling, Math.ceil(Math.log10(value) - 1e-9)));
}

/** The smallest `steps` × 10ⁿ that is at least `value`; 1 for what is not positive. */
export function niceAtLeast(value: number, steps: ReadonlyArray<number> = [1, 2, 5, 10]): number {
  if (!(value > 0)) return 1;
  const decade = 10 ** Math.floor(Math.log10(value));
  const step = steps.find((candidate) => candidate * decade >= value * (1 - 1e-9)) ?? 10;
  return step * decade;
}

/** Upper end of an axis over learning steps: at most a quarter of it empty, never moving at each step. */
export function learningEnd(lastStep: number): number {
  return niceAtLeast(Math.max(10, lastStep), [1, 1.2, 1.4, 1.6, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9, 10]);
}

/** "10<sup>−4</sup>" for Plotly and HTML alike; 1 for 10⁰ and 10 for 10¹. */
export function decadeText(exponent: number): string {
  if (exponent === 0) return "1";
  if (exponent === 1) return "10";
  return `10<sup>${withRealMinus(String(exponent))}</sup>`;
}

/** Whole decades between two log10 values, at most `most` of them, on multiples of 1, 2, 4, 5, 10, 20… */
export function decadeTicks(low: number, high: number, most = 6): Ticks {
  const step = [1, 2, 4, 5, 10, 20, 25, 50, 100].find((width) => countMultiples(low, high, width) <= most) ?? 200;
  const values: number[] = [];
  for (let exponent = Math.ceil(low / step) * step; exponent <= high; exponent += step) values.push(exponent + 0);
  return { values, text: values.map(decadeText) };
}

function countMultiples(low: number, high: number, step: number): number {
  return Math.floor(high / step) - Math.ceil(low / step) + 1;
}

/** Layers 1, 4, 8… up to 40 layers, 1, 16, 32… above, or fewer where there is room for `most`; L is always there. */
export function layerTicks(depth: number, most = Number.POSITIVE_INFINITY): Ticks {
  let step = depth <= 8 ? 1 : depth <= 16 ? 4 : depth <= 40 ? 8 : depth <= 80 ? 16 : depth <= 160 ? 32 : 64;
  while (depth / step > Math.max(1, most - 1)) step *= 2;
  const values = [1];
  for (let layer = step; layer < depth; layer += step) if (layer > 1) values.push(layer);
  while (values.length > 1 && depth - (values.at(-1) ?? 0) < step / 2) values.pop();
  if (depth > 1) values.push(depth);
  return { values, text: values.map(String) };
}

/** 0, 4, 8… : whole inference steps on powers of two, at most about five gaps. */
export function stepTicks(last: number): Ticks {
  let step = 1;
  while (last / step > 5) step *= 2;
  const values: number[] = [];
  for (let at = 0; at <= last; at += step) values.push(at);
  return { values, text: values.map(String) };
}

/** Linear ticks on 1, 2, 5 × 10ⁿ, at most `most` of them. */
export function linearTicks(low: number, high: number, most = 6): Ticks {
  let step = niceAtLeast((high - low) / most);
  while (countMultiples(low, high, step) > most) step = niceAtLeast(step * 1.5);
  const values: number[] = [];
  for (let at = Math.ceil(low / step - 1e-9); at <= Math.floor(high / step + 1e-9); at += 1) values.push(at * step + 0);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return { values, text: values.map((value) => withRealMinus(String(Number(value.toFixed(decimals))))) };
}

function withRealMinus(text: string): string {
  return text.replace("-", MINUS);
}

/** A number for a person: "1.4 × 10⁻⁴", "0.177", "12", "−0.52"; "non-finite" for what is not. */
export function formatNumber(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return "non-finite";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e5) return withRealMinus(String(Number(value.toPrecision(digits))));
  const [mantissa = "", exponent = "0"] = value.toExponential(Math.max(0, digits - 2)).split("e");
  return `${withRealMinus(mantissa)} × 10${[...String(Number(exponent))].map((sign) => SUPERSCRIPTS[sign]).join("")}`;
}

/** The power of ten by which an axis that ends at `end` is multiplied so that its ticks are short: 0 where they are already. */
export function shorteningPower(end: number): number {
  if (!(end > 0) || !Number.isFinite(end) || (end >= 1 && end < 100)) return 0;
  return Math.ceil(Math.log10(2 / end) - 1e-9);
}
