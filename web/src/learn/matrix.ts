/** The little linear algebra that fitting a head needs: float64, row by row. */

/** `rows` x `columns` numbers, row by row. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

export function zeros(rows: number, columns: number): Matrix {
  return { rows, columns, data: new Float64Array(rows * columns) };
}

export function row(matrix: Matrix, index: number): Float64Array {
  return matrix.data.subarray(index * matrix.columns, (index + 1) * matrix.columns);
}

/** The rows called `indices`, in that order. */
export function take(matrix: Matrix, indices: ArrayLike<number>): Matrix {
  const taken = zeros(indices.length, matrix.columns);
  for (let i = 0; i < indices.length; i++) taken.data.set(row(matrix, indices[i]), i * matrix.columns);
  return taken;
}

/** The sum of products of `count` numbers. Four sums side by side keep the processor busy. */
export function dot(a: Float64Array, fromA: number, b: Float64Array, fromB: number, count: number): number {
  let first = 0;
  let second = 0;
  let third = 0;
  let fourth = 0;
  let i = 0;
  for (; i + 3 < count; i += 4) {
    first += a[fromA + i] * b[fromB + i];
    second += a[fromA + i + 1] * b[fromB + i + 1];
    third += a[fromA + i + 2] * b[fromB + i + 2];
    fourth += a[fromA + i + 3] * b[fromB + i + 3];
  }
  for (; i < count; i++) first += a[fromA + i] * b[fromB + i];
  return first + second + (third + fourth);
}

/** The products of four rows, which begin at `from`, with `count` numbers of `b`, each plus `start`, into out[to..to+3].
 *
 * Four at once, for a number of `b` is then read once for them all. */
export function fourDots(
  a: Float64Array,
  from: number[],
  b: Float64Array,
  fromB: number,
  count: number,
  out: Float64Array,
  to: number,
  start: number,
): void {
  const [a0, a1, a2, a3] = from;
  let first = start;
  let second = start;
  let third = start;
  let fourth = start;
  for (let i = 0; i < count; i++) {
    const factor = b[fromB + i];
    first += a[a0 + i] * factor;
    second += a[a1 + i] * factor;
    third += a[a2 + i] * factor;
    fourth += a[a3 + i] * factor;
  }
  out[to] = first;
  out[to + 1] = second;
  out[to + 2] = third;
  out[to + 3] = fourth;
}

/** Adds four rows, which begin at `from`, times factors[at..at+3], to `count` numbers of `target`. */
export function addFour(
  target: Float64Array,
  to: number,
  a: Float64Array,
  from: number[],
  count: number,
  factors: Float64Array,
  at: number,
): void {
  const [a0, a1, a2, a3] = from;
  const first = factors[at];
  const second = factors[at + 1];
  const third = factors[at + 2];
  const fourth = factors[at + 3];
  for (let i = 0; i < count; i++) {
    target[to + i] += first * a[a0 + i] + second * a[a1 + i] + third * a[a2 + i] + fourth * a[a3 + i];
  }
}

/** All products of rows, (n, n); `first` are those of the first rows, where they are known. */
export function gram(matrix: Matrix, first?: Matrix): Matrix {
  const { rows: n, columns: d, data } = matrix;
  const products = zeros(n, n);
  const known = first?.rows ?? 0;
  for (let i = 0; i < known; i++) products.data.set(row(first!, i), i * n);
  const four = new Float64Array(4);
  for (let i = known; i < n; i++) {
    for (let j = 0; j <= i; j += 4) {
      const from = [0, 1, 2, 3].map((lane) => Math.min(j + lane, i) * d);
      fourDots(data, from, data, i * d, d, four, 0, 0);
      for (let lane = 0; lane < 4 && j + lane <= i; lane++) {
        products.data[i * n + j + lane] = four[lane];
        products.data[(j + lane) * n + i] = four[lane];
      }
    }
  }
  return products;
}

/** The products of rows less their mean, from the products (n, n) of the rows. */
export function centred(products: Matrix): Matrix {
  const n = products.rows;
  const means = Float64Array.from({ length: n }, (_, i) => row(products, i).reduce((sum, value) => sum + value, 0) / n);
  const mean = means.reduce((sum, value) => sum + value, 0) / n;
  const found = zeros(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) found.data[i * n + j] = products.data[i * n + j] - means[i] - means[j] + mean;
  }
  return found;
}

/** A factor of a Gram matrix G = F F', by rows in their own order: `factor` (n, r), of which row `pivots[j]` is zero beyond
 * its j + 1 first numbers. */
export interface Cholesky {
  readonly factor: Matrix;
  readonly pivots: number[];
}

/** The pivoted Cholesky factor of a positive semidefinite matrix (n, n), which is overwritten nowhere; it ends where what is
 * left is below `tolerance` of the largest diagonal number. */
export function pivotedCholesky(products: Matrix, tolerance = 1e-10): Cholesky {
  const n = products.rows;
  const left = new Float64Array(n);
  for (let i = 0; i < n; i++) left[i] = products.data[i * n + i];
  const least = tolerance * left.reduce((most, value) => Math.max(most, value), 0);
  const wide = zeros(n, n); // its first r columns are the factor
  const pivots: number[] = [];
  const open = Array.from({ length: n }, (_, i) => i);
  const four = new Float64Array(4);
  for (let step = 0; step < n; step++) {
    const pivot = open.reduce((best, i) => (left[i] > left[best] ? i : best));
    if (!(left[pivot] > least)) break;
    const root = Math.sqrt(left[pivot]);
    pivots.push(pivot);
    wide.data[pivot * n + step] = root;
    open.splice(open.indexOf(pivot), 1);
    for (let first = 0; first < open.length; first += 4) {
      const lanes = [0, 1, 2, 3].map((lane) => open[Math.min(first + lane, open.length - 1)]);
      fourDots(wide.data, lanes.map((i) => i * n), wide.data, pivot * n, step, four, 0, 0);
      for (let lane = 0; lane < 4 && first + lane < open.length; lane++) {
        const i = lanes[lane];
        const value = (products.data[i * n + pivot] - four[lane]) / root;
        wide.data[i * n + step] = value;
        left[i] -= value * value;
      }
    }
  }
  const r = pivots.length;
  const factor = zeros(n, r);
  for (let i = 0; i < n; i++) factor.data.set(wide.data.subarray(i * n, i * n + r), i * r);
  return { factor, pivots };
}

/** x (r, k) of T' x = right, where T (r, r) are the pivots' rows of a factor, lower triangular. */
export function solveTransposed({ factor, pivots }: Cholesky, right: Matrix): Matrix {
  const r = pivots.length;
  const k = right.columns;
  const solution = zeros(r, k);
  solution.data.set(right.data);
  for (let j = r - 1; j >= 0; j--) {
    const line = pivots[j] * r;
    for (let c = 0; c < k; c++) {
      const value = solution.data[j * k + c] / factor.data[line + j];
      solution.data[j * k + c] = value;
      for (let i = 0; i < j; i++) solution.data[i * k + c] -= factor.data[line + i] * value;
    }
  }
  return solution;
}
