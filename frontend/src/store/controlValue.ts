/** Control values as text for a person, and text from a person as a control value. */

import type { Control, Value } from "../protocol/catalogue";
import { gridSize } from "./gridText";

/** "0.020", "16", "1e-5": at least two figures of a rate, all that were typed up to four, always typeable again. */
export function formatNumberValue(value: number, isInteger: boolean): string {
  if (isInteger || value === 0) return String(value);
  const size = Math.abs(value);
  const two = value.toPrecision(2);
  const text = Number(two) === value ? two : String(Number(value.toPrecision(4)));
  if (size >= 1e-3 && size < 1e4) return Number(text) >= 100 ? String(Number(text)) : text;
  return String(Number(value.toPrecision(4)).toExponential()).replace("e+", "e");
}

/** How a value of this control reads: the choice's label, on or off, the number. */
export function formatValue(control: Control, value: Value): string {
  if (typeof value === "boolean") return value ? "on" : "off";
  if (control.kind === "grid") return gridSize(value as string);
  if (typeof value === "number") return formatNumberValue(value, control.kind === "integer");
  return control.choices.find((choice) => choice.value === value)?.label ?? value;
}

/**
 * What a person typed, as it is sent: a number if it reads as one, else the text as it is, for the server to say what is
 * allowed. A decimal comma is a decimal point.
 */
export function parseTyped(text: string): Value {
  const trimmed = text
    .trim()
    .replace("−", "-")
    .replace(/^(-?\d+),(\d+)$/, "$1.$2");
  const number = Number(trimmed);
  return trimmed !== "" && Number.isFinite(number) ? number : text.trim();
}

/**
 * A sentence of the server as the page says it: what stands between backticks is the name by which a program knows a control, and
 * becomes its label.
 */
export function plainWords(sentence: string, controls: ReadonlyArray<Control>): string {
  return sentence.replace(
    /`([^`]*)`/g,
    (_, name: string) => controls.find((each) => each.name === name)?.label ?? name,
  );
}

/** The words of an effect, as badge and event say it. */
export const EFFECT_WORDS = { live: "live", next_step: "next step", restart: "restart", view: "view" } as const;

/** Whether a control does anything under these values, else the sentence that says where it would. */
export function whereItApplies(
  control: Control,
  values: Readonly<Record<string, Value>>,
  controls: ReadonlyArray<Control>,
): string | null {
  for (const [name, allowed] of Object.entries(control.only_when)) {
    const value = values[name];
    if (value === undefined || allowed.includes(value)) continue;
    const other = controls.find((candidate) => candidate.name === name);
    const words = allowed.map((each) => (other === undefined ? String(each) : formatValue(other, each)));
    return `only with ${other?.label.toLowerCase() ?? name} ${words.join(" or ")}`;
  }
  return null;
}
