/** Novelty: one minus the mean cosine to the three nearest photos that the model knows. The twin of `kenali/bundle/novelty.py`. */

import { type Matrix, row } from "./matrix";

const NEIGHBOURS = 3;

/** Features of known photos at length one, a photo after the other: `unit` (m * d). */
export interface Prototypes {
  readonly count: number;
  readonly features: number;
  readonly unit: Float32Array;
}

export function neighbours(prototypes: Prototypes): number {
  return Math.min(NEIGHBOURS, prototypes.count);
}

export function lengthOf(features: Float32Array): number {
  return Math.sqrt(features.reduce((sum, value) => sum + value * value, 0));
}

/** Features at length one; zeros stay. */
export function unitLength(features: Float32Array): Float32Array {
  const length = Math.max(lengthOf(features), 1e-12);
  return features.map((value) => value / length);
}

/** Cosines (m,) of one photo's features to all prototypes. */
export function cosines(prototypes: Prototypes, features: Float32Array): Float32Array {
  const { count, features: d, unit } = prototypes;
  const own = unitLength(features);
  const found = new Float32Array(count);
  for (let m = 0; m < count; m++) {
    let sum = 0;
    for (let j = 0, place = m * d; j < d; j++, place++) sum += own[j] * unit[place];
    found[m] = sum;
  }
  return found;
}

/** Novelty from cosines: 0 for a known photo, at most 2. */
export function fromCosines(similar: Float32Array, nearest: number): number {
  const best = Float32Array.from(similar).sort().subarray(similar.length - nearest);
  return 1 - best.reduce((sum, value) => sum + value, 0) / nearest;
}

/** Novelty of some of the photos, `rows`, beside those of other groups, from the products (n, n) of all their features; a photo
 * whose neighbours are all of its own group is as novel as can be. */
export function heldOutNovelty(products: Matrix, groups: Int32Array, rows: Int32Array): Float64Array {
  const n = products.rows;
  const lengths = Float64Array.from(groups, (_, i) => Math.max(Math.sqrt(products.data[i * n + i]), 1e-12));
  return Float64Array.from(rows, (photo) => {
    const own = row(products, photo);
    const similar = Float32Array.from(groups, (group, other) =>
      group === groups[photo] ? -1 : own[other] / (lengths[photo] * lengths[other]),
    );
    return fromCosines(similar, Math.min(NEIGHBOURS, n));
  });
}
