/** From logits to an answer: probabilities, why a photo is unknown, which classes cannot be excluded. Twin of `doubt.py`. */

import type { Answer, Limits, PageManifest, Reason } from "../types";

/** softmax(logits / temperature) in double precision, as float32: (k,) to (k,). */
export function softmax(logits: Float32Array, temperature = 1): Float32Array {
  const scaled = Float64Array.from(logits, (value) => value / temperature);
  const largest = scaled.reduce((a, b) => Math.max(a, b), -Infinity);
  const exponent = scaled.map((value) => Math.exp(value - largest));
  const total = exponent.reduce((a, b) => a + b, 0);
  return Float32Array.from(exponent, (value) => value / total);
}

/** The bundle's own limits, or those that turn away the share `reject` of known photos, 0 for none.
 *
 * Throws RangeError for a share that the bundle has no limits for.
 */
export function limitsFor(thresholds: PageManifest["thresholds"], reject: number | null): Limits {
  if (reject === null) return thresholds;
  if (reject === 0) return { novelty: null, ambiguous: null };
  const choice = thresholds.choices.find((one) => Math.abs(one.reject - reject) < 1e-9);
  if (!choice) throw new RangeError(`This model has no limits for a rate of ${100 * reject} %.`);
  return choice;
}

/** Why a photo is unknown, null where it is not; one beyond both limits is novel. Limits count as float32, as in NumPy. */
export function reasonOf(probs: Float32Array, novelty: number | null, limits: Limits): Reason | null {
  if (novelty !== null && limits.novelty !== null && novelty > Math.fround(limits.novelty)) return "novel";
  return limits.ambiguous !== null && Math.max(...probs) < Math.fround(limits.ambiguous) ? "ambiguous" : null;
}

/** Classes whose probability is at least `least`, and always the likeliest; likeliest first, equal ones by their number. */
export function candidates(probs: Float32Array, least: number): number[] {
  const order = Array.from(probs.keys()).sort((a, b) => probs[b] - probs[a] || a - b);
  return order.filter((label, rank) => rank === 0 || probs[label] >= Math.fround(least));
}

/** What logits (k,) and novelty say of a photo by the manifest's temperature, limits and sets. */
export function answerOf(logits: Float32Array, novelty: number | null, manifest: PageManifest, reject: number | null): Answer {
  const probs = softmax(logits, manifest.calibration.temperature);
  return {
    probs,
    novelty,
    reason: reasonOf(probs, novelty, limitsFor(manifest.thresholds, reject)),
    candidates: manifest.sets ? candidates(probs, manifest.sets.least) : [],
  };
}

/** The number of the largest value; the first where several are equal. */
export function likeliest(values: Float32Array): number {
  return values.reduce((best, value, label) => (value > values[best] ? label : best), 0);
}
