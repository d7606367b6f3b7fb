/** JPEG: what its header says, and the file without what would make a browser turn or recolour it. */

import { exifOrientation, latin, xmpOrientation } from "./exif";
import type { Header } from "./header";
import { damagedHeader, truncated } from "./problem";

const XMP = "http://ns.adobe.com/xap/1.0/\0";
const START_OF_SCAN = 0xda;
const END = 0xd9;

export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/** Throws PhotoError where the header is damaged or the file ends before the image does. */
export function readJpeg(bytes: Uint8Array<ArrayBuffer>): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept: Uint8Array<ArrayBuffer>[] = [bytes.subarray(0, 2)];
  let size: [number, number] | null = null;
  let exif: Uint8Array | null = null;
  let xmp: Uint8Array | null = null;
  let at = 2;
  for (;;) {
    while (at < bytes.length && bytes[at] !== 0xff) at++; // junk between segments
    while (bytes[at + 1] === 0xff) at++; // padding
    if (at + 4 > bytes.length) throw damagedHeader();
    const marker = bytes[at + 1];
    if (marker === 0 || (marker >= 0xd0 && marker <= 0xd9) || marker === 0x01) {
      at += 2;
      continue;
    }
    const end = at + 2 + view.getUint16(at + 2);
    if (marker === START_OF_SCAN) break;
    if (end > bytes.length || end < at + 4) throw damagedHeader();
    const body = bytes.subarray(at + 4, end);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) {
      if (body.length < 6 || body[0] !== 8 || ![1, 3, 4].includes(body[5])) throw damagedHeader();
      size = [view.getUint16(at + 7), view.getUint16(at + 5)];
    }
    const isExif = marker === 0xe1 && latin(body, 0, 6) === "Exif\0\0";
    if (isExif) exif ??= body;
    if (marker === 0xe1 && latin(body, 0, XMP.length) === XMP) xmp = body.subarray(XMP.length);
    const colours = marker === 0xe2; // profiles, which Pillow ignores, and lists of further frames
    if (!isExif && !colours) kept.push(bytes.subarray(at, end));
    at = end;
  }
  if (!size || !size[0] || !size[1]) throw damagedHeader();
  kept.push(bytes.subarray(at, endOfImage(bytes, at)));
  const orientation = (exif && exifOrientation(exif)) ?? (xmp && xmpOrientation(xmp)) ?? 1;
  return { width: size[0], height: size[1], frames: 1, orientation, bare: new Blob(kept, { type: "image/jpeg" }) };
}

/** Where the image's last marker ends. Throws PhotoError where there is none. */
function endOfImage(bytes: Uint8Array, at: number): number {
  for (;;) {
    at = bytes.indexOf(0xff, at);
    if (at < 0 || at + 1 >= bytes.length) throw truncated();
    const marker = bytes[at + 1];
    if (marker === END) return at + 2;
    const alone = marker === 0 || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
    if (marker === 0xff) at += 1;
    else if (alone) at += 2;
    else at += 2 + ((bytes[at + 2] << 8) | bytes[at + 3]);
  }
}
