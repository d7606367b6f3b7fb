/** How answers are to be read: temperature, limits and sets from held-out photos. The twins of `kenali/evaluation`'s
 * `calibration`, `rejection`, `conformal` and `trust`, with the same numbers. */

import type { PageManifest } from "../types";

/** Held-out photos below which nothing is fitted. */
export const FEWEST = 20;

const [COLDEST, HOTTEST] = [0.05, 20];
const HALVINGS = 40;
const RATES = [0.01, 0.02, 0.05, 0.1, 0.2];
const SURE_ENOUGH = 0.95;

/** What was fitted, in the manifest's own words. */
export type Reading = Pick<PageManifest, "calibration" | "thresholds" | "sets">;

export function softmax(logits: ArrayLike<number>, heat = 1): Float64Array {
  const probs = Float64Array.from(logits, (value) => value / heat);
  const most = probs.reduce((a, b) => Math.max(a, b));
  let sum = 0;
  for (let i = 0; i < probs.length; i++) {
    probs[i] = Math.exp(probs[i] - most);
    sum += probs[i];
  }
  for (let i = 0; i < probs.length; i++) probs[i] /= sum;
  return probs;
}

/** What to divide logits by for the least log-loss (Guo and others 2017); the truth counts as (n + 1) / (n + 2) sure. */
export function temperature(logits: ArrayLike<number>[], labels: ArrayLike<number>): number {
  const n = logits.length;
  const k = n ? logits[0].length : 0;
  const sure = (n + 1) / (n + 2);
  const rest = (1 - sure) / Math.max(k - 1, 1);
  let wanted = 0;
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < k; c++) wanted += logits[i][c] * (c === labels[i] ? sure : rest);
  }
  let [low, high] = [Math.log(COLDEST), Math.log(HOTTEST)];
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = (low + high) / 2;
    let found = 0;
    for (let i = 0; i < n; i++) {
      const probs = softmax(logits[i], Math.exp(middle));
      for (let c = 0; c < k; c++) found += probs[c] * logits[i][c];
    }
    if (found > wanted) low = middle; // too cold
    else high = middle;
  }
  return Math.exp(high);
}

/** The quantile by rank / (n + 1), as NumPy's method "weibull". */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  const place = Math.min(Math.max(share * (sorted.length + 1) - 1, 0), sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

/** The probability from which a class belongs to a set that is to hold the truth with `coverage`; `own` are the calibrated
 * probabilities of held-out photos' true classes. */
export function leastProbability(own: ArrayLike<number>, coverage: number): number {
  const sorted = Float64Array.from(own).sort();
  const leftOut = Math.floor((1 - coverage) * (sorted.length + 1) + 1e-9);
  return leftOut ? sorted[leftOut - 1] : 0;
}

/** Temperature, limits and sets for the rates that the manifest has; none where too few photos were held out.
 *
 * `logits`, `heat` and `heldOutNovelty` are of held-out photos with these labels; `temperature` is the model's. */
export function fitReading(
  heldOut: { logits: Float64Array[]; heat: Float64Array; novelty: Float64Array; temperature: number } | null,
  labels: Int32Array,
  manifest: Pick<PageManifest, "thresholds" | "sets">,
): Reading {
  const nothing = { novelty: null, ambiguous: null };
  if (!heldOut || labels.length < FEWEST) {
    return {
      calibration: { method: "none", temperature: 1 },
      thresholds: { ...nothing, reject: null, held_out: 0, choices: [] },
      sets: null,
    };
  }
  const probs = heldOut.logits.map((own, i) => softmax(own, heldOut.heat[i]));
  const confidence = probs.map((own) => Math.max(...own));
  const limits = (rate: number) =>
    rate > 0
      ? { novelty: quantile(heldOut.novelty, 1 - rate), ambiguous: Math.min(SURE_ENOUGH, quantile(confidence, rate)) }
      : nothing;
  const reject = manifest.thresholds.reject ?? 0.05;
  const rates = [...new Set([...RATES, reject])].filter((rate) => rate > 0).sort((a, b) => a - b);
  const coverage = manifest.sets?.coverage;
  return {
    calibration: { method: "temperature", temperature: heldOut.temperature },
    thresholds: {
      ...limits(reject),
      reject,
      held_out: labels.length,
      choices: rates.map((rate) => ({ reject: rate, ...limits(rate) })),
    },
    sets: coverage
      ? { coverage, least: leastProbability(probs.map((own, i) => own[labels[i]]), coverage) }
      : null,
  };
}
