/** The photos that a head is fitted to: those behind the exported prototypes, then those added in the page. */

import { type Matrix, zeros } from "./matrix";

/** Photos that are this similar (the cosine of their features) are taken for views of one thing and stay in one fold. */
const ALIKE = 0.97;

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

/** A group for each photo: the known ones', and for each added photo that of a photo which it all but repeats, or a new one.
 *
 * `products` (n, n) are those of all features, the known photos first. */
export function grouped(products: Matrix, known: Int32Array): Int32Array {
  const n = products.rows;
  const at = (i: number, j: number) => products.data[i * n + j];
  const groups = new Int32Array(n);
  groups.set(known);
  let fresh = known.reduce((most, group) => Math.max(most, group), -1) + 1;
  for (let i = known.length; i < n; i++) {
    groups[i] = fresh++;
    for (let j = 0; j < i; j++) {
      if (groups[i] === groups[j] || at(i, j) < ALIKE * Math.sqrt(at(i, i) * at(j, j))) continue;
      const [from, to] = [groups[i], groups[j]];
      for (let other = 0; other <= i; other++) if (groups[other] === from) groups[other] = to;
    }
  }
  return groups;
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
