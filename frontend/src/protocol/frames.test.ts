import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { encodeFrame } from "../testing/frame";
import { decodeFrame } from "./frames";
import type { FrameHeader } from "./generated";

describe("a frame", () => {
  const parts = {
    seq: 7,
    learnStep: 3,
    inferSteps: [4, 5],
    columns: {
      layer_energy: [
        [2, 3],
        [1, 2, 3, 4, 5, Number.NaN],
      ],
      learning_step: [[0], []],
      stability: [[2], [0.5, 2]],
    },
  } as const;

  test("reads back what was written, empty columns and NaN included", () => {
    const frame = decodeFrame(encodeFrame(parts));
    expect(frame.header).toMatchObject({ seq: 7, epoch: 1, learn_step: 3, infer_steps: [4, 5], applied_seq: 0 });
    expect([...(frame.columns.get("layer_energy")?.data ?? [])]).toEqual([1, 2, 3, 4, 5, Number.NaN]);
    expect(frame.columns.get("layer_energy")?.shape).toEqual([2, 3]);
    expect(frame.columns.get("learning_step")?.data.length).toBe(0);
    expect([...(frame.columns.get("stability")?.data ?? [])]).toEqual([0.5, 2]);
  });

  test("is read without copying", () => {
    const buffer = encodeFrame(parts);
    expect(decodeFrame(buffer).columns.get("stability")?.data.buffer).toBe(buffer);
  });

  test.each([0, 3, 20, 200])("that is cut to %i bytes throws instead of drawing rubbish", (length) => {
    expect(() => decodeFrame(encodeFrame(parts).slice(0, length))).toThrow();
  });
});

test("the server's own bytes read as the server wrote them", () => {
  const golden = (name: string) => fileURLToPath(new URL(`../../../tests/golden/${name}`, import.meta.url));
  const bytes = readFileSync(golden("frame_v1.bin"));
  const expected = JSON.parse(readFileSync(golden("frame_v1.json"), "utf8")) as {
    header: FrameHeader;
    columns: Record<string, Array<number | null>>;
  };
  const frame = decodeFrame(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  expect(frame.header).toEqual(expected.header);
  const columns = [...frame.columns].map(([name, { data }]) => [
    name,
    [...data].map((value) => (Number.isNaN(value) ? null : value)),
  ]);
  expect(Object.fromEntries(columns)).toEqual(expected.columns);
});
