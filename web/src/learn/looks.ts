/** Which of the added photos show all but the same: bursts, frames of one video, one thing photographed twice over. */

import type { Pixels } from "../types";

const SIDE = 16;

/** Photos whose looks correlate this much stay in one fold: a photo and itself a little cropped or turned reach .9 to .98, of
 * pairs of different minerals, tyres or people one in a thousand does. */
const ALIKE = 0.9;

/** A photo's look: 16 x 16 mean brightnesses, less their mean, at length one; zeros for a plain surface. */
export function lookOf({ height, width, channels, data }: Pixels): Float32Array {
  const look = new Float64Array(SIDE * SIDE);
  for (let i = 0; i < SIDE; i++) {
    const [top, bottom] = cell(i, height);
    for (let j = 0; j < SIDE; j++) {
      const [left, right] = cell(j, width);
      let sum = 0;
      for (let y = top; y < bottom; y++) {
        for (let at = (y * width + left) * channels; at < (y * width + right) * channels; at++) sum += data[at];
      }
      look[i * SIDE + j] = sum / ((bottom - top) * (right - left) * channels);
    }
  }
  const mean = look.reduce((sum, value) => sum + value, 0) / look.length;
  const length = Math.sqrt(look.reduce((sum, value) => sum + (value - mean) ** 2, 0));
  return Float32Array.from(look, (value) => (length > 1e-6 ? (value - mean) / length : 0));
}

/** A group for each photo: the known ones', and for the added ones, by their looks, new ones that photos alike share. */
export function grouped(known: Int32Array, looks: Float32Array[]): Int32Array {
  const groups = new Int32Array(known.length + looks.length);
  groups.set(known);
  const own = groups.subarray(known.length);
  const first = known.reduce((most, group) => Math.max(most, group), -1) + 1;
  looks.forEach((look, n) => {
    own[n] = first + n;
    for (let other = 0; other < n; other++) {
      if (own[other] === own[n] || correlation(look, looks[other]) < ALIKE) continue;
      const [from, to] = [own[n], own[other]];
      for (let i = 0; i <= n; i++) if (own[i] === from) own[i] = to;
    }
  });
  return groups;
}

function correlation(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

/** Where one of 16 even parts of a side begins and ends, at least one pixel. */
function cell(part: number, side: number): [number, number] {
  const from = Math.min(Math.floor((part * side) / SIDE), side - 1);
  return [from, Math.max(Math.floor(((part + 1) * side) / SIDE), from + 1)];
}
