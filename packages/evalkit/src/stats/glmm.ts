// A logistic mixed model: every item has a difficulty of its own, drawn from a normal distribution.
import { gaussHermite } from './gauss-hermite.ts';
import { gridLikelihood, gridPoints, itemLikelihood } from './glmm-likelihood.ts';
import {
  type BinomialCell,
  type DesignRows,
  fitLogistic,
  type LogisticFit,
  linearPredictors,
  logisticScore,
} from './logistic.ts';
import { cholesky, choleskySolve, inverse, sandwich } from './matrix.ts';
import { type Minimum, minimize } from './minimize.ts';

/** One item: its cells and the cluster it lies in (0..clusters-1). */
export interface ItemCells {
  readonly cells: readonly BinomialCell[];
  readonly cluster: number;
}

export interface MixedFit {
  readonly beta: Float64Array;
  /** Standard deviation of the random intercept, in log odds. */
  readonly sigma: number;
  /** Covariance of beta by the observed information, row-major; null when it cannot be inverted. */
  readonly covariance: Float64Array | null;
  /** Cluster-robust covariance of beta; null with fewer than two clusters. */
  readonly robust: Float64Array | null;
  readonly seSigma: number | null;
  readonly logLikelihood: number;
  readonly converged: boolean;
  /** True when the likelihood is highest at sigma = 0: the answers of one item are not more alike than others. */
  readonly boundary: boolean;
  /** Distinct response patterns, the unit of computation. */
  readonly patterns: number;
  /** What the estimates were integrated with in the end. */
  readonly rule: 'adaptive Gauss-Hermite' | 'equally spaced';
}

/** How the random intercept is integrated out. */
export interface Integration {
  /** Points of adaptive Gauss-Hermite quadrature; 1 is the Laplace approximation. */
  readonly points: number;
  /** Check the result on equally spaced points, and fit with these where the check fails. */
  readonly checked: boolean;
}

/** The largest spread of intercepts that is still an estimate and not a runaway to infinity. */
const SIGMA_LIMIT = 200;
/** Most evaluations of the logistic function per likelihood on equally spaced points: keeps a fit within seconds. */
const GRID_BUDGET = 4_000_000;

/** The part of a standard error by which the quadrature may be off. A thousandth left 5e-4 of the effect open. */
const CONFIRMED = 1e-4;

/** Items with the same cells count once, with their number. */
interface Pattern {
  readonly cells: readonly BinomialCell[];
  count: number;
  mode: number;
  readonly clusters: number[];
}

function groupPatterns(items: readonly ItemCells[]): Pattern[] {
  const patterns = new Map<string, Pattern>();
  for (const { cells, cluster } of items) {
    const key = cells.map((cell) => `${cell.design}:${cell.successes}/${cell.trials}`).join(' ');
    const pattern = patterns.get(key);
    if (pattern) {
      pattern.count += 1;
      pattern.clusters.push(cluster);
    } else {
      patterns.set(key, { cells, count: 1, mode: 0, clusters: [cluster] });
    }
  }
  return [...patterns.values()];
}

function trialsOf(pattern: Pattern): number {
  return pattern.cells.reduce((sum, cell) => sum + cell.trials, 0);
}

/** null stands for equally spaced points. */
type Points = number | null;

interface Problem {
  readonly rows: DesignRows;
  readonly patterns: readonly Pattern[];
  readonly points: Points;
}

/** Log-likelihood of one pattern and its gradient by (beta, sigma). */
function patternScore(pattern: Pattern, { rows, points }: Problem, at: { eta: Float64Array; sigma: number }) {
  const predictors = Float64Array.from(pattern.cells, (cell) => at.eta[cell.design] as number);
  const model = { cells: pattern.cells, predictors, sigma: at.sigma };
  const found =
    points === null
      ? gridLikelihood(model, pattern.mode)
      : itemLikelihood(model, gaussHermite(points), pattern.mode);
  pattern.mode = found.mode;
  const size = rows[0]?.length ?? 0;
  const gradient = new Float64Array(size + 1);
  pattern.cells.forEach((cell, i) => {
    const row = rows[cell.design] as Float64Array;
    const slope = found.byPredictor[i] as number;
    for (let j = 0; j < size; j += 1) gradient[j] = (gradient[j] as number) + slope * (row[j] as number);
  });
  gradient[size] = found.bySigma;
  return { value: found.value, gradient };
}

