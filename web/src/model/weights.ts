/** `weights.bin` as numbers: float32, float16, or a signed byte a number with one factor a channel. */

import { ModelError } from "./files";
import type { StoredWeight } from "../types";

/** How many bytes of `weights.bin` these weights take. */
export function storedBytes(weights: StoredWeight[]): number {
  const ends = weights.map((weight) => weight.offset + count(weight) * BYTES[weight.encoding]);
  const scales = weights.map((weight) => (weight.scale_offset === undefined ? 0 : weight.scale_offset + 4 * channels(weight)));
  return Math.max(0, ...ends, ...scales);
}

/** One weight's numbers, in the order of its shape. Throws ModelError where the file is too short for it. */
export function expanded(weight: StoredWeight, file: Uint8Array): Float32Array | Int32Array {
  const n = count(weight);
  const bytes = within(file, weight.offset, n * BYTES[weight.encoding], weight.name);
  switch (weight.encoding) {
    case "float32":
      return new Float32Array(bytes);
    case "int32":
      return new Int32Array(bytes);
    case "float16":
      return Float32Array.from(new Uint16Array(bytes), (half) => HALF[half]);
    case "int8": {
      const k = channels(weight);
      const scales = new Float32Array(within(file, weight.scale_offset ?? -1, 4 * k, weight.name));
      const levels = new Int8Array(bytes);
      const values = new Float32Array(n);
      for (let start = 0; start < n; start += k) {
        for (let j = 0; j < k; j++) values[start + j] = levels[start + j] * scales[j];
      }
      return values;
    }
    default:
      throw new ModelError(`The model is newer than this page: it does not know weights stored as ${String(weight.encoding)}.`);
  }
}

const BYTES: Record<StoredWeight["encoding"], number> = { float32: 4, int32: 4, float16: 2, int8: 1 };

/** Every float16 as a number, by its 16 bits (IEEE 754-2008). */
const HALF: Float32Array = Float32Array.from({ length: 65536 }, (_, bits) => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent ? sign * 2 ** (exponent - 15) * (1 + fraction / 1024) : sign * 2 ** -14 * (fraction / 1024);
});

function count(weight: StoredWeight): number {
  return weight.shape.reduce((product, side) => product * side, 1);
}

/** The length of the last axis; 1 for a single number. */
function channels(weight: StoredWeight): number {
  return weight.shape.at(-1) ?? 1;
}

/** A copy of some bytes of a file, for numbers need not begin at multiples of their size there. */
function within(file: Uint8Array, offset: number, length: number, name: string): ArrayBuffer {
  if (offset < 0 || offset + length > file.length) {
    throw new ModelError(`The model is damaged: weights.bin does not hold all of ${name}.`);
  }
  return file.slice(offset, offset + length).buffer as ArrayBuffer;
}
