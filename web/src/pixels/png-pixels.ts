/** PNG's pixels, decoded here: browsers apply colour profiles and premultiply, so theirs are not those of the file.
 *
 * All colour types and depths, interlaced or not (W3C, "Portable Network Graphics", third edition), read as Pillow reads
 * them: gamma and profiles do not count, 16-bit colours lose their low byte, transparency lies over white.
 */

import type { Rgb } from "../types";
import type { Png } from "./png";
import { PhotoError, truncated } from "./problem";

const SAMPLES: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }; // samples a pixel by colour type
const ADAM7 = [
  { left: 0, top: 0, across: 8, down: 8 },
  { left: 4, top: 0, across: 8, down: 8 },
  { left: 0, top: 4, across: 4, down: 8 },
  { left: 2, top: 0, across: 4, down: 4 },
  { left: 0, top: 2, across: 2, down: 4 },
  { left: 1, top: 0, across: 2, down: 2 },
  { left: 0, top: 1, across: 1, down: 2 },
];
const WHOLE = [{ left: 0, top: 0, across: 1, down: 1 }];

/** The pixels over white, not turned. Throws PhotoError. */
export async function decodePng(png: Png): Promise<Rgb> {
  const { width, height } = png;
  const deep = png.colour === 0 && png.depth === 16 ? new Uint16Array(width * height) : null;
  const data = new Uint8Array(3 * width * height);
  const paint = deep ? deepPainter(deep) : painter(png, data);
  const samples = SAMPLES[png.colour];
  const bytesPerPixel = Math.max(1, (samples * png.depth) >> 3);
  const passes = (png.interlaced ? ADAM7 : WHOLE)
    .map((pass) => ({
      ...pass,
      wide: Math.ceil((width - pass.left) / pass.across),
      high: Math.ceil((height - pass.top) / pass.down),
    }))
    .filter((pass) => pass.wide > 0 && pass.high > 0);

  const rows = inflatedRows(
    png,
    passes.flatMap(({ wide, high }) => new Array<number>(high).fill(1 + ((wide * samples * png.depth + 7) >> 3))),
  );
  for (const { left, top, across, down, wide, high } of passes) {
    let above: Uint8Array = new Uint8Array((wide * samples * png.depth + 7) >> 3);
    for (let row = 0; row < high; row++) {
      const line = (await rows.next()).value as Uint8Array;
      const here = line.subarray(1);
      unfilter(line[0], here, above, bytesPerPixel);
      paint(here, wide, (top + row * down) * width + left, across);
      above = here;
    }
  }
  if (deep) scaleDeep(deep, data);
  return { width, height, data };
}

