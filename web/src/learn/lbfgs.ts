/** Minimising a smooth convex function: L-BFGS (D. C. Liu and J. Nocedal, Math. Program. 45 (1989) 503-528). */

/** The function's value at `x`; writes its gradient there into `gradient`. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

const REMEMBERED = 10;
const FALLS = 1e-4; // Wolfe's conditions on a step
const FLATTENS = 0.9;
const MOST_TRIES = 30;

export interface Stopping {
  iterations: number;
  /** Done when no number of the gradient is larger, */
  gradient: number;
  /** or when an iteration gains no more than this share of the value (of 1, for small values). */
  gain: number;
}

/** Moves `x` to the minimum, in place; returns the number of iterations.
 *
 * `inverse` is a guess of the inverse Hessian's diagonal, up to a factor: the better it is, the fewer the iterations. */
export function minimise(objective: Objective, x: Float64Array, inverse: Float64Array, stopping: Stopping): number {
  const n = x.length;
  const gradient = new Float64Array(n);
  const next = new Float64Array(n);
  const nextGradient = new Float64Array(n);
  const steps: Float64Array[] = [];
  const changes: Float64Array[] = [];
  let value = objective(x, gradient);
  for (let iteration = 0; iteration < stopping.iterations; iteration++) {
    if (largest(gradient) <= stopping.gradient) return iteration;
    const direction = downhill(gradient, inverse, steps, changes);
    const slope = inner(direction, gradient);
    const first = steps.length ? 1 : 1 / Math.max(1, Math.sqrt(-slope));
    // Bisection between steps that are too long and too short (weak Wolfe conditions).
    let step = first;
    let short = 0;
    let long = Infinity;
    let found = value;
    for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
      for (let i = 0; i < n; i++) next[i] = x[i] + step * direction[i];
      found = objective(next, nextGradient);
      if (!(found <= value + FALLS * step * slope)) long = step;
      else if (inner(nextGradient, direction) < FLATTENS * slope) short = step;
      else break;
      step = long < Infinity ? (short + long) / 2 : 2 * step;
    }
    if (!(found < value)) return iteration; // as low as numbers go
    const moved = new Float64Array(n);
    const changed = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      moved[i] = next[i] - x[i];
      changed[i] = nextGradient[i] - gradient[i];
    }
    if (inner(moved, changed) > 1e-14 * inner(changed, changed)) {
      steps.push(moved);
      changes.push(changed);
      if (steps.length > REMEMBERED) {
        steps.shift();
        changes.shift();
      }
    }
    x.set(next);
    gradient.set(nextGradient);
    const gain = value - found;
    const size = Math.max(Math.abs(value), Math.abs(found), 1);
    value = found;
    if (gain <= stopping.gain * size) return iteration + 1;
  }
  return stopping.iterations;
}

/** Minus the gradient times the inverse Hessian that the remembered steps suggest. */
function downhill(gradient: Float64Array, inverse: Float64Array, steps: Float64Array[], changes: Float64Array[]): Float64Array {
  const direction = gradient.map((value) => -value);
  const weights: number[] = [];
  for (let j = steps.length - 1; j >= 0; j--) {
    const weight = inner(steps[j], direction) / inner(steps[j], changes[j]);
    weights[j] = weight;
    add(direction, changes[j], -weight);
  }
  const last = steps.length - 1;
  let scale = 1;
  if (last >= 0) {
    let curved = 0;
    for (let i = 0; i < inverse.length; i++) curved += inverse[i] * changes[last][i] * changes[last][i];
    scale = inner(steps[last], changes[last]) / curved;
  }
  for (let i = 0; i < direction.length; i++) direction[i] *= scale * inverse[i];
  for (let j = 0; j < steps.length; j++) {
    const weight = inner(changes[j], direction) / inner(steps[j], changes[j]);
    add(direction, steps[j], weights[j] - weight);
  }
  return direction;
}

function add(target: Float64Array, other: Float64Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i] += factor * other[i];
}

function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function largest(values: Float64Array): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]));
  return most;
}
