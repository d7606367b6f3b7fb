/** Multinomial logistic regression with a ridge: the twin of `kenali/training/head.py`. */

import { minimise } from "./lbfgs";
import type { Cholesky, Matrix } from "./matrix";
import { addFour, centred, dot, fourDots, gram, pivotedCholesky, row, solveTransposed, zeros } from "./matrix";

/** Rows to fit to: `features` (n, d), `labels` (n,) below `classes`, a weight each. */
export interface Examples {
  features: Matrix;
  labels: Int32Array;
  weights: Float64Array;
  classes: number;
}

/** logits[c] = weight (d, k) column c . features + bias[c]; `weight` lies row by row. */
export interface Linear {
  features: number;
  classes: number;
  weight: Float32Array;
  bias: Float32Array;
}

const ABREAST = 4; // rows that `fourDots` and `addFour` take at once
const STOPPING = { iterations: 300, gradient: 1e-5, gain: 1e-9 };

/** A weight for each row that gives every class present the same total; their mean is one. */
export function classWeights(labels: Int32Array, classes: number): Float64Array {
  const counts = new Float64Array(classes);
  for (const label of labels) counts[label]++;
  const present = counts.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0);
  return Float64Array.from(labels, (label) => labels.length / (present * counts[label]));
}

/** Features centred, scaled by one number, and turned into coordinates of what the rows span: `rows` (n, r).
 *
 * The penalised optimum lies in that span, so the reduction is exact. The coordinates are a Cholesky factor of the rows' Gram
 * matrix, which is cheaper than the eigenvectors that the Python has from LAPACK and spans the same. */
export class Rotation {
  readonly rows: Matrix;
  private readonly mean: Float64Array;
  private readonly scale: number;
  private readonly cholesky: Cholesky | null = null;

  /** `products` are those of the centred rows, where they are known. */
  constructor(
    private readonly features: Matrix,
    products?: Matrix,
  ) {
    const { rows: n, columns: d, data } = features;
    this.mean = new Float64Array(d);
    for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) this.mean[j] += data[i * d + j] / n;
    let squares = 0;
    for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) squares += (data[i * d + j] - this.mean[j]) ** 2;
    this.scale = Math.sqrt(squares / (n * d)) || 1;
    if (n < d) {
      this.cholesky = pivotedCholesky(products ?? centred(gram(features)));
      this.rows = this.cholesky.factor;
      for (let i = 0; i < this.rows.data.length; i++) this.rows.data[i] /= this.scale;
    } else {
      this.rows = zeros(n, d);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < d; j++) this.rows.data[i * d + j] = (data[i * d + j] - this.mean[j]) / this.scale;
      }
    }
  }

  /** The linear map on the features themselves, from parameters (k, r + 1) on the rotated rows. */
  undo(parameters: Matrix): Linear {
    const k = parameters.rows;
    const d = this.mean.length;
    const weight = this.cholesky ? this.spread(this.cholesky, parameters) : transposed(parameters, d);
    const bias = new Float32Array(k);
    for (let c = 0; c < k; c++) {
      let shift = 0;
      for (let j = 0; j < d; j++) {
        weight.data[j * k + c] /= this.scale;
        shift += weight.data[j * k + c] * this.mean[j];
      }
      bias[c] = row(parameters, c)[parameters.columns - 1] - shift;
    }
    return { features: d, classes: k, weight: Float32Array.from(weight.data), bias };
  }

  /** (d, k): the pivots' rows, centred and scaled, weighted so that they give what the parameters ask for. */
  private spread(cholesky: Cholesky, parameters: Matrix): Matrix {
    const r = cholesky.pivots.length;
    const [k, d] = [parameters.rows, this.mean.length];
    const shares = solveTransposed(cholesky, transposed(parameters, r));
    const weight = zeros(d, k);
    for (let p = 0; p < r; p++) {
      const from = row(this.features, cholesky.pivots[p]);
      for (let j = 0; j < d; j++) {
        const value = (from[j] - this.mean[j]) / this.scale;
        for (let c = 0; c < k; c++) weight.data[j * k + c] += value * shares.data[p * k + c];
      }
    }
    return weight;
  }
}

/** The first `rows` columns of a matrix as rows. */
function transposed(matrix: Matrix, rows: number): Matrix {
  const turned = zeros(rows, matrix.rows);
  for (let i = 0; i < matrix.rows; i++) {
    for (let j = 0; j < rows; j++) turned.data[j * matrix.rows + i] = matrix.data[i * matrix.columns + j];
  }
  return turned;
}

/** Parameters (k, r + 1), the last column the unpenalised bias, with the least weighted log-loss over the rows called `inside`
 * plus |weight|^2 / (2 * strength * number of them); `start` is a guess. */
