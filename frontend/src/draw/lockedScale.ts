/**
 * Axes that keep still: they start at the first values and grow by whole decades or round steps, never shrink within an epoch,
 * and begin again with a new one.
 */

import { decadeText, decadeTicks, formatNumber, linearTicks, niceAtLeast, shorteningPower, type Ticks } from "./scale";

/** An axis at one moment. Positions are log10 of values on a log axis, the values themselves on a linear one. */
export interface Placed {
  /** The outermost positions there can be. */
  readonly ends: readonly [number, number];
  /** What stands at those: "10<sup>−6</sup>", "0". */
  readonly endTexts: readonly [string, string];
  /** Ends of the axis, with a little room beyond those. */
  readonly range: readonly [number, number];
  /** Where the axis begins: bars stand on it. */
  readonly base: number;
  /** Ticks are multiplied by this power of ten, which the title has to say. */
  readonly power: number;
  /** The position of a value; NaN for what is not finite, or negative on a log axis. */
  place(value: number): number;
  ticks(most: number): Ticks;
}

/** What float32 cannot tell from zero beside the largest value on the axis, with room to spare. */
const MOST_DECADES = 16;
const ROOM = 0.04;
const NICE = [1, 1.5, 2, 3, 4, 5, 6, 8, 10];
/** A rounding error is no reason to grow. */
const SLACK = 1e-3;

export class LockedScale {
  readonly #scale: "log" | "linear";
  readonly #given: readonly [number, number] | null;
  #epoch = Number.NaN;
  #low = Number.POSITIVE_INFINITY;
  #high = Number.NEGATIVE_INFINITY;
  /** Exact zeros, and values too small for the axis, stand on a row of their own below the lowest decade. */
  #hasZero = false;
  #hasLess = false;

  /** `given` are the ends that the values are known to keep to, of a linear axis. */
  constructor(scale: "log" | "linear", given: readonly [number, number] | null = null) {
    this.#scale = scale;
    this.#given = given;
  }

  /** The axis after seeing these values. */
  see(epoch: number, columns: ReadonlyArray<ArrayLike<number>>): Placed {
    if (epoch !== this.#epoch) this.#begin(epoch);
    if (this.#scale === "log") this.#seeLog(columns);
    else for (const value of finite(columns)) this.#seeLinear(value);
    return this.#scale === "log" ? this.#logAxis() : this.#linearAxis();
  }

  #begin(epoch: number): void {
    this.#epoch = epoch;
    const [low, high] =
      this.#scale === "log" ? [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] : (this.#given ?? [0, 0]);
    this.#low = low;
    this.#high = high;
    this.#hasZero = false;
    this.#hasLess = false;
  }

  #seeLog(columns: ReadonlyArray<ArrayLike<number>>): void {
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const value of finite(columns)) {
      if (value === 0) this.#hasZero = true;
      if (!(value > 0)) continue;
      least = Math.min(least, Math.log10(value));
      most = Math.max(most, Math.log10(value));
    }
    if (most < least) return;
    this.#high = Math.max(this.#high, Math.ceil(most - 1e-6) + 0);
    // One decade at least, and none so low that it is noise beside the highest.
    const lowest = Math.max(Math.floor(least + 1e-6), this.#high - MOST_DECADES);
    this.#low = Math.min(this.#low, this.#high - 1, lowest);
    if (least < this.#low - 1e-6) this.#hasLess = true;
  }

  #seeLinear(value: number): void {
    const slack = SLACK * (this.#high - this.#low);
    if (value > this.#high + slack) this.#high = value > 0 ? niceAtLeast(value, NICE) : 0;
    if (value < this.#low - slack) this.#low = value < 0 ? -niceAtLeast(-value, NICE) : 0;
  }

  #logAxis(): Placed {
    const [low, high] = this.#low <= this.#high ? [this.#low, this.#high] : [-1, 0];
    const floor = this.#hasZero || this.#hasLess ? low - 1 : low;
    const text = this.#hasLess ? "≈ 0" : "0";
    return {
      ends: [floor, high],
      endTexts: [floor === low ? decadeText(low) : text, decadeText(high)],
      range: withRoom(floor, high),
      base: floor,
      power: 0,
      place: (value) => {
        if (!Number.isFinite(value) || value < 0) return Number.NaN;
        const decade = Math.log10(value);
        return decade < low - 1e-6 ? floor : decade;
      },
      ticks: (most) => {
        const decades = decadeTicks(low, high, most);
        if (floor === low) return decades;
        // The label of the lowest decade gives place to that of zero where both would touch.
        const isCrowded = (high - floor) / most > 1.5 && decades.values[0] === low;
        const from = isCrowded ? 1 : 0;
        return { values: [floor, ...decades.values.slice(from)], text: [text, ...decades.text.slice(from)] };
      },
    };
  }

  #linearAxis(): Placed {
    const [low, high] = this.#low < this.#high ? [this.#low, this.#high] : [0, 1];
    const end = Math.max(-low, high);
    const power = end >= 0.01 && end < 10_000 ? 0 : shorteningPower(end);
    const unit = 10 ** power;
    return {
      ends: [low, high],
      endTexts: [formatNumber(low), formatNumber(high)],
      range: withRoom(low, high),
      base: Math.max(low, Math.min(0, high)),
      power,
      place: (value) => (Number.isFinite(value) ? value : Number.NaN),
      ticks: (most) => {
        const { values, text } = linearTicks(low * unit, high * unit, most);
        return { values: values.map((value) => value / unit), text };
      },
    };
  }
}

function* finite(columns: ReadonlyArray<ArrayLike<number>>): Generator<number> {
  for (const column of columns) {
    for (let at = 0; at < column.length; at += 1) {
      const value = column[at] ?? Number.NaN;
      if (Number.isFinite(value)) yield value;
    }
  }
}

function withRoom(low: number, high: number): readonly [number, number] {
  const room = ROOM * (high - low);
  return [low - room, high + room];
}
