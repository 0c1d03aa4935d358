import { describe, expect, it } from "vitest";
import { mergeLabels, mergeMarks } from "./labels";

const label = (text: string, y: number) => ({ text, y, colour: `of ${text}` });

describe("end labels", () => {
  it("stand alone when they can be read", () => {
    expect(mergeLabels([label("output", 10), label("hidden", 40)]).map((each) => each.text)).toEqual([
      "output",
      "hidden",
    ]);
  });

  it("merge when nearer than a line of text, named in the order of the lines", () => {
    expect(mergeLabels([label("output", 22), label("hidden", 90), label("loss", 20)])).toEqual([
      { text: "output, loss", y: 21, colour: "of output" },
      { text: "hidden", y: 90, colour: "of hidden" },
    ]);
  });

  it("never overlap after merging", () => {
    const merged = mergeLabels([label("a", 0), label("b", 10), label("c", 20), label("d", 30)]);
    for (let at = 1; at < merged.length; at += 1) {
      expect((merged[at]?.y ?? 0) - (merged[at - 1]?.y ?? 0)).toBeGreaterThanOrEqual(14);
    }
  });
});

describe("event marks", () => {
  it("merge into a span when a burst of changes would overprint", () => {
    const marks = [1, 2, 3].map((number) => ({ text: String(number), x: 5 * number }));
    expect(mergeMarks([...marks, { text: "4", x: 80 }])).toEqual([
      { text: "1–3", x: 10 },
      { text: "4", x: 80 },
    ]);
  });
});
