import { describe, expect, test } from "vitest";
import { PACE, SPEED } from "../testing/controls";
import { formatNumberValue, formatValue, parseTyped, whereItApplies } from "./controlValue";

describe("a value as text", () => {
  test.each([
    [0.25, "0.25"],
    [0.3, "0.30"],
    [0.02, "0.020"],
    [0.0123, "0.0123"],
    [1, "1.0"],
    [10, "10"],
    [150, "150"],
    [1e-5, "1e-5"],
    [0, "0"],
  ])("%d is %s", (value, text) => expect(formatNumberValue(value, false)).toBe(text));

  test.each([1e-6, 0.25, 0.0123, 7.5, 60, 1234])("%d typed again is the same", (value) => {
    expect(parseTyped(formatNumberValue(value, false))).toBe(value);
  });

  test("a choice is its label", () => expect(formatValue(PACE, "slow")).toBe("slow motion"));
});

describe("what a person types", () => {
  test.each([
    ["0.5", 0.5],
    [" 1e-3 ", 1e-3],
    ["0,5", 0.5],
    ["−2", -2],
    ["much", "much"],
    ["", ""],
  ])("%j is %j", (text, value) => expect(parseTyped(text)).toBe(value));
});

test("a control that does nothing here says where it would", () => {
  expect(whereItApplies(SPEED, { pace: "slow" }, [PACE, SPEED])).toBeNull();
  expect(whereItApplies(SPEED, { pace: "training" }, [PACE, SPEED])).toBe("only with pace slow motion");
});
