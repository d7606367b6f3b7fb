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
];
const PYTHON_ALONE: [RegExp, string][] = [
  [/^(II\*\0|MM\0\*)/, "TIFF"],
  [/^P[1-6fy]\s/, "PNM"],
];

export function unidentified(bytes: Uint8Array): PhotoError {
  const head = latin(bytes, 0, 64);
  if (head.slice(4, 8) === "ftyp") {
    const brand = head.slice(8, 12);
    return unread(brand.startsWith("avi") ? "AVIF" : /^(hei|mif|msf|hev)/.test(brand) ? "HEIC" : "video");
  }
  const stripped = head.replace(/^[ \t\n\r\x0b\f]+/, "");
  for (const [magic, kind] of FOREIGN) if (stripped.startsWith(magic)) return unread(kind);
  for (const [magic, kind] of PYTHON_ALONE) if (magic.test(head)) return unread(kind, " in the browser");
  if (/^(\xff\xd8|\x89PNG|RIFF|GIF8|BM)/.test(head)) return damagedHeader();
  return new PhotoError("not-an-image", "the file is not an image");
}

function unread(kind: string, where = ""): PhotoError {
  return new PhotoError("unsupported-format", `${kind} files are not read${where}; save it as JPEG or PNG`);
}
