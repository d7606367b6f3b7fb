/** The photos that a head is fitted to: those behind the exported prototypes, then those added in the page. */

import { type Matrix, zeros } from "./matrix";

/** The most photos that are held out in turn: more would only take time. */
const MOST_JUDGED = 300;

/** Photos as features (n, d); those of one group are never on both sides of a fold. */
export interface Known {
  features: Matrix;
  labels: Int32Array;
  groups: Int32Array;
}

/** The features of known photos and, after them, of added ones. */
export function stacked(known: Matrix, added: Float32Array[]): Matrix {
  const all = zeros(known.rows + added.length, known.columns);
  all.data.set(known.data);
  added.forEach((features, n) => all.data.set(features, (known.rows + n) * known.columns));
  return all;
}

/** The photos that are held out in turn: all added ones, and of each class an even share of the first `known` ones. */
export function judgedRows(labels: Int32Array, known: number): Int32Array {
  const room = Math.max(MOST_JUDGED - (labels.length - known), MOST_JUDGED / 2);
  const rows = Array.from(labels.keys());
  if (known <= room) return Int32Array.from(rows);
  const sizes = new Map<number, number>();
  for (let i = 0; i < known; i++) sizes.set(labels[i], (sizes.get(labels[i]) ?? 0) + 1);
  const seen = new Map<number, number>();
  const kept = rows.filter((i) => {
    if (i >= known) return true;
    const place = seen.get(labels[i]) ?? 0;
    seen.set(labels[i], place + 1);
    const wanted = Math.max(2, Math.floor((room * sizes.get(labels[i])!) / known));
    const size = sizes.get(labels[i])!;
    return Math.floor(((place + 1) * wanted) / size) > Math.floor((place * wanted) / size) || wanted >= size;
  });
  return Int32Array.from(kept);
}
