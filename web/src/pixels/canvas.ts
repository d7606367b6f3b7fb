/** The browser's own decoder: from a file's bytes to RGB over white, through small tiles so that no second copy is whole. */

import type { Rgb } from "../types";
import { reduce, type DraftFactor } from "./draft";
import { PhotoError } from "./problem";

const TILE_WIDTH = 2048; // multiples of 8, the largest factor of a draft
const TILE_HEIGHT = 256;

let board: OffscreenCanvasRenderingContext2D | null = null;

/** The bitmap of a file that holds no profile and no orientation. Throws PhotoError where the browser cannot decode it. */
export async function bitmapOf(file: Blob, width: number, height: number): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file, { colorSpaceConversion: "none", premultiplyAlpha: "default" });
  } catch {
    const size = `${width} x ${height}`;
    throw new PhotoError("corrupt", `the image data is damaged, or ${size} pixels are more than this browser can decode`);
  }
}

/** A bitmap's pixels over white; reduced by `factor` as libjpeg's drafts are. The bitmap is not closed. */
export function pixelsOf(bitmap: ImageBitmap, factor: DraftFactor = 1): Rgb {
  const { width, height } = bitmap;
  const [wide, high] = [Math.ceil(width / factor), Math.ceil(height / factor)];
  const data = new Uint8Array(3 * wide * high);
  for (let top = 0; top < height; top += TILE_HEIGHT) {
    for (let left = 0; left < width; left += TILE_WIDTH) {
      const across = Math.min(TILE_WIDTH, width - left);
      const down = Math.min(TILE_HEIGHT, height - top);
      const tile = tileOf(bitmap, left, top, across, down);
      const at = 3 * ((top / factor) * wide + left / factor);
      if (factor === 1) copy(tile, across, down, data, at, wide);
      else reduce(tile, across, down, factor, data, at, wide);
    }
  }
  return { width: wide, height: high, data };
}

/** A tile of RGBA pixels (height, width, 4) written to an RGB photo `wide` pixels wide, at byte `at`. */
function copy(tile: Uint8ClampedArray, width: number, height: number, into: Uint8Array, at: number, wide: number): void {
  for (let y = 0, from = 0; y < height; y++) {
    for (let x = 0, to = at + 3 * y * wide; x < width; x++, from += 4, to += 3) {
      into[to] = tile[from];
      into[to + 1] = tile[from + 1];
      into[to + 2] = tile[from + 2];
    }
  }
}

/** Part of a bitmap as RGBA bytes, laid over white. */
function tileOf(bitmap: ImageBitmap, left: number, top: number, width: number, height: number): Uint8ClampedArray {
  if (!board && "OffscreenCanvas" in globalThis) {
    board = new OffscreenCanvas(TILE_WIDTH, TILE_HEIGHT).getContext("2d", { alpha: false, willReadFrequently: true });
  }
  if (!board) throw new Error("This browser is too old to read the pixels of photos.");
  board.imageSmoothingEnabled = false;
  board.fillStyle = "white";
  board.fillRect(0, 0, width, height);
  board.drawImage(bitmap, left, top, width, height, 0, 0, width, height);
  return board.getImageData(0, 0, width, height).data;
}
