/** From the bytes of an image file to upright RGB. Twin of `decode` in `images.py`. */

import type { Rgb } from "../types";
import { isBmp, readBmp } from "./bmp";
import { bitmapOf, pixelsOf } from "./canvas";
import { draftFactor } from "./draft";
import { unidentified } from "./foreign";
import { isGif, readGif } from "./gif";
import type { Header } from "./header";
import { isJpeg, readJpeg } from "./jpeg";
import { isPng, pngOrientation, readPng } from "./png";
import { decodePng } from "./png-pixels";
import { PhotoError } from "./problem";
import { turns, upright } from "./upright";
import { isWebp, readWebp } from "./webp";

/** Larger images are refused before decoding. */
export const MAX_PIXELS = 89_478_485;

/** Larger files are refused before reading. */
export const MAX_BYTES = 256 * 1024 * 1024;

/** An upright photo; `size` is [width, height] of the full one, even where a smaller draft was decoded. */
export interface DecodedPhoto {
  image: Rgb;
  size: [number, number];
}

/** Decode an image file to upright RGB, transparency over white.
 *
 * With `minSide` a JPEG may come at 1/2, 1/4 or 1/8 of its size, as long as its short side keeps that many pixels. Throws
 * PhotoError with the reason when the file cannot be used.
 */
export async function decode(photo: Blob, minSide: number | null): Promise<DecodedPhoto> {
  if (!photo.size) throw new PhotoError("empty-file", "the file is empty (0 bytes)");
  if (photo.size > MAX_BYTES) {
    throw new PhotoError("too-large", `${grouped(photo.size)} bytes are more than the ${grouped(MAX_BYTES)} that are read`);
  }
  try {
    return await decodeBytes(new Uint8Array(await photo.arrayBuffer()), minSide);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // what browsers throw when an array does not fit
    throw new PhotoError("too-large", "there is not enough memory to decode it");
  }
}

async function decodeBytes(bytes: Uint8Array<ArrayBuffer>, minSide: number | null): Promise<DecodedPhoto> {
  if (isPng(bytes)) {
    const png = readPng(bytes);
    refuse(png.width, png.height, png.frames);
    return turned(await decodePng(png), png.width, png.height, await pngOrientation(png));
  }
  const header = readHeader(bytes);
  if (!header) throw unidentified(bytes);
  refuse(header.width, header.height, header.frames);
  const bitmap = await bitmapOf(header.bare, header.width, header.height);
  try {
    const factor = isJpeg(bytes) ? draftFactor(bitmap.width, bitmap.height, minSide) : 1;
    return turned(pixelsOf(bitmap, factor), bitmap.width, bitmap.height, header.orientation);
  } finally {
    bitmap.close();
  }
}

/** A frame of a video, which has neither a header nor an orientation. The bitmap is closed. */
export function decodeFrame(frame: ImageBitmap): DecodedPhoto {
  try {
    return { image: pixelsOf(frame), size: [frame.width, frame.height] };
  } finally {
    frame.close();
  }
}

/** The header of a file that the browser decodes, null for any other file. */
function readHeader(bytes: Uint8Array<ArrayBuffer>): Header | null {
  if (isJpeg(bytes)) return readJpeg(bytes);
  if (isWebp(bytes)) return readWebp(bytes);
  if (isGif(bytes)) return readGif(bytes);
  return isBmp(bytes) ? readBmp(bytes) : null;
}

function refuse(width: number, height: number, frames: number): void {
  if (width * height > MAX_PIXELS) {
    throw new PhotoError("too-many-pixels", `${width} x ${height} is more than ${grouped(MAX_PIXELS)} pixels`);
  }
  if (frames > 1) {
    throw new PhotoError("animated", `the file holds ${frames} frames or pages; save the one to use as its own file`);
  }
}

function turned(image: Rgb, width: number, height: number, orientation: number): DecodedPhoto {
  return { image: upright(image, orientation), size: turns(orientation) ? [height, width] : [width, height] };
}

function grouped(count: number): string {
  return count.toLocaleString("en");
}
