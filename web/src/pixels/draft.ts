/** JPEG drafts: Python has libjpeg decode large photos at 1/2, 1/4 or 1/8; browsers decode them whole, so that we reduce.
 *
 * libjpeg leaves out the high frequencies of each 8 x 8 block and transforms the rest back into a smaller block. The same
 * is done here to the decoded block, as one small matrix along each axis; for 1/8 that is the block's mean.
 */

export const BLOCK = 8;

/** By how much Python reduces a JPEG of this size in the file, for a short side of at least `minSide`: 1, 2, 4 or 8. */
export function draftFactor(width: number, height: number, minSide: number | null): 1 | 2 | 4 | 8 {
  if (minSide === null) return 1;
  const scale = Math.min(Math.floor(width / minSide), Math.floor(height / minSide));
  return scale >= 8 ? 8 : scale >= 4 ? 4 : scale >= 2 ? 2 : 1;
}

/** The weights (8 / factor, 8), row by row, that make a smaller block of one side of a block. */
export function blockWeights(factor: number): Float32Array {
  const n = BLOCK / factor;
  return Float32Array.from({ length: n * BLOCK }, (_, at) => {
    const [i, x] = [Math.floor(at / BLOCK), at % BLOCK];
    let weight = 0;
    for (let u = 0; u < n; u++) weight += cosine(n, u, i) * cosine(BLOCK, u, x);
    return weight * Math.sqrt(n / BLOCK);
  });
}

/** Entry (u, x) of the orthonormal cosine transform of length n. */
function cosine(n: number, u: number, x: number): number {
  return Math.sqrt((u ? 2 : 1) / n) * Math.cos(((2 * x + 1) * u * Math.PI) / (2 * n));
}

/** A strip of RGBA pixels (height, width, 4) reduced to RGB at a row of a smaller photo.
 *
 * The strip's height is a multiple of 8 but for the last one's; blocks that reach beyond the photo repeat its last pixels.
 */
export class Reducer {
  private readonly weights: Float32Array;
  private readonly n: number;
  private rows = new Float32Array(0);

  constructor(private readonly factor: number) {
    this.weights = blockWeights(factor);
    this.n = BLOCK / factor;
  }

  reduce(strip: Uint8ClampedArray, width: number, height: number, into: Uint8Array, at: number, wide: number): void {
    const { n, weights, factor } = this;
    const tall = Math.ceil(height / BLOCK) * BLOCK;
    const high = Math.ceil(height / factor);
    const across = Math.ceil(width / factor);
    const line = 3 * across;
    if (this.rows.length < tall * line) this.rows = new Float32Array(tall * line);
    const { rows } = this;
    for (let y = 0; y < tall; y++) {
      const begin = 4 * Math.min(y, height - 1) * width;
      for (let out = 0; out < across; out++) {
        const i = out % n;
        const left = (out - i) * factor;
        let [r, g, b] = [0, 0, 0];
        for (let x = 0; x < BLOCK; x++) {
          const from = begin + 4 * Math.min(left + x, width - 1);
          const weight = weights[i * BLOCK + x];
          r += weight * strip[from];
          g += weight * strip[from + 1];
          b += weight * strip[from + 2];
        }
        rows[y * line + 3 * out] = r;
        rows[y * line + 3 * out + 1] = g;
        rows[y * line + 3 * out + 2] = b;
      }
    }
    for (let out = 0; out < high; out++) {
      const i = out % n;
      const top = (out - i) * factor;
      for (let c = 0; c < line; c++) {
        let sum = 0.5;
        for (let y = 0; y < BLOCK; y++) sum += weights[i * BLOCK + y] * rows[(top + y) * line + c];
        into[at + 3 * out * wide + c] = sum < 0 ? 0 : sum > 255 ? 255 : sum;
      }
    }
  }
}
