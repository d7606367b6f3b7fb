/** GIF: its size and the number of its frames. */

import { latin } from "./exif";
import type { Header } from "./header";
import { damagedHeader, truncated } from "./problem";

const EXTENSION = 0x21;
const IMAGE = 0x2c;

export function isGif(bytes: Uint8Array): boolean {
  return /^GIF8[79]a$/.test(latin(bytes, 0, 6));
}

/** Throws PhotoError where the header is damaged or the file ends before its first frame does. */
export function readGif(bytes: Uint8Array<ArrayBuffer>): Header {
  if (bytes.length < 13) throw damagedHeader();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let width = view.getUint16(6, true);
  let height = view.getUint16(8, true);
  let frames = 0;
  let at = 13 + palette(bytes[10]);
  while (at < bytes.length && (bytes[at] === EXTENSION || bytes[at] === IMAGE || bytes[at] === 0)) {
    const kind = bytes[at];
    if (kind === 0) {
      at += 1;
      continue;
    }
    if (kind === IMAGE) {
      if (at + 10 > bytes.length) break;
      if (frames === 0) {
        width = Math.max(width, view.getUint16(at + 1, true) + view.getUint16(at + 5, true));
        height = Math.max(height, view.getUint16(at + 3, true) + view.getUint16(at + 7, true));
      }
      frames++;
      at += 10 + palette(bytes[at + 9]) + 1;
    } else {
      at += 2;
    }
    while (bytes[at] > 0) at += 1 + bytes[at]; // blocks, each with its length
    if (at >= bytes.length && frames === 1) throw truncated();
    at += 1;
  }
  if (!frames || !width || !height) throw damagedHeader();
  return { width, height, frames, orientation: 1, bare: new Blob([bytes], { type: "image/gif" }) };
}

/** The bytes of a colour table, by the flags that announce it. */
function palette(flags: number): number {
  return flags & 128 ? 3 << ((flags & 7) + 1) : 0;
}