export function fit(examples: Examples, inside: Int32Array, strength: number, start?: Matrix): Matrix {
  const { features, labels, weights, classes: k } = examples;
  const { columns: r, data } = features;
  const width = r + 1;
  const parameters = zeros(k, width);
  if (start) parameters.data.set(start.data);
  const penalty = 1 / (strength * inside.length);
  let total = 0;
  for (const index of inside) total += weights[index];
  const order = byLength(features, inside);
  const errors = new Float64Array(ABREAST * k); // of some rows: logits, then what probabilities are off by
  const objective = (flat: Float64Array, gradient: Float64Array): number => {
    gradient.fill(0);
    let loss = 0;
    for (let first = 0; first < order.rows.length; first += ABREAST) {
      const count = order.lengths[Math.min(first + ABREAST, order.rows.length) - 1];
      const from = Array.from({ length: ABREAST }, (_, lane) => order.rows[Math.min(first + lane, order.rows.length - 1)] * r);
      for (let c = 0; c < k; c++) fourDots(data, from, flat, c * width, count, errors, c * ABREAST, flat[c * width + r]);
      for (let lane = 0; lane < ABREAST; lane++) {
        if (first + lane >= order.rows.length) {
          for (let c = 0; c < k; c++) errors[c * ABREAST + lane] = 0;
          continue;
        }
        const index = order.rows[first + lane];
        loss += toErrors(errors, lane, k, labels[index], weights[index] / total);
      }
      for (let c = 0; c < k; c++) {
        addFour(gradient, c * width, data, from, count, errors, c * ABREAST);
        for (let lane = 0; lane < ABREAST; lane++) gradient[c * width + r] += errors[c * ABREAST + lane];
      }
    }
    let squares = 0;
    for (let c = 0; c < k; c++) {
      for (let j = c * width; j < c * width + r; j++) {
        squares += flat[j] * flat[j];
        gradient[j] += penalty * flat[j];
      }
    }
    return loss + 0.5 * penalty * squares;
  };
  minimise(objective, parameters.data, curvature(examples, inside, total, penalty), STOPPING);
  return parameters;
}

/** A guess of the inverse Hessian's diagonal: that of a model which holds every class for equally likely. */
function curvature({ features, weights, classes: k }: Examples, inside: Int32Array, total: number, penalty: number): Float64Array {
  const { columns: r, data } = features;
  const squares = new Float64Array(r + 1);
  for (const index of inside) {
    const share = weights[index] / total;
    for (let j = 0; j < r; j++) squares[j] += share * data[index * r + j] ** 2;
    squares[r] += share;
  }
  const doubt = (k - 1) / (k * k);
  const inverse = new Float64Array(k * (r + 1));
  for (let c = 0; c < k; c++) {
    for (let j = 0; j <= r; j++) inverse[c * (r + 1) + j] = 1 / (doubt * squares[j] + (j < r ? penalty : 0));
  }
  return inverse;
}

/** Logits (k,) of one rotated row. */
export function logitsOf(parameters: Matrix, rotated: Float64Array): Float64Array {
  const r = rotated.length;
  const logits = new Float64Array(parameters.rows);
  for (let c = 0; c < logits.length; c++) {
    logits[c] = dot(rotated, 0, parameters.data, c * (r + 1), r) + parameters.data[c * (r + 1) + r];
  }
  return logits;
}

/** Turns a row's logits, one in each four numbers, into its share of the gradient; returns its share of the loss. */
function toErrors(errors: Float64Array, lane: number, k: number, label: number, share: number): number {
  let most = -Infinity;
  for (let c = 0; c < k; c++) most = Math.max(most, errors[c * ABREAST + lane]);
  const own = errors[label * ABREAST + lane] - most;
  let sum = 0;
  for (let c = 0; c < k; c++) {
    const power = Math.exp(errors[c * ABREAST + lane] - most);
    errors[c * ABREAST + lane] = power;
    sum += power;
  }
  for (let c = 0; c < k; c++) errors[c * ABREAST + lane] = (errors[c * ABREAST + lane] / sum - (c === label ? 1 : 0)) * share;
  return share * (Math.log(sum) - own);
}

/** Rows in the order of how many numbers each has before its zeros, and these: a Cholesky factor's rows are half empty. */
function byLength(matrix: Matrix, rows: Int32Array): { rows: Int32Array; lengths: Int32Array } {
  const length = (index: number) => {
    let end = matrix.columns;
    while (end > 0 && matrix.data[index * matrix.columns + end - 1] === 0) end--;
    return end;
  };
  const found = Array.from(rows, (index) => ({ index, length: length(index) })).sort((a, b) => a.length - b.length);
  return { rows: Int32Array.from(found, (one) => one.index), lengths: Int32Array.from(found, (one) => one.length) };
}