/** Minus the log-likelihood of all patterns at x = (beta, sigma), and its gradient. */
function negativeLogLikelihood(problem: Problem, x: Float64Array) {
  const size = x.length - 1;
  const gradient = new Float64Array(size + 1);
  const sigma = x[size] as number;
  if (!(Math.abs(sigma) < 2 * SIGMA_LIMIT)) return { value: Number.POSITIVE_INFINITY, gradient };
  const at = { eta: linearPredictors(problem.rows, x.subarray(0, size)), sigma };
  let value = 0;
  for (const pattern of problem.patterns) {
    const one = patternScore(pattern, problem, at);
    value -= pattern.count * one.value;
    for (let j = 0; j <= size; j += 1) {
      gradient[j] = (gradient[j] as number) - pattern.count * (one.gradient[j] as number);
    }
  }
  return { value, gradient };
}

/**
 * Maximum likelihood of the logistic random-intercept model by adaptive Gauss-Hermite quadrature. With few answers per
 * item the Laplace approximation (points = 1) can be 10 % off: for two conditions with one answer each the estimate
 * must be log(b/c), the conditional one, whatever the intercepts' distribution, when the answers of an item agree more
 * than by chance. 15 points or more are needed for that; 25 give six digits while sigma is moderate. When conditions
 * agree on nearly all items sigma is 10 and more, and no usual number of points is enough: the check finds that.
 * @param rows distinct covariate rows (first entry usually 1, the intercept)
 */
export function fitLogisticMixed(rows: DesignRows, items: readonly ItemCells[], how: Integration): MixedFit {
  const size = rows[0]?.length ?? 0;
  const problem: Problem = { rows, patterns: groupPatterns(items), points: how.points };
  const plain = fitLogistic(
    rows,
    items.flatMap((item) => item.cells),
  );
  const start = new Float64Array(size + 1);
  start.set(plain.beta);
  const without = negativeLogLikelihood(problem, start).value;
  start[size] = 1;
  const first = minimize((x) => negativeLogLikelihood(problem, x), start, startMetric(plain, items.length));
  const refined = how.checked ? refine(problem, first) : null;
  const found = refined ?? first;
  const sigma = Math.abs(found.x[size] as number);
  const boundary = sigma < 1e-3 || !(found.value < without - 1e-9);
  const patterns = problem.patterns.length;
  if (boundary) return boundaryFit({ rows, items, plain, patterns, logLikelihood: -without });
  const information = inverse(found.hessian, size + 1);
  const beta = found.x.slice(0, size);
  // A likelihood that keeps rising towards infinity ends nearly flat: huge estimates with huger errors.
  const runaway =
    sigma > SIGMA_LIMIT ||
    beta.some((value, j) => {
      const variance = information?.[j * (size + 2)] ?? Number.POSITIVE_INFINITY;
      return Math.abs(value) > 20 + 5 * sigma || Math.sqrt(variance) > 10 + sigma;
    });
  const used: Problem = refined ? { ...problem, points: null } : problem;
  return {
    beta,
    sigma,
    covariance: information && corner(information, size),
    robust: information && robustCovariance(used, found.x, information),
    seSigma: information ? Math.sqrt(information[information.length - 1] as number) : null,
    logLikelihood: -found.value,
    converged: found.converged && information !== null && !runaway,
    boundary,
    patterns,
    rule: refined ? 'equally spaced' : 'adaptive Gauss-Hermite',
  };
}

/** A first guess of the inverse second derivatives: those of the ordinary regression, and a variance for sigma. */
function startMetric(plain: LogisticFit, items: number): Float64Array {
  const size = plain.beta.length;
  const metric = new Float64Array((size + 1) ** 2);
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j < size; j += 1) {
      metric[i * (size + 1) + j] = plain.covariance?.[i * size + j] ?? (i === j ? 1 / items : 0);
    }
  }
  metric[metric.length - 1] = 4 / items;
  return metric;
}

