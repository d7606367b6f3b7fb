/** WebP: what its header says, and the file without what would make a browser turn or recolour it. */

import { exifOrientation, latin, xmpOrientation } from "./exif";
import type { Header } from "./header";
import { damagedHeader } from "./problem";

const ABOUT = ["ICCP", "EXIF", "XMP "]; // chunks about the pixels
const FLAGS = 0b0010_1100; // that announce these chunks

export function isWebp(bytes: Uint8Array): boolean {
  return latin(bytes, 0, 4) === "RIFF" && latin(bytes, 8, 12) === "WEBP";
}

/** Throws PhotoError where the header is damaged or the file ends before a chunk does. */
export function readWebp(bytes: Uint8Array<ArrayBuffer>): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept: Uint8Array<ArrayBuffer>[] = [];
  const about: Record<string, Uint8Array> = {};
  let size: [number, number] | null = null;
  let frames = 0;
  if (bytes.length < 20 || view.getUint32(4, true) + 8 > bytes.length) throw damagedHeader();
  const end = view.getUint32(4, true) + 8;
  for (let at = 12; at + 8 <= end; ) {
    const name = latin(bytes, at, at + 4);
    const length = view.getUint32(at + 4, true);
    if (at + 8 + length > end) throw damagedHeader();
    const body = bytes.subarray(at + 8, at + 8 + length);
    const chunk = bytes.slice(at, at + 8 + length + (length & 1));
    if (name === "VP8X" && length >= 10) {
      size = [1 + little(body, 4, 3), 1 + little(body, 7, 3)];
      chunk[8] &= ~FLAGS;
    } else if (name === "VP8 " && length >= 10) {
      size ??= [little(body, 6, 2) & 0x3fff, little(body, 8, 2) & 0x3fff];
      frames++;
    } else if (name === "VP8L" && length >= 5) {
      const bits = little(body, 1, 4);
      size ??= [1 + (bits & 0x3fff), 1 + ((bits >>> 14) & 0x3fff)];
      frames++;
    } else if (name === "ANMF") {
      frames++;
    }
    if (ABOUT.includes(name)) about[name] ??= body;
    else kept.push(chunk);
    at += 8 + length + (length & 1);
  }
  if (!size || !frames || !size[0] || !size[1]) throw damagedHeader();
  const orientation = (about.EXIF && exifOrientation(about.EXIF)) ?? (about["XMP "] && xmpOrientation(about["XMP "])) ?? 1;
  return { width: size[0], height: size[1], frames, orientation, bare: riff(kept) };
}

/** A file of these chunks. */
function riff(chunks: Uint8Array<ArrayBuffer>[]): Blob {
  const head = new DataView(new ArrayBuffer(12));
  [..."RIFF    WEBP"].forEach((letter, n) => head.setUint8(n, letter.charCodeAt(0)));
  head.setUint32(4, 4 + chunks.reduce((sum, chunk) => sum + chunk.length, 0), true);
  return new Blob([head, ...chunks], { type: "image/webp" });
}

function little(bytes: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let n = length - 1; n >= 0; n--) value = ((value << 8) | bytes[at + n]) >>> 0;
  return value;
}
