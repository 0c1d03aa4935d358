import { describe, expect, it } from "vitest";
import { decimationNote, heldSpans, lastShownStep, rowAt, sweepSpans } from "./spans";
import { relaxation, runOf } from "./testing";

const rows = (held: ReadonlyArray<number>) => {
  const energy: (number[] | undefined)[] = [];
  for (const step of held) {
    while (energy.length < step) energy.push(undefined);
    energy[step] = [step, step];
  }
  return { layer_energy: energy };
};
const range = (last: number) => Array.from({ length: last + 1 }, (_, index) => index);
const shape = (spans: ReadonlyArray<{ step: number; from: number; to: number }>) =>
  spans.map(({ step, from, to }) => [step, from, to]);

describe("held rows", () => {
  it("are drawn from their own step up to the next held one", () => {
    const held = relaxation(3, 16, rows([0, 8, 16]));
    expect(shape(heldSpans(held, "layer_energy", 0, 16))).toEqual([
      [0, 0, 7],
      [8, 8, 15],
      [16, 16, 16],
    ]);
  });

  it("cover only the asked steps, and nothing before the first row", () => {
    expect(shape(heldSpans(relaxation(3, 16, rows([0, 8, 16])), "layer_energy", 5, 16))).toEqual([
      [0, 5, 7],
      [8, 8, 15],
      [16, 16, 16],
    ]);
    expect(shape(heldSpans(relaxation(3, 16, rows([4, 5])), "layer_energy", 0, 16))).toEqual([
      [4, 4, 4],
      [5, 5, 5],
    ]);
  });
});

describe("the sweep", () => {
  const previous = relaxation(85, 16, rows(range(16)));

  it("shows the present relaxation up to now and the one before it after that", () => {
    const run = runOf(relaxation(86, 16, rows(range(12))), { previous });
    const spans = sweepSpans(run, "layer_energy");
    expect(spans.map((span) => span.relaxation.learnStep)).toEqual([...Array(13).fill(86), ...Array(4).fill(85)]);
    expect(spans.map((span) => span.from)).toEqual(range(16));
  });

  it("is all of the present once T is reached", () => {
    const run = runOf(relaxation(86, 16, rows(range(16))), { previous });
    expect(sweepSpans(run, "layer_energy").every((span) => span.relaxation === run.current)).toBe(true);
  });

  it("stays empty after now in the first learning step", () => {
    const run = runOf(relaxation(0, 16, rows(range(3))));
    expect(sweepSpans(run, "layer_energy").at(-1)?.to).toBe(3);
    expect(lastShownStep(run)).toBe(16);
  });

  it("takes the row of the step before where the relaxation before was shorter than now", () => {
    const shorter = relaxation(85, 8, rows(range(8)));
    const run = runOf(relaxation(86, 16, rows(range(4))), { previous: shorter });
    expect(sweepSpans(run, "layer_energy").at(-1)?.to).toBe(8);
  });

  it("goes on past T when inference is asked to", () => {
    expect(lastShownStep(runOf(relaxation(0, 4, rows(range(9)))))).toBe(9);
  });

  it("draws at most 256 columns, keeps the last and says so", () => {
    const run = runOf(relaxation(0, 1024, rows(range(1001))));
    const spans = sweepSpans(run, "layer_energy");
    expect(spans.length).toBeLessThanOrEqual(257);
    expect(spans.at(-1)).toMatchObject({ step: 1001, to: 1001 });
    for (let at = 1; at < spans.length; at += 1) expect(spans[at]?.from).toBe((spans[at - 1]?.to ?? 0) + 1);
    expect(decimationNote(spans)).toBe("every 4th step shown");
  });

  it("finds the row under any step, also between held ones and in the faded part", () => {
    const run = runOf(relaxation(86, 16, rows([0, 8])), { previous });
    expect(rowAt(run, "layer_energy", 5)?.row[0]).toBe(0);
    expect(rowAt(run, "layer_energy", 12)).toMatchObject({ span: { step: 12 } });
    expect(rowAt(run, "layer_energy", 12)?.span.relaxation).toBe(previous);
    expect(rowAt(run, "layer_energy", 99)).toBeNull();
  });
});

describe("the note on missing steps", () => {
  const note = (held: ReadonlyArray<number>) =>
    decimationNote(heldSpans(relaxation(0, 99, rows(held)), "layer_energy", 0, 99));

  it("is empty when every step is there", () => expect(note(range(16))).toBe(""));
  it("names an even stride", () => expect(note([0, 8, 16, 24, 32, 33])).toBe("every 8th step shown"));
  it("counts where the stride is uneven", () => expect(note([0, 3, 5, 6, 20])).toBe("5 of 21 steps shown"));
  it("knows its ordinals", () => {
    expect(note([0, 2, 4, 6])).toContain("every 2nd");
    expect(note([0, 3, 6, 9])).toContain("every 3rd");
    expect(note([0, 12, 24, 36])).toContain("every 12th");
    expect(note([0, 21, 42, 63])).toContain("every 21st");
  });
});
