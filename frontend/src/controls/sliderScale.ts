/**
 * Where a value stands on a slider, and which value a place stands for. Places are fractions 0…1 of the track.
 *
 * Values of a rate keep two figures, so that a drag reads 0.25 and not 0.2518; the number box takes any.
 */

import type { Control } from "../protocol/catalogue";

type Range = Pick<Control, "low" | "high" | "scale" | "kind">;

/** The place of a value, held inside the track. */
export function placeOf(range: Range, value: number): number {
  const [low, high] = ends(range);
  const place = range.scale === "log" ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  return Number.isNaN(place) ? 0 : Math.min(1, Math.max(0, place));
}

/** The value at a place, as coarse as a hand on a slider. */
export function valueAt(range: Range, place: number): number {
  const [low, high] = ends(range);
  const exact = range.scale === "log" ? low * (high / low) ** place : low + place * (high - low);
  return withinEnds(range, tidy(range, exact));
}

/** The next value up (`steps` > 0) or down that a slider can show. */
export function stepFrom(range: Range, value: number, steps: number): number {
  const [low, high] = ends(range);
  if (range.kind === "integer") return withinEnds(range, value + steps);
  if (range.scale === "linear") return withinEnds(range, tidy(range, value + steps * ((high - low) / 100)));
  const unit = 10 ** (Math.floor(Math.log10(value) + 1e-9) - 1);
  // From 0.10 down, the figures after are finer: 0.099.
  const isDownFromDecade = steps < 0 && Math.abs(value - 10 * unit) < unit / 2;
  return withinEnds(range, tidy(range, value + steps * (isDownFromDecade ? unit / 10 : unit)));
}

function ends({ low, high }: Range): [number, number] {
  return [low ?? 0, high ?? 1];
}

function tidy(range: Range, value: number): number {
  if (range.kind === "integer") return Math.round(value);
  return Number(value.toPrecision(2));
}

function withinEnds(range: Range, value: number): number {
  const [low, high] = ends(range);
  return Math.min(high, Math.max(low, value));
}
