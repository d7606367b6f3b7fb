/** Where the evidence for a class lies. Twin of `explain/evidence.py`. */

import { roundHalfEven } from "../pixels/rounding";
import type { Heat, Pixels } from "../types";

/** One output of a network for one photo: numbers in the order of `shape`. */
export interface Output {
  shape: number[];
  data: Float32Array;
}

const CELLS = 8; // cells of an occlusion map along each side
const PATCH = 2; // cells along each side that one patch covers; patches move by one cell

/** Evidence from class activation maps (h', w', k), whose mean plus the head's bias is `logits` (k,).
 *
 * Zhou and others 2016, "Learning deep features for discriminative localization".
 */
export function heatOfMaps(logits: Float32Array, maps: Output, label: number): Heat {
  const [height, width] = maps.shape.slice(-3);
  const k = logits.length;
  const places = height * width;
  const bias = Float64Array.from(logits);
  for (let place = 0; place < places; place++) for (let j = 0; j < k; j++) bias[j] -= maps.data[place * k + j] / places;
  const said = new Float32Array(places);
  for (let place = 0; place < places; place++) {
    let mean = 0;
    for (let j = 0; j < k; j++) mean += (maps.data[place * k + j] + bias[j]) / k;
    said[place] = maps.data[place * k + label] + bias[label] - mean;
  }
  return { height, width, heat: levels(said) };
}

/** Evidence by occlusion: what a photo's logits lose when a patch of its mean colour covers a place.
 *
 * `logitsOf` is asked for the photo first, then for 49 covered copies, some at a time. Zeiler and Fergus 2014,
 * "Visualizing and understanding convolutional networks".
 */
export async function heatOfOcclusion(
  pixels: Pixels,
  label: number,
  logitsOf: (some: Pixels[]) => Promise<Float32Array[]>,
): Promise<Heat> {
  const steps = CELLS - PATCH + 1;
  const rows = edges(pixels.height);
  const columns = edges(pixels.width);
  const ground = meanColour(pixels);
  const [whole] = await logitsOf([pixels]);
  const k = whole.length;
  const total = new Float32Array(CELLS * CELLS * k);
  const patches = new Float32Array(CELLS * CELLS);
  for (let i = 0; i < steps; i++) {
    const copies = Array.from({ length: steps }, (_, j) =>
      covered(pixels, ground, rows[i], rows[i + PATCH], columns[j], columns[j + PATCH]),
    );
    (await logitsOf(copies)).forEach((logits, j) => {
      for (const cell of [0, 1, CELLS, CELLS + 1].map((step) => i * CELLS + j + step)) {
        patches[cell]++;
        for (let c = 0; c < k; c++) total[cell * k + c] += whole[c] - logits[c];
      }
    });
  }
  const said = patches.map((times, cell) => {
    const lost = total.subarray(cell * k, (cell + 1) * k);
    const mean = lost.reduce((sum, value) => sum + value, 0) / k;
    return (lost[label] - mean) / times;
  });
  return { height: CELLS, width: CELLS, heat: levels(said) };
}

/** What speaks for a class, as shares of the place that speaks most: 0..1, all zeros where nothing does. */
function levels(said: Float32Array): Float32Array {
  const most = said.reduce((a, b) => Math.max(a, b), 0);
  return said.map((value) => (most > 0 ? Math.max(0, value) / most : 0));
}

/** Where the cells of a side of some pixels begin, and its end. */
function edges(side: number): number[] {
  return Array.from({ length: CELLS + 1 }, (_, n) => roundHalfEven((n * side) / CELLS));
}

function meanColour({ channels, data }: Pixels): number[] {
  const sums = new Array<number>(channels).fill(0);
  for (let n = 0; n < data.length; n++) sums[n % channels] += data[n];
  return sums.map((sum) => roundHalfEven(sum / (data.length / channels)));
}

function covered(pixels: Pixels, ground: number[], top: number, bottom: number, left: number, right: number): Pixels {
  const copy = pixels.data.slice();
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) copy.set(ground, (y * pixels.width + x) * pixels.channels);
  }
  return { ...pixels, data: copy };
}
