/** PNG: its chunks, and which way up it is. The pixels are decoded in `png-pixels.ts`. */

import { exifOrientation, latin, xmpOrientation } from "./exif";
import { damagedHeader, PhotoError } from "./problem";

const DEPTHS: Record<number, number[]> = { 0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16] };

/** What stands in the file: everything but the pixels. */
export interface Png {
  width: number;
  height: number;
  frames: number;
  depth: number;
  colour: number;
  interlaced: boolean;
  palette: Uint8Array;
  transparency: Uint8Array | null;
  /** The zlib stream, in pieces. */
  data: Uint8Array<ArrayBuffer>[];
  /** Whether the file ends within a chunk that follows the pixels. */
  cut: boolean;
  /** Text and metadata that may state an orientation. */
  exif: Uint8Array | null;
  rawProfile: Uint8Array<ArrayBuffer> | null;
  xmp: Uint8Array<ArrayBuffer> | null;
}

export function isPng(bytes: Uint8Array): boolean {
  return latin(bytes, 0, 8) === "\x89PNG\r\n\x1a\n";
}

/** Reads the chunks. Throws PhotoError where those before the pixels are damaged. */
export function readPng(bytes: Uint8Array<ArrayBuffer>): Png {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const png: Png = {
    ...{ width: 0, height: 0, frames: 1, depth: 0, colour: -1, interlaced: false },
    ...{ palette: new Uint8Array(0), transparency: null, data: [], cut: false },
    ...{ exif: null, rawProfile: null, xmp: null },
  };
  let framesStated: number | null = null;
  let framesBefore = 0;
  let ended = false; // the run of IDAT chunks
  for (let at = 8; ; ) {
    const started = png.data.length > 0;
    const name = at + 8 <= bytes.length ? latin(bytes, at + 4, at + 8) : "";
    if (!/^\w{4}$/.test(name)) {
      if (!started) throw damagedHeader();
      break; // what follows the pixels may be missing; whether pixels are, decoding will tell
    }
    const length = view.getUint32(at);
    const body = bytes.subarray(at + 8, at + 8 + length);
    const whole = at + 12 + length <= bytes.length;
    if (name === "IDAT" && !ended) {
      png.data.push(body);
    } else {
      ended = started;
      if (name === "IEND") break;
      const sum = () => view.getUint32(at + 8 + length) === crc32(bytes.subarray(at + 4, at + 8 + length));
      if (!started && !(whole && sum())) throw damagedHeader();
      if (body.length < length) {
        png.cut = true;
        break;
      }
      const inside = new DataView(body.buffer, body.byteOffset, body.byteLength);
      if (name === "IHDR" && length >= 13) header(png, inside);
      if (name === "PLTE") png.palette = body;
      if (name === "tRNS") png.transparency = body;
      if (name === "eXIf") png.exif = body;
      if (name === "tEXt" || name === "zTXt" || name === "iTXt") text(png, name, body);
      if (name === "acTL" && length >= 8 && !started) framesStated = framesStated === null ? inside.getUint32(0) : 0;
      if (name === "fcTL" && !started) framesBefore++;
    }
    at += 12 + length;
  }
  if (framesStated) png.frames = framesStated + (framesBefore ? 0 : 1); // pixels outside the animation are a frame more
  if (!png.data.length) throw new PhotoError("corrupt", "the image data is damaged (there is none)");
  const known = DEPTHS[png.colour]?.includes(png.depth);
  if (!known || !png.width || !png.height) throw damagedHeader();
  return png;
}

/** The orientation that the file states, 1 where it states none. */
export async function pngOrientation(png: Png): Promise<number> {
  const raw = png.rawProfile && (await inflatedText(png.rawProfile));
  const hexadecimal = raw?.split("\n").slice(3).join("").replace(/\s/g, "") ?? "";
  const block = png.exif ?? Uint8Array.from(hexadecimal.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  return exifOrientation(block) ?? (png.xmp && xmpOrientation(png.xmp)) ?? 1;
}

function header(png: Png, view: DataView): void {
  png.width = view.getUint32(0);
  png.height = view.getUint32(4);
  png.depth = view.getUint8(8);
  png.colour = view.getUint8(9);
  png.interlaced = view.getUint8(12) !== 0;
  if (view.getUint8(11)) throw damagedHeader();
}

/** Keep what a text chunk says of orientation. */
function text(png: Png, name: string, body: Uint8Array<ArrayBuffer>): void {
  const key = body.indexOf(0);
  const keyword = latin(body, 0, Math.max(0, key));
  if (keyword === "Raw profile type exif" && name !== "iTXt") png.rawProfile = body.subarray(key + (name === "zTXt" ? 2 : 1));
  if (keyword === "XML:com.adobe.xmp" && name === "iTXt" && body[key + 1] === 0) png.xmp = body.subarray(key + 3);
}

/** A text that may be compressed; nothing where it is damaged. */
async function inflatedText(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const compressed = (bytes[0] & 15) === 8 && ((bytes[0] << 8) | bytes[1]) % 31 === 0;
  const stream = new Blob([bytes]).stream();
  return new Response(compressed ? stream.pipeThrough(new DecompressionStream("deflate")) : stream).text().catch(() => "");
}

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC[(crc ^ byte) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}
