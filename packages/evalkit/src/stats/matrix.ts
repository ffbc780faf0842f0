// A matrix here is small, square, symmetric and dense: row-major in a Float64Array, as the models need it.

/**
 * Lower Cholesky factor of a positive definite matrix.
 * @param a `size` x `size`, row-major
 * @returns null when the matrix is not positive definite (to rounding), so that callers can say so
 */
export function cholesky(a: Float64Array, size: number): Float64Array | null {
  const factor = new Float64Array(size * size);
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let sum = a[i * size + j] as number;
      for (let k = 0; k < j; k += 1)
        sum -= (factor[i * size + k] as number) * (factor[j * size + k] as number);
      if (i !== j) {
        factor[i * size + j] = sum / (factor[j * size + j] as number);
        continue;
      }
      if (!(sum > 1e-12 * Math.abs(a[i * size + i] as number))) return null;
      factor[i * size + i] = Math.sqrt(sum);
    }
  }
  return factor;
}

/** Solves A x = b, given the Cholesky factor of A. */
export function choleskySolve(factor: Float64Array, b: Float64Array): Float64Array {
  const size = b.length;
  const x = Float64Array.from(b);
  for (let i = 0; i < size; i += 1) {
    let sum = x[i] as number;
    for (let k = 0; k < i; k += 1) sum -= (factor[i * size + k] as number) * (x[k] as number);
    x[i] = sum / (factor[i * size + i] as number);
  }
  for (let i = size - 1; i >= 0; i -= 1) {
    let sum = x[i] as number;
    for (let k = i + 1; k < size; k += 1) sum -= (factor[k * size + i] as number) * (x[k] as number);
    x[i] = sum / (factor[i * size + i] as number);
  }
  return x;
}

/** Inverse of a positive definite matrix, or null when it is not one. */
export function inverse(a: Float64Array, size: number): Float64Array | null {
  const factor = cholesky(a, size);
  if (factor === null) return null;
  const result = new Float64Array(size * size);
  for (let column = 0; column < size; column += 1) {
    const unit = new Float64Array(size);
    unit[column] = 1;
    const solved = choleskySolve(factor, unit);
    for (let row = 0; row < size; row += 1) result[row * size + column] = solved[row] as number;
  }
  return result;
}

/** log |A| from the Cholesky factor of A. */
export function logDeterminant(factor: Float64Array, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i += 1) sum += Math.log(factor[i * size + i] as number);
  return 2 * sum;
}

/** Adds `weight` v v' to a matrix in place. */
export function addOuter(a: Float64Array, v: Float64Array, weight: number): void {
  const size = v.length;
  for (let i = 0; i < size; i += 1) {
    const left = weight * (v[i] as number);
    if (left === 0) continue;
    for (let j = 0; j < size; j += 1) a[i * size + j] = (a[i * size + j] as number) + left * (v[j] as number);
  }
}

/** v' A v: the variance of a linear combination, for a covariance matrix A. */
export function quadraticForm(a: Float64Array, v: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < v.length; i += 1) {
    for (let j = 0; j < v.length; j += 1)
      sum += (v[i] as number) * (a[i * v.length + j] as number) * (v[j] as number);
  }
  return sum;
}

/**
 * The sandwich A B A, A an inverse information and B the outer products of cluster scores.
 * @param scores one score vector per cluster
 * @param scale small-sample factor, such as G / (G - 1)
 */
export function sandwich(bread: Float64Array, scores: readonly Float64Array[], scale: number): Float64Array {
  const size = Math.sqrt(bread.length);
  const result = new Float64Array(size * size);
  for (const score of scores) {
    const influence = new Float64Array(size);
    for (let i = 0; i < size; i += 1) {
      let sum = 0;
      for (let j = 0; j < size; j += 1) sum += (bread[i * size + j] as number) * (score[j] as number);
      influence[i] = sum;
    }
    addOuter(result, influence, scale);
  }
  return result;
}
