/** Frames for tests, laid out as the server lays them out. */

import { decodeFrame, type Frame } from "../protocol/frames";

export interface FrameParts {
  readonly seq?: number;
  readonly epoch?: number;
  readonly learnStep?: number;
  readonly inferSteps?: ReadonlyArray<number>;
  readonly appliedSeq?: number;
  /** Shape and values of each column. */
  readonly columns?: Readonly<Record<string, readonly [ReadonlyArray<number>, ReadonlyArray<number>]>>;
}

export function encodeFrame(parts: FrameParts): ArrayBuffer {
  const columns = Object.entries(parts.columns ?? {});
  let offset = 0;
  const described = columns.map(([name, [shape, values]]) => {
    const column = { name, shape: [...shape], offset };
    offset += 4 * values.length;
    return column;
  });
  const header = new TextEncoder().encode(
    JSON.stringify({
      seq: parts.seq ?? 1,
      epoch: parts.epoch ?? 1,
      learn_step: parts.learnStep ?? 0,
      infer_steps: parts.inferSteps ?? [0],
      applied_seq: parts.appliedSeq ?? 0,
      columns: described,
    }),
  );
  const bodyStart = Math.ceil((4 + header.length) / 8) * 8;
  const buffer = new ArrayBuffer(bodyStart + offset);
  new DataView(buffer).setUint32(0, header.length, true);
  new Uint8Array(buffer).set(header, 4);
  const values = new Float32Array(buffer, bodyStart);
  values.set(columns.flatMap(([, [, each]]) => each));
  return buffer;
}

export function makeFrame(parts: FrameParts): Frame {
  return decodeFrame(encodeFrame(parts));
}

/** A frame of slow motion: one step of a network of two layers. */
export function stepFrame(learnStep: number, inferStep: number, more: FrameParts = {}): Frame {
  return makeFrame({
    learnStep,
    inferSteps: [inferStep],
    ...more,
    columns: {
      layer_energy: [
        [1, 2],
        [inferStep, 10 + inferStep],
      ],
      trajectory_layer: [[1], [1]],
      ...more.columns,
    },
  });
}

/** The learning columns of finished learning steps with these total energies. */
export function learningColumns(
  steps: ReadonlyArray<number>,
  totals: ReadonlyArray<number>,
): NonNullable<FrameParts["columns"]> {
  const size = steps.length;
  return {
    learning_step: [[size], steps],
    learning_loss: [[size], totals],
    learning_total: [[size], totals],
    learning_output: [[size], totals],
    learning_hidden: [[size], totals],
    learning_imbalance: [[size, 2], steps.flatMap(() => [3, 0.5])],
  };
}
