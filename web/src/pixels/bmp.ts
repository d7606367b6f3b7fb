/** BMP: its size. */

import type { Header } from "./header";
import { damagedHeader } from "./problem";

const OLD_HEADER = 12;

export function isBmp(bytes: Uint8Array): boolean {
  return bytes[0] === 0x42 && bytes[1] === 0x4d;
}

/** Throws PhotoError where the header is damaged. */
export function readBmp(bytes: Uint8Array<ArrayBuffer>): Header {
  if (bytes.length < 30) throw damagedHeader();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const old = view.getUint32(14, true) === OLD_HEADER;
  const width = old ? view.getUint16(18, true) : view.getInt32(18, true);
  const height = Math.abs(old ? view.getUint16(20, true) : view.getInt32(22, true)); // negative where rows begin at the top
  if (width <= 0 || !height) throw damagedHeader();
  return { width, height, frames: 1, orientation: 1, bare: new Blob([bytes], { type: "image/bmp" }) };
}
