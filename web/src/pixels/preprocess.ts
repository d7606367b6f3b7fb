/** From an upright photo to the pixels a network sees. Twin of `preprocess` in `images.py`, byte for byte. */

import type { Pixels, Preprocessing, Rgb } from "../types";
import { resize, type Box, type Raster } from "./resize";
import { roundHalfEven } from "./rounding";

const LETTERBOX_GREY = 114;

/** The pixels a network sees: (height, width, channels), RGB or grey, 0..255. */
export function preprocess(photo: Rgb, preprocessing: Preprocessing): Pixels {
  const [height, width] = preprocessing.image_size;
  const image = preprocessing.channels === 1 ? grey(photo) : { ...photo, channels: 3 };
  const { data } =
    preprocessing.resize === "squash"
      ? resize(image, width, height, preprocessing.interpolation)
      : preprocessing.resize === "letterbox"
        ? letterbox(image, width, height, preprocessing.interpolation)
        : resize(image, width, height, preprocessing.interpolation, seenWindow([photo.width, photo.height], preprocessing));
  return { height, width, channels: preprocessing.channels, data };
}

/** The least short side of a draft: at least twice the pixels that `preprocessing` resizes to, and 512 at least. */
export function draftSide(preprocessing: Preprocessing): number {
  return Math.max(512, 2 * Math.max(...scaledSize(preprocessing)));
}

/** What the network sees of a photo of `size` [width, height]: [left, top, right, bottom] in the photo's pixels.
 *
 * A letterbox reaches beyond the photo by its grey margins.
 */
export function seenWindow([width, height]: [number, number], preprocessing: Preprocessing): Box {
  const [targetHeight, targetWidth] = preprocessing.image_size;
  if (preprocessing.resize === "squash") return [0, 0, width, height];
  let left: number;
  let top: number;
  if (preprocessing.resize === "letterbox") {
    const scale = Math.max(width / targetWidth, height / targetHeight);
    [left, top] = [(width - targetWidth * scale) / 2, (height - targetHeight * scale) / 2];
  } else {
    const [fullHeight, fullWidth] = scaledSize(preprocessing);
    const scale = Math.min(width / fullWidth, height / fullHeight);
    [left, top] = [Math.max(0, (width - targetWidth * scale) / 2), Math.max(0, (height - targetHeight * scale) / 2)];
  }
  return [left, top, width - left, height - top];
}

/** [height, width] that a photo must cover before the centre is cut. */
function scaledSize({ image_size: [height, width], resize, crop_pct }: Preprocessing): [number, number] {
  return resize === "crop" ? [roundHalfEven(height / crop_pct), roundHalfEven(width / crop_pct)] : [height, width];
}

/** Pillow's luma: 19595 R + 38470 G + 7471 B in 1/65536, rounded. */
function grey({ width, height, data }: Rgb): Raster {
  const luma = new Uint8Array(width * height);
  for (let n = 0, at = 0; n < luma.length; n++, at += 3) {
    luma[n] = (data[at] * 19595 + data[at + 1] * 38470 + data[at + 2] * 7471 + 0x8000) >> 16;
  }
  return { width, height, channels: 1, data: luma };
}

function letterbox(image: Raster, width: number, height: number, interpolation: Preprocessing["interpolation"]): Raster {
  const { channels } = image;
  const scale = Math.min(width / image.width, height / image.height);
  const inner = resize(
    image,
    Math.max(1, roundHalfEven(image.width * scale)),
    Math.max(1, roundHalfEven(image.height * scale)),
    interpolation,
  );
  const data = new Uint8Array(width * height * channels).fill(LETTERBOX_GREY);
  const left = Math.floor((width - inner.width) / 2);
  const top = Math.floor((height - inner.height) / 2);
  const line = inner.width * channels;
  for (let y = 0; y < inner.height; y++) {
    data.set(inner.data.subarray(y * line, (y + 1) * line), ((top + y) * width + left) * channels);
  }
  return { width, height, channels, data };
}