/** Lines of the given lengths from the zlib stream, each a fresh array. */
async function* inflatedRows(png: Png, lengths: number[]): AsyncGenerator<Uint8Array> {
  const reader = new Blob(png.data).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  let piece: Uint8Array = new Uint8Array(0);
  let used = 0;
  try {
    for (const length of lengths) {
      const line = new Uint8Array(length);
      for (let filled = 0; filled < length; ) {
        if (used === piece.length) {
          const next = await reader.read().catch((error: unknown) => {
            throw isShort(error) ? truncated() : new PhotoError("corrupt", "the image data is damaged (broken data stream)");
          });
          if (next.done) return yield* emptyLines(lengths.length);
          piece = next.value;
          used = 0;
        }
        const taken = Math.min(length - filled, piece.length - used);
        line.set(piece.subarray(used, used + taken), filled);
        filled += taken;
        used += taken;
      }
      yield line;
    }
    if (png.cut) throw truncated();
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** Whether a zlib stream failed because it ends too early: the words of Node, Chromium, Firefox and Safari. */
function isShort(error: unknown): boolean {
  return /truncat|unexpected end|incomplete|without reaching/i.test(String((error as Error).message));
}

/** Lines of zeros without end: a stream that ends well, but early, leaves the rest of a photo as it is. */
function* emptyLines(length: number): Generator<Uint8Array> {
  for (;;) yield new Uint8Array(length);
}

/** Undo a line's filter in place; `above` is the line before it in the same pass. */
function unfilter(filter: number, line: Uint8Array, above: Uint8Array, bytesPerPixel: number): void {
  const length = line.length;
  if (filter === 0) return;
  if (filter === 1) {
    for (let n = bytesPerPixel; n < length; n++) line[n] += line[n - bytesPerPixel];
  } else if (filter === 2) {
    for (let n = 0; n < length; n++) line[n] += above[n];
  } else if (filter === 3) {
    for (let n = 0; n < length; n++) line[n] += ((n < bytesPerPixel ? 0 : line[n - bytesPerPixel]) + above[n]) >> 1;
  } else if (filter === 4) {
    for (let n = 0; n < length; n++) {
      const left = n < bytesPerPixel ? 0 : line[n - bytesPerPixel];
      const corner = n < bytesPerPixel ? 0 : above[n - bytesPerPixel];
      const byLeft = Math.abs(above[n] - corner);
      const byAbove = Math.abs(left - corner);
      const byCorner = Math.abs(left + above[n] - 2 * corner);
      line[n] += byLeft <= byAbove && byLeft <= byCorner ? left : byAbove <= byCorner ? above[n] : corner;
    }
  } else {
    throw new PhotoError("corrupt", "the image data is damaged (unknown filter)");
  }
}

/** Puts the pixels of a line where they belong: `count` of them, the first at pixel `at`, `across` pixels apart. */
type Paint = (line: Uint8Array, count: number, at: number, across: number) => void;

function painter(png: Png, data: Uint8Array): Paint {
  const { colour, depth } = png;
  if (colour === 0 || colour === 3) return tablePainter(depth, colour === 3 ? paletteTable(png) : greyTable(png), data);
  const size = depth >> 3; // bytes a sample, of which the first counts
  const clear = colour === 2 && png.transparency ? lowBytes(png.transparency) : null;
  const green = colour === 4 ? 0 : size;
  const blue = colour === 4 ? 0 : 2 * size;
  const alpha = colour === 2 ? -1 : colour === 4 ? size : 3 * size;
  const pixel = SAMPLES[colour] * size;
  return (line, count, at, across) => {
    for (let n = 0, from = 0, to = 3 * at; n < count; n++, from += pixel, to += 3 * across) {
      const r = line[from];
      const g = line[from + green];
      const b = line[from + blue];
      const a = alpha >= 0 ? line[from + alpha] : clear && r === clear[0] && g === clear[1] && b === clear[2] ? 0 : 255;
      data[to] = a === 255 ? r : overWhite(r, a);
      data[to + 1] = a === 255 ? g : overWhite(g, a);
      data[to + 2] = a === 255 ? b : overWhite(b, a);
    }
  };
}

/** One sample a pixel, looked up in a table of 256 colours. */
function tablePainter(depth: number, table: Uint8Array, data: Uint8Array): Paint {
  const mask = 2 ** depth - 1;
  return (line, count, at, across) => {
    for (let n = 0, to = 3 * at; n < count; n++, to += 3 * across) {
      const bit = n * depth;
      const from = 3 * ((line[bit >> 3] >> (8 - depth - (bit & 7))) & mask);
      data[to] = table[from];
      data[to + 1] = table[from + 1];
      data[to + 2] = table[from + 2];
    }
  };
}

function greyTable({ depth, transparency }: Png): Uint8Array {
  const step = 255 / (2 ** depth - 1);
  // Pillow compares the transparent grey, unscaled but for black and white, with the scaled ones.
  const [high, low] = transparency && transparency.length >= 2 ? transparency : [0, -1];
  const stated = depth === 1 && low >= 0 ? (high | low ? 255 : 0) : low;
  return Uint8Array.from({ length: 768 }, (_, n) => {
    const grey = Math.floor(n / 3) * step;
    return grey === stated ? 255 : grey;
  });
}

function paletteTable({ palette, transparency }: Png): Uint8Array {
  return Uint8Array.from({ length: 768 }, (_, n) => overWhite(palette[n] ?? 0, transparency?.[Math.floor(n / 3)] ?? 255));
}

/** 16-bit grey as it stands in the file. */
function deepPainter(deep: Uint16Array): Paint {
  return (line, count, at, across) => {
    for (let n = 0, to = at; n < count; n++, to += across) deep[to] = (line[2 * n] << 8) | line[2 * n + 1];
  };
}

/** 16-bit grey to 8 bits, rounded; an image that uses no more than 255 steps is taken to hold 8 bits. */
function scaleDeep(deep: Uint16Array, data: Uint8Array): void {
  const scaled = deep.some((value) => value > 255);
  deep.forEach((value, n) => data.fill(scaled ? Math.floor((value + 128) / 257) : value, 3 * n, 3 * n + 3));
}

/** A colour's value over white, in Pillow's arithmetic (`alpha_composite`). */
export function overWhite(value: number, alpha: number): number {
  if (alpha === 0) return 255;
  const mixed = (value * alpha + 255 * (255 - alpha) + 0x80) << 7;
  return ((mixed >> 8) + mixed) >> 15;
}

/** The low bytes of three 16-bit numbers, all that Pillow compares. */
function lowBytes(transparency: Uint8Array): number[] {
  return [transparency[1], transparency[3], transparency[5]];
}
