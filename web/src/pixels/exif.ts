/** Which way up a photo is: the EXIF tag Orientation (1 to 8), or what XMP says where EXIF says nothing. */

const ORIENTATION = 0x0112;
const SHORT = 3;
const LONG = 4;

/** The orientation that a TIFF block states, with or without the prefix `Exif\0\0`; null where it states none. */
export function exifOrientation(block: Uint8Array): number | null {
  while (latin(block, 0, 6) === "Exif\0\0") block = block.subarray(6);
  const order = latin(block, 0, 4);
  if (order !== "II*\0" && order !== "MM\0*") return null;
  const little = order[0] === "I";
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  try {
    const directory = view.getUint32(4, little);
    const entries = view.getUint16(directory, little);
    for (let n = 0; n < entries; n++) {
      const at = directory + 2 + 12 * n;
      if (view.getUint16(at, little) !== ORIENTATION || view.getUint32(at + 4, little) !== 1) continue;
      const type = view.getUint16(at + 2, little);
      if (type === SHORT) return view.getUint16(at + 8, little);
      if (type === LONG) return view.getUint32(at + 8, little);
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // the directory reaches beyond the block
  }
  return null;
}

/** The orientation in an XMP document, null where it states none. */
export function xmpOrientation(xmp: Uint8Array): number | null {
  const found = /tiff:Orientation(?:="|>)([0-9])/.exec(new TextDecoder("latin1").decode(xmp));
  return found ? Number(found[1]) : null;
}

/** What the letters at a place of a file are. */
export function latin(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end));
}
