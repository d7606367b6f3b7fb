/** Dividing photos for cross-validation: stratified by class, groups whole. After `assign` of `kenali/photos/split.py`. */

/** A fold 0..folds-1 for each photo, always the same for the same photos.
 *
 * Groups are taken largest first, ties in a shuffled order, and each goes where its classes are furthest short of their even
 * share; a fold that has none of a class yet comes first, so that each class is spread as widely as it can be. */
export function divide(groups: Int32Array, labels: Int32Array, folds: number): Int32Array {
  const members = new Map<number, number[]>();
  groups.forEach((group, photo) => {
    const known = members.get(group);
    if (known) known.push(photo);
    else members.set(group, [photo]);
  });
  const ranked = [...members].sort(([a, own], [b, other]) => other.length - own.length || shuffled(a) - shuffled(b) || a - b);
  const classes = labels.reduce((most, label) => Math.max(most, label), -1) + 1;
  const sizes = new Float64Array(classes);
  for (const label of labels) sizes[label]++;
  const got = Array.from({ length: folds }, () => new Float64Array(classes));
  const fold = new Int32Array(labels.length);
  for (const [, photos] of ranked) {
    let best = 0;
    let most = -Infinity;
    for (let candidate = 0; candidate < folds; candidate++) {
      let need = 0;
      for (const photo of photos) {
        const label = labels[photo];
        const has = got[candidate][label];
        need += has > 0 ? (sizes[label] / folds - has) / sizes[label] : folds - candidate + 1;
      }
      if (need > most) [best, most] = [candidate, need];
    }
    for (const photo of photos) {
      fold[photo] = best;
      got[best][labels[photo]]++;
    }
  }
  return fold;
}

/** A number that tells nothing of the order of its arguments (a mixer of 32 bits, after G. Steele and others 2014). */
function shuffled(value: number): number {
  let mixed = (value + 0x9e3779b9) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

/** The same, but -1 for photos of classes that are one group: without it nothing of them would be left to learn. */
export function divideWhatCan(groups: Int32Array, labels: Int32Array, folds: number): Int32Array {
  const first = new Map<number, number>(); // of each class, its first group
  const several = new Set<number>();
  labels.forEach((label, photo) => {
    if ((first.get(label) ?? groups[photo]) !== groups[photo]) several.add(label);
    else first.set(label, groups[photo]);
  });
  return divide(groups, labels, folds).map((fold, photo) => (several.has(labels[photo]) ? fold : -1));
}
