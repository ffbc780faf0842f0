// A linear mixed model: every item has a level of its own, and the conditions shift it.
import { addOuter, cholesky, choleskySolve, inverse, logDeterminant } from './matrix.ts';

/** One observation: covariates, outcome, and the item it belongs to (0..items-1). */
export interface Observation {
  readonly x: Float64Array;
  readonly y: number;
  readonly item: number;
}

export interface LinearMixedFit {
  readonly beta: Float64Array;
  /** Row-major; null when the covariates are collinear. */
  readonly covariance: Float64Array | null;
  readonly sdItem: number;
  readonly sdResidual: number;
  readonly remlLogLikelihood: number | null;
  /** Degrees of freedom for effects within items; n - p at the boundary. */
  readonly df: number;
  readonly boundary: boolean;
}

/** Least and largest logarithm of the variance ratio item / residual that is looked at. */
const LOG_RATIO = { least: -12, most: 30 };

/** One item: how many observations, and their means. */
interface ItemMeans {
  count: number;
  readonly x: Float64Array;
  y: number;
}

/**
 * What the criterion needs for every ratio of variances: sums of squares and products within the items, and the means
 * of the items. They are kept apart because conditions that hardly ever differ leave 10^-6 of the variance within.
 */
interface Moments {
  readonly n: number;
  readonly size: number;
  readonly xx: Float64Array;
  readonly xy: Float64Array;
  readonly yy: number;
  readonly items: readonly ItemMeans[];
}

function momentsOf(data: readonly Observation[]): Moments {
  const size = data[0]?.x.length ?? 0;
  const items = itemMeans(data, size);
  const xx = new Float64Array(size * size);
  const xy = new Float64Array(size);
  let yy = 0;
  for (const { x, y, item } of data) {
    const mean = items.get(item) as ItemMeans;
    const dx = x.map((value, j) => value - (mean.x[j] as number));
    const dy = y - mean.y;
    addOuter(xx, dx, 1);
    for (let j = 0; j < size; j += 1) xy[j] = (xy[j] as number) + (dx[j] as number) * dy;
    yy += dy * dy;
  }
  return { n: data.length, size, xx, xy, yy, items: [...items.values()] };
}

function itemMeans(data: readonly Observation[], size: number): Map<number, ItemMeans> {
  const items = new Map<number, ItemMeans>();
  for (const { x, y, item } of data) {
    const sums = items.get(item) ?? { count: 0, x: new Float64Array(size), y: 0 };
    items.set(item, sums);
    sums.count += 1;
    sums.y += y;
    for (let j = 0; j < size; j += 1) sums.x[j] = (sums.x[j] as number) + (x[j] as number);
  }
  for (const sums of items.values()) {
    sums.y /= sums.count;
    for (let j = 0; j < size; j += 1) sums.x[j] = (sums.x[j] as number) / sums.count;
  }
  return items;
}

interface Profile {
  readonly criterion: number;
  readonly beta: Float64Array;
  readonly xvx: Float64Array;
  readonly variance: number;
}

/**
 * -2 x restricted log-likelihood at the variance ratio lambda = item / residual, maximised over the rest
 * (Pinheiro & Bates, Mixed-Effects Models in S and S-PLUS (2000) 2.2.5). Inverse and determinant of an item's
 * covariance I + lambda 1 1' are known in closed form: deviations count in full, the mean of m by m / (1 + lambda m).
 */
function profile({ n, size, xx, xy, yy, items }: Moments, lambda: number): Profile | null {
  const xvx = Float64Array.from(xx);
  const xvy = Float64Array.from(xy);
  let yvy = yy;
  let logDet = 0;
  for (const { count, x, y } of items) {
    const weight = count / (1 + lambda * count);
    logDet += Math.log1p(lambda * count);
    addOuter(xvx, x, weight);
    for (let j = 0; j < size; j += 1) xvy[j] = (xvy[j] as number) + weight * (x[j] as number) * y;
    yvy += weight * y * y;
  }
  const factor = cholesky(xvx, size);
  if (factor === null) return null;
  const beta = choleskySolve(factor, xvy);
  const explained = beta.reduce((sum, value, j) => sum + value * (xvy[j] as number), 0);
  const rss = yvy - explained;
  const variance = rss > 1e-12 * Math.max(1e-300, yvy) ? rss / (n - size) : 0;
  const criterion =
    variance === 0
      ? Number.NEGATIVE_INFINITY
      : (n - size) * (1 + Math.log(2 * Math.PI * variance)) + logDet + logDeterminant(factor, size);
  return { criterion, beta, xvx, variance };
}

/**
 * The lambda of least criterion: a coarse grid of log lambda, then golden section; 0 when that is no worse.
 * @returns null when the criterion falls to the end of the grid: nothing varies within the items
 */
function bestRatio(moments: Moments): number | null {
  const at = (log: number): number => profile(moments, Math.exp(log))?.criterion ?? Number.POSITIVE_INFINITY;
  const { least, most } = LOG_RATIO;
  let [best, lowest] = [least, at(least)];
  for (let log = least + 1; log <= most; log += 1) {
    const criterion = at(log);
    if (criterion < lowest) [best, lowest] = [log, criterion];
  }
  if (best === most) return null;
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [best - 1, best + 1];
  for (let step = 0; step < 60; step += 1) {
    const left = high - golden * (high - low);
    const right = low + golden * (high - low);
    if (at(left) <= at(right)) high = right;
    else low = left;
  }
  const log = (low + high) / 2;
  const zero = profile(moments, 0)?.criterion ?? Number.POSITIVE_INFINITY;
  return at(log) < zero - 1e-9 ? Math.exp(log) : 0;
}

/**
 * Random-intercept model by restricted maximum likelihood (Patterson & Thompson, Biometrika 58 (1971) 545-554).
 * For two conditions with one value per item each, the effect is the mean paired difference with the error of the
 * paired t test, unless the item variance is estimated as 0 (`boundary`).
 * @param data more observations than covariates
 * @returns null when the covariates are collinear or nothing is left to estimate the variance from, as when all items
 *   change alike: the likelihood then grows without end, and an error would only show where the search stopped
 */
export function fitLinearMixed(data: readonly Observation[]): LinearMixedFit | null {
  const moments = momentsOf(data);
  const { n, size, items } = moments;
  const plain = n > size ? profile(moments, 0) : null;
  if (plain === null || plain.variance === 0) return null;
  const lambda = bestRatio(moments);
  const fit = lambda === null ? null : profile(moments, lambda);
  if (lambda === null || fit === null || fit.variance === 0) return null;
  const boundary = lambda === 0;
  return {
    beta: fit.beta,
    covariance: inverse(fit.xvx, size)?.map((value) => value * fit.variance) ?? null,
    sdItem: Math.sqrt(lambda * fit.variance),
    sdResidual: Math.sqrt(fit.variance),
    remlLogLikelihood: -0.5 * fit.criterion,
    df: boundary ? n - size : Math.max(1, n - items.length - (size - 1)),
    boundary,
  };
}