/**
 * Takes one Newton step from the fit on equally spaced points. A step below `CONFIRMED` of every standard error
 * confirms the fit (null); otherwise the fit is repeated there. Too many points to afford: null as well.
 */
function refine(problem: Problem, first: Minimum): Minimum | null {
  const size = first.x.length;
  const exact: Problem = { ...problem, points: null };
  const cells = problem.patterns.reduce((sum, pattern) => sum + pattern.cells.length, 0);
  const trials = problem.patterns.reduce((most, pattern) => Math.max(most, trialsOf(pattern)), 1);
  const affordable = (sigma: number): boolean => cells * gridPoints(sigma, trials) <= GRID_BUDGET;
  if (!affordable(first.x[size - 1] as number)) return null;
  const objective = (x: Float64Array) => {
    const sigma = x[size - 1] as number;
    return affordable(sigma)
      ? negativeLogLikelihood(exact, x)
      : { value: Number.POSITIVE_INFINITY, gradient: new Float64Array(size) };
  };
  const factor = cholesky(first.hessian, size);
  const covariance = inverse(first.hessian, size);
  if (factor !== null && covariance !== null) {
    const step = choleskySolve(factor, objective(first.x).gradient);
    const small = step.every(
      (value, j) => Math.abs(value) < CONFIRMED * Math.sqrt(covariance[j * size + j] as number),
    );
    if (small) return null;
  }
  const metric =
    covariance ?? new Float64Array(size * size).map((_, at) => (at % (size + 1) === 0 ? 0.01 : 0));
  return minimize(objective, first.x, metric);
}

/** The fit with sigma = 0: an ordinary logistic regression. */
function boundaryFit(known: {
  rows: DesignRows;
  items: readonly ItemCells[];
  plain: LogisticFit;
  patterns: number;
  logLikelihood: number;
}): MixedFit {
  const { rows, items, plain } = known;
  const eta = linearPredictors(rows, plain.beta);
  const scores = new Map<number, Float64Array>();
  for (const { cells, cluster } of items) {
    const sum = scores.get(cluster) ?? new Float64Array(plain.beta.length);
    const score = logisticScore(rows, cells, eta);
    scores.set(
      cluster,
      sum.map((value, j) => value + (score[j] as number)),
    );
  }
  const clusters = [...scores.values()];
  const scale = clusters.length / (clusters.length - 1);
  return {
    beta: plain.beta,
    sigma: 0,
    covariance: plain.covariance,
    robust: plain.covariance && clusters.length > 1 ? sandwich(plain.covariance, clusters, scale) : null,
    seSigma: null,
    logLikelihood: known.logLikelihood,
    converged: plain.converged,
    boundary: true,
    patterns: known.patterns,
    rule: 'adaptive Gauss-Hermite',
  };
}

/** Sandwich covariance with whole clusters as units (White, Econometrica 50 (1982) 1-25), times G / (G - 1). */
function robustCovariance(problem: Problem, x: Float64Array, information: Float64Array): Float64Array | null {
  const size = x.length - 1;
  const at = { eta: linearPredictors(problem.rows, x.subarray(0, size)), sigma: x[size] as number };
  const scores = new Map<number, Float64Array>();
  for (const pattern of problem.patterns) {
    const { gradient } = patternScore(pattern, problem, at);
    for (const cluster of pattern.clusters) {
      const score = scores.get(cluster) ?? new Float64Array(size + 1);
      scores.set(cluster, score);
      for (let j = 0; j <= size; j += 1) score[j] = (score[j] as number) + (gradient[j] as number);
    }
  }
  if (scores.size < 2) return null;
  return corner(sandwich(information, [...scores.values()], scores.size / (scores.size - 1)), size);
}

/** The leading size x size block of a (size + 1) x (size + 1) matrix. */
function corner(matrix: Float64Array, size: number): Float64Array {
  const block = new Float64Array(size * size);
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j < size; j += 1) block[i * size + j] = matrix[i * (size + 1) + j] as number;
  }
  return block;
}
