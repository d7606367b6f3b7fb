/** Turning a photo upright by its EXIF orientation. */

import type { Rgb } from "../types";

/** Whether an orientation exchanges width and height. */
export function turns(orientation: number): boolean {
  return orientation >= 5 && orientation <= 8;
}

/** The photo as it is meant to be seen; orientations other than 2 to 8 change nothing. */
export function upright(image: Rgb, orientation: number): Rgb {
  if (!(orientation >= 2 && orientation <= 8)) return image;
  const { width, height, data } = image;
  const [wide, high] = turns(orientation) ? [height, width] : [width, height];
  const turned = new Uint8Array(data.length);
  // Where the pixel (0, 0) goes to, and how far a step right or down in the file moves: in pixels of the upright photo.
  const right = { 2: -1, 3: -1, 4: 1, 5: wide, 6: wide, 7: -wide, 8: -wide }[orientation]!;
  const down = { 2: wide, 3: -wide, 4: -wide, 5: 1, 6: -1, 7: -1, 8: 1 }[orientation]!;
  const start = Math.min(0, right * (width - 1)) + Math.min(0, down * (height - 1));
  for (let y = 0, from = 0; y < height; y++) {
    for (let x = 0, to = 3 * (y * down - start); x < width; x++, from += 3, to += 3 * right) {
      turned[to] = data[from];
      turned[to + 1] = data[from + 1];
      turned[to + 2] = data[from + 2];
    }
  }
  return { width: wide, height: high, data: turned };
}
