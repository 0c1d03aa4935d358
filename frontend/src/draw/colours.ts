/** Colour scales. Every theme uses the same ones, so that a colour means one value on every screen and print. */

/** [position, colour] from 0 to 1. */
export type ColourScale = ReadonlyArray<readonly [number, string]>;

/** Cividis: even in lightness, and the same to the eye with red-green colour blindness. */
export const CIVIDIS: ColourScale = evenly([
  "#00204c",
  "#002a66",
  "#00346e",
  "#273f6c",
  "#3c4a6b",
  "#4c556b",
  "#5b5f6d",
  "#686a70",
  "#757575",
  "#838178",
  "#928c78",
  "#a19876",
  "#b0a572",
  "#c0b16d",
  "#d1bf66",
  "#e1cc5c",
  "#f3db4f",
  "#ffe945",
]);

/** What lies above the locked scale, up to the largest float32. */
export const ABOVE: ColourScale = evenly(["#fbd3b4", "#ee8a4f", "#bf3b09", "#6b1d02"]);

/** Signed values: orange below zero, white at zero, blue above; no red against green. */
export const SIGNED: ColourScale = evenly([
  "#7f3b08",
  "#b35806",
  "#e08214",
  "#fdb863",
  "#fee0b6",
  "#ffffff",
  "#d1e5f0",
  "#92c5de",
  "#4393c3",
  "#2166ac",
  "#053061",
]);

function evenly(colours: ReadonlyArray<string>): ColourScale {
  return colours.map((colour, index) => [index / (colours.length - 1), colour] as const);
}

/** The colour at a place from 0 to 1, the nearest of the scale's own. */
export function colourAt(scale: ColourScale, place: number): string {
  const at = Math.round(Math.min(Math.max(place, 0), 1) * (scale.length - 1));
  return scale[at]?.[1] ?? "";
}

/** The same scale as a CSS background, left to right. */
export function cssGradient(scale: ColourScale): string {
  return `linear-gradient(to right, ${scale.map(([at, colour]) => `${colour} ${(100 * at).toFixed(1)}%`).join(", ")})`;
}
