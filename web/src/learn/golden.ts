/** Golden pictures of a learned bundle: drawn, for the user's photos stay with the user. */

import { zlibSync } from "fflate";

import type { Rgb } from "../types";

/** Smooth coloured noise at three scales, 300 x 260; every seed draws another. */
export function draw(seed: number): Rgb {
  const [width, height] = [300, 260];
  const random = generator(seed);
  const mixed = new Float64Array(width * height * 3);
  for (const [side, weight] of [[3, 0.5], [9, 0.3], [40, 0.2]]) {
    const colours = Float64Array.from({ length: side * side * 3 }, () => 256 * weight * random());
    const wide = stretched(colours, side, 3, width); // (side, width, 3)
    const whole = stretched(wide, side, width * 3, height); // (height, width, 3)
    whole.forEach((value, i) => (mixed[i] += value));
  }
  return { width, height, data: Uint8Array.from(mixed) };
}

/** Bilinear interpolation along one axis: of lines of `side` points of `size` numbers, each line to `length` points. */
function stretched(values: Float64Array, side: number, size: number, length: number): Float64Array {
  const rows = values.length / (side * size);
  const longer = new Float64Array(rows * length * size);
  for (let line = 0; line < rows; line++) {
    for (let x = 0; x < length; x++) {
      const place = ((side - 1) * x) / (length - 1);
      const left = Math.min(Math.floor(place), side - 2);
      const from = (line * side + left) * size;
      const to = (line * length + x) * size;
      for (let i = 0; i < size; i++) {
        longer[to + i] = values[from + i] + (place - left) * (values[from + size + i] - values[from + i]);
      }
    }
  }
  return longer;
}

/** Numbers in 0..1 that a seed determines (the mulberry32 generator). */
function generator(seed: number): () => number {
  let state = (seed + 1) * 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A picture as PNG: eight bits a channel, no filter. */
export function png({ width, height, data }: Rgb): Uint8Array {
  const lines = new Uint8Array(height * (1 + 3 * width));
  for (let y = 0; y < height; y++) lines.set(data.subarray(y * 3 * width, (y + 1) * 3 * width), y * (1 + 3 * width) + 1);
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 2, 0, 0, 0], 8);
  const parts = [
    Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", zlibSync(lines)),
    chunk("IEND", new Uint8Array(0)),
  ];
  const file = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

function chunk(kind: string, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(content.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  bytes.set(new TextEncoder().encode(kind), 4);
  bytes.set(content, 8);
  view.setUint32(bytes.length - 4, crc32(bytes.subarray(4, bytes.length - 4)));
  return bytes;
}

function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
