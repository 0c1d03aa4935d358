/**
 * Binary frames: u32 header length, JSON header, zero padding to a multiple of 8, float32 columns.
 *
 * Columns are views into the buffer that arrived; nothing is copied. Every machine that runs a browser is little-endian,
 * as the wire is.
 */

import type { FrameHeader } from "./generated";

/** One column: its row-major shape and its values. A column may be empty. */
export interface FrameColumn {
  readonly shape: ReadonlyArray<number>;
  readonly data: Float32Array;
}

export interface Frame {
  readonly header: FrameHeader;
  readonly columns: ReadonlyMap<string, FrameColumn>;
}

const LENGTH_BYTES = 4;
const ALIGNMENT = 8;

/** Read one frame. Throws a `RangeError` on a buffer that is too short for what its header promises. */
export function decodeFrame(buffer: ArrayBuffer): Frame {
  const headerBytes = new DataView(buffer).getUint32(0, true);
  const text = new TextDecoder().decode(new Uint8Array(buffer, LENGTH_BYTES, headerBytes));
  const header = JSON.parse(text) as FrameHeader;
  const bodyStart = Math.ceil((LENGTH_BYTES + headerBytes) / ALIGNMENT) * ALIGNMENT;
  const columns = new Map<string, FrameColumn>();
  for (const { name, shape, offset } of header.columns) {
    const size = shape.reduce((product, extent) => product * extent, 1);
    columns.set(name, { shape, data: new Float32Array(buffer, bodyStart + offset, size) });
  }
  return { header, columns };
}
