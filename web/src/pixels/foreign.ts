/** Why a file is none that can be read: another kind of image, a damaged one, or no image at all. */

import { latin } from "./exif";
import { damagedHeader, PhotoError } from "./problem";

const FOREIGN: [string, string][] = [
  ["%PDF", "PDF"],
  ["8BPS", "Photoshop"],
  ["<svg", "SVG"],
  ["<?xm", "XML or SVG"],
  ["\0\0\0\x0cjP", "JPEG 2000"],
  ["\xff\x4f\xff\x51", "JPEG 2000"],
  ["II\xbc", "JPEG XR"],
  ["\0\0\x01\0", "icon"],
  // Python reads these two; browsers do not.
  ["II*\0", "TIFF"],
  ["MM\0*", "TIFF"],
];

export function unidentified(bytes: Uint8Array): PhotoError {
  const head = latin(bytes, 0, 64);
  if (head.slice(4, 8) === "ftyp") {
    const brand = head.slice(8, 12);
    return unread(brand.startsWith("avi") ? "AVIF" : /^(hei|mif|msf|hev)/.test(brand) ? "HEIC" : "video");
  }
  const stripped = head.replace(/^[ \t\n\r\x0b\f]+/, "");
  for (const [magic, kind] of FOREIGN) if (stripped.startsWith(magic)) return unread(kind);
  if (/^P[1-6fy]\s/.test(head)) return unread("PNM");
  return /^(\xff\xd8|\x89PNG|RIFF|GIF8|BM)/.test(head) ? damagedHeader() : new PhotoError("not-an-image", "the file is not an image");
}

function unread(kind: string): PhotoError {
  return new PhotoError("unsupported-format", `${kind} files are not read; save it as JPEG or PNG`);
}
