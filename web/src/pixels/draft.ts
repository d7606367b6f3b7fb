/** JPEG drafts: Python has libjpeg decode large photos at 1/2, 1/4 or 1/8; browsers decode them whole, so that we reduce.
 *
 * libjpeg-turbo's smaller transforms give the means of neighbouring pixels (`jidctred.c`), so a box filter is all it takes;
 * only rounding and the colours' own, coarser grid remain.
 */

export type DraftFactor = 1 | 2 | 4 | 8;

/** By how much Python reduces a JPEG of this size in the file, for a short side of at least `minSide`. */
export function draftFactor(width: number, height: number, minSide: number | null): DraftFactor {
  if (minSide === null) return 1;
  const scale = Math.min(Math.floor(width / minSide), Math.floor(height / minSide));
  return scale >= 8 ? 8 : scale >= 4 ? 4 : scale >= 2 ? 2 : 1;
}

/** A tile of RGBA pixels (height, width, 4) as means of `factor` x `factor` pixels, written to a photo at byte `at`.
 *
 * The photo is RGB and `wide` pixels wide. Squares that reach beyond the tile take the mean of what there is.
 */
export function reduce(
  tile: Uint8ClampedArray,
  width: number,
  height: number,
  factor: DraftFactor,
  into: Uint8Array,
  at: number,
  wide: number,
): void {
  const across = Math.ceil(width / factor);
  const sums = new Uint32Array(3 * across);
  for (let top = 0; top < height; top += factor, at += 3 * wide) {
    const rows = Math.min(factor, height - top);
    sums.fill(0);
    for (let y = top; y < top + rows; y++) {
      for (let begin = 0, from = 4 * y * width, to = 0; begin < width; begin += factor, to += 3) {
        let [red, green, blue] = [0, 0, 0];
        for (const end = from + 4 * Math.min(factor, width - begin); from < end; from += 4) {
          red += tile[from];
          green += tile[from + 1];
          blue += tile[from + 2];
        }
        sums[to] += red;
        sums[to + 1] += green;
        sums[to + 2] += blue;
      }
    }
    for (let x = 0, n = 0; x < across; x++) {
      const count = rows * Math.min(factor, width - x * factor);
      for (let c = 0; c < 3; c++, n++) into[at + n] = Math.floor(sums[n] / count + 0.5);
    }
  }
}
