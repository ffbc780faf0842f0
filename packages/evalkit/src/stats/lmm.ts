// A linear mixed model: every item has a level of its own, and the conditions shift it.
import { addOuter, cholesky, choleskySolve, inverse, logDeterminant, quadraticForm } from './matrix.ts';
import { findRoot } from './root.ts';

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

/** Items that were seen under the same conditions: equal counts and equal mean covariates. */
interface ItemGroup {
  items: number;
  /** Observations of each item. */
  readonly count: number;
  readonly x: Float64Array;
  /** Mean of the items' mean outcomes, and their sum of squares about it. */
  y: number;
  spread: number;
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
  readonly items: number;
  readonly groups: readonly ItemGroup[];
}

function momentsOf(data: readonly Observation[]): Moments {
  const size = data[0]?.x.length ?? 0;
  const items = itemMeans(data, size);
  const xx = new Float64Array(size * size);
  const xy = new Float64Array(size);
  let yy = 0;
  // One vector for all rows: a million pairs would leave two million behind.
  const dx = new Float64Array(size);
  for (const { x, y, item } of data) {
    const mean = items.get(item) as ItemMeans;
    for (let j = 0; j < size; j += 1) dx[j] = (x[j] as number) - (mean.x[j] as number);
    const dy = y - mean.y;
    addOuter(xx, dx, 1);
    for (let j = 0; j < size; j += 1) xy[j] = (xy[j] as number) + (dx[j] as number) * dy;
    yy += dy * dy;
  }
  return { n: data.length, size, xx, xy, yy, items: items.size, groups: itemGroups(items.values()) };
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

/** Mean and sum of squares are carried along by the update of Welford (Technometrics 4 (1962) 419-420). */
function itemGroups(items: Iterable<ItemMeans>): ItemGroup[] {
  const groups = new Map<string, ItemGroup>();
  for (const { count, x, y } of items) {
    const key = `${count} ${x.join()}`;
    const group = groups.get(key) ?? { items: 0, count, x, y: 0, spread: 0 };
    groups.set(key, group);
    group.items += 1;
    const gap = y - group.y;
    group.y += gap / group.items;
    group.spread += gap * (y - group.y);
  }
  return [...groups.values()];
}

interface Profile {
  readonly criterion: number;
  /** Derivative of the criterion by lambda. */
  readonly slope: number;
  readonly beta: Float64Array;
  readonly xvx: Float64Array;
  readonly variance: number;
}

/**
 * -2 x restricted log-likelihood at the variance ratio lambda = item / residual, maximised over the rest
 * (Pinheiro & Bates, Mixed-Effects Models in S and S-PLUS (2000) 2.2.5). Inverse and determinant of an item's
 * covariance I + lambda 1 1' are known in closed form: deviations count in full, the mean of m by m / (1 + lambda m).
 */
function profile(moments: Moments, lambda: number): Profile | null {
  const { n, size, groups } = moments;
  const xvx = Float64Array.from(moments.xx);
  const xvy = Float64Array.from(moments.xy);
  let [yvy, logDet] = [moments.yy, 0];
  const weights = groups.map(({ count }) => count / (1 + lambda * count));
  groups.forEach(({ items, count, x, y, spread }, g) => {
    const weight = weights[g] as number;
    logDet += items * Math.log1p(lambda * count);
    addOuter(xvx, x, items * weight);
    for (let j = 0; j < size; j += 1) xvy[j] = (xvy[j] as number) + items * weight * (x[j] as number) * y;
    yvy += weight * (spread + items * y * y);
  });
  const factor = cholesky(xvx, size);
  if (factor === null) return null;
  const beta = choleskySolve(factor, xvy);
  // Squares of residuals are summed, not differences of sums of squares, and so are the parts of the slope.
  let rss = Math.max(0, moments.yy - 2 * dot(beta, moments.xy) + quadraticForm(moments.xx, beta));
  let [fall, rise] = [0, 0];
  groups.forEach(({ items, x, y, spread }, g) => {
    const weight = weights[g] as number;
    const squares = spread + items * (y - dot(beta, x)) ** 2;
    rss += weight * squares;
    fall += weight * weight * squares;
    rise += items * (weight - weight * weight * dot(x, choleskySolve(factor, x)));
  });
  const variance = rss > 1e-12 * Math.max(1e-300, yvy) ? rss / (n - size) : 0;
  if (variance === 0) return { criterion: Number.NEGATIVE_INFINITY, slope: 0, beta, xvx, variance };
  const criterion =
    (n - size) * (1 + Math.log(2 * Math.PI * variance)) + logDet + logDeterminant(factor, size);
  return { criterion, slope: rise - fall / variance, beta, xvx, variance };
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, j) => sum + value * (b[j] as number), 0);
}

/**
 * The lambda of least criterion: a coarse grid of log lambda, then the zero of the slope; 0 when that is no worse. (The
 * criterion itself is flat at its least: from a million items its values leave 1e-6 of the variance open.)
 * @returns null when the criterion falls to the end of the grid: nothing varies within the items
 */
function bestRatio(moments: Moments): number | null {
  const at = (log: number): number => profile(moments, Math.exp(log))?.criterion ?? Number.POSITIVE_INFINITY;
  const slope = (log: number): number => Math.exp(log) * (profile(moments, Math.exp(log))?.slope ?? 0);
  const { least, most } = LOG_RATIO;
  let [best, lowest] = [least, at(least)];
  for (let log = least + 1; log <= most; log += 1) {
    const criterion = at(log);
    if (criterion < lowest) [best, lowest] = [log, criterion];
  }
  if (best === most) return null;
  const inside = slope(best - 1) < 0 && slope(best + 1) > 0;
  const log = inside ? findRoot(slope, best - 1, best + 1) : best;
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
    df: boundary ? n - size : Math.max(1, n - items - (size - 1)),
    boundary,
  };
}
