/** Choosing the head's strength on held-out folds: the twin of `cross_validate` in `kenali/training/head.py`. */

import type { Matrix } from "./matrix";
import { row } from "./matrix";
import { type Examples, fit, logitsOf } from "./regression";
import { softmax, temperature } from "./trust";

export const STRENGTHS = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1];

/** How the photos called `rows` fared while each fold was held out.
 *
 * `losses` are mean log-losses, one a strength that was tried; `logits` are those of each of `rows`, where the strength for a
 * fold was chosen by the other folds, and so was `heat`, the temperature for them; `temperature` is the one for the best. */
export interface Validation {
  rows: Int32Array;
  losses: number[];
  best: number;
  logits: Float64Array[];
  heat: Float64Array;
  temperature: number;
}

/** Fit every strength, from the strongest pull to zero to the weakest, without each fold in turn; `told` hears of each fit.
 *
 * Photos of the fold -1 are always learned from, and never judged. Once the loss rises it does not fall again, so the weakest
 * strengths, whose fits are the slowest, are tried no more. */
export function crossValidate(
  examples: Examples,
  fold: Int32Array,
  strengths: readonly number[] = STRENGTHS,
  told: (done: number, total: number) => void = () => {},
): Validation {
  const { labels } = examples;
  const n = labels.length;
  const folds = Math.max(...fold) + 1;
  const rows = rowsWhere(fold, (one) => one >= 0);
  const parts = Array.from({ length: folds }, (_, one) => ({
    inside: rowsWhere(fold, (other) => other !== one),
    held: rowsWhere(fold, (other) => other === one),
    parameters: undefined as Matrix | undefined,
  }));
  const logits: Float64Array[][] = []; // of each strength, of each photo
  const losses: Float64Array[] = [];
  for (const strength of strengths) {
    const answers = new Array<Float64Array>(n);
    for (const part of parts) {
      part.parameters = fit(examples, part.inside, strength, part.parameters);
      for (const photo of part.held) answers[photo] = logitsOf(part.parameters, row(examples.features, photo));
      told(logits.length * folds + parts.indexOf(part) + 1, strengths.length * folds);
    }
    logits.push(answers);
    const lost = new Float64Array(n);
    for (const photo of rows) lost[photo] = -Math.log(Math.max(softmax(answers[photo])[labels[photo]], 1e-12));
    losses.push(lost);
    if (losses.length > 1 && mean(losses[losses.length - 1], rows) > mean(losses[losses.length - 2], rows)) break;
  }
  const chosen = new Array<Float64Array>(n);
  const heat = new Float64Array(n);
  for (const { inside, held } of parts) {
    const others = inside.filter((photo) => fold[photo] >= 0);
    const here = lowest(losses.map((own) => mean(own, others)));
    const warmth = temperature(pick(logits[here], others), pick(labels, others));
    for (const photo of held) {
      chosen[photo] = logits[here][photo];
      heat[photo] = warmth;
    }
  }
  const means = losses.map((own) => mean(own, rows));
  const best = lowest(means);
  return {
    rows,
    losses: means,
    best: strengths[best],
    logits: pick(chosen, rows),
    heat: Float64Array.from(rows, (photo) => heat[photo]),
    temperature: temperature(pick(logits[best], rows), pick(labels, rows)),
  };
}

function rowsWhere(fold: Int32Array, matches: (fold: number) => boolean): Int32Array {
  const rows: number[] = [];
  fold.forEach((one, photo) => {
    if (matches(one)) rows.push(photo);
  });
  return Int32Array.from(rows);
}

function pick<T>(values: ArrayLike<T>, rows: Int32Array): T[] {
  return Array.from(rows, (index) => values[index]);
}

function mean(values: Float64Array, rows: Int32Array): number {
  return rows.reduce((sum, index) => sum + values[index], 0) / rows.length;
}

function lowest(values: number[]): number {
  return values.indexOf(Math.min(...values));
}
