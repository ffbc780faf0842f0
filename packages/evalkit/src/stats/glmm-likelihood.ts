// The likelihood of one item's answers under a logistic model with a normal random intercept, by adaptive quadrature.

import { logChoose } from './gamma.ts';
import type { Quadrature } from './gauss-hermite.ts';
import { type BinomialCell, expit } from './logistic.ts';

/** One item's log-likelihood and its derivatives. */
export interface ItemLikelihood {
  readonly value: number;
  /** Derivative by the linear predictor of each of the item's cells, in their order. */
  readonly byPredictor: Float64Array;
  /** Derivative by the standard deviation of the random intercept. */
  readonly bySigma: number;
  /** Where the integrand peaks; a good start for the next call. */
  readonly mode: number;
}

/** What the integrand needs to know. */
export interface ItemModel {
  readonly cells: readonly BinomialCell[];
  /** Linear predictor of each cell without the random intercept. */
  readonly predictors: Float64Array;
  readonly sigma: number;
}

/** Sums over cells at one value u of the standardised random intercept. */
interface Sums {
  /** successes - trials p, summed. */
  readonly residual: number;
  /** trials p (1 - p), summed. */
  readonly variance: number;
  /** trials p (1 - p)(1 - 2p), summed. */
  readonly skew: number;
}

function sumsAt({ cells, predictors, sigma }: ItemModel, u: number): Sums {
  let [residual, variance, skew] = [0, 0, 0];
  for (let i = 0; i < cells.length; i += 1) {
    const { successes, trials } = cells[i] as BinomialCell;
    const p = expit((predictors[i] as number) + sigma * u);
    residual += successes - trials * p;
    variance += trials * p * (1 - p);
    skew += trials * p * (1 - p) * (1 - 2 * p);
  }
  return { residual, variance, skew };
}

/**
 * log of binomial probabilities (without their coefficients) times exp(-u^2/2), at u. One exponential per cell and one
 * logarithm per point: this is where the time goes.
 * @param chances is filled with the cells' probabilities
 */
function logIntegrandAt({ cells, predictors, sigma }: ItemModel, u: number, chances: Float64Array): number {
  let sum = -0.5 * u * u;
  let product = 1;
  for (let i = 0; i < cells.length; i += 1) {
    const { successes, trials } = cells[i] as BinomialCell;
    const eta = (predictors[i] as number) + sigma * u;
    const small = Math.exp(-Math.abs(eta));
    chances[i] = eta >= 0 ? 1 / (1 + small) : small / (1 + small);
    // log(1 + e^eta) is max(eta, 0) + log(1 + e^-|eta|).
    sum += eta >= 0 ? (successes - trials) * eta : successes * eta;
    for (let k = 0; k < trials; k += 1) product *= 1 + small;
    if (product > 1e200) {
      sum -= Math.log(product);
      product = 1;
    }
  }
  return sum - Math.log(product);
}

/** The peak of the integrand: concave, so Newton's method with halved steps finds it. */
function findMode(model: ItemModel, start: number): number {
  const spare = new Float64Array(model.cells.length);
  let u = start;
  let height = logIntegrandAt(model, u, spare);
  for (let step = 0; step < 100; step += 1) {
    const { residual, variance } = sumsAt(model, u);
    const move = (model.sigma * residual - u) / (model.sigma ** 2 * variance + 1);
    if (Math.abs(move) < 1e-12) break;
    let length = 1;
    let next = u + move;
    let then = logIntegrandAt(model, next, spare);
    while (then < height && length > 1e-6) {
      length *= 0.5;
      next = u + length * move;
      then = logIntegrandAt(model, next, spare);
    }
    if (!(then >= height)) break;
    [u, height] = [next, then];
  }
  return u;
}

/**
 * Adaptive Gauss-Hermite quadrature (Liu & Pierce, Biometrika 81 (1994) 624-629; Pinheiro & Bates, JCGS 4 (1995)
 * 12-35): the rule is centred at the integrand's peak and scaled by its curvature there. One point is the Laplace
 * approximation. The derivatives are those of the approximation itself: they follow the moving nodes.
 * @param start a guess of the peak
 */
export function itemLikelihood(model: ItemModel, rule: Quadrature, start: number): ItemLikelihood {
  const { cells, sigma } = model;
  const mode = findMode(model, start);
  const peak = sumsAt(model, mode);
  const curvature = sigma ** 2 * peak.variance + 1;
  const scale = 1 / Math.sqrt(curvature);
  const nodes = rule.nodes.map((x) => mode + Math.SQRT2 * scale * x);
  const logWeights = rule.weights.map((weight, q) => Math.log(weight) + (rule.nodes[q] as number) ** 2);
  const sums = integrate(model, { nodes, logWeights, centre: mode });
  // How the peak and the curvature there move with each parameter.
  const bend = sigma ** 3 * peak.skew;
  const total = (direct: number, curvatureDirect: number, modeMove: number): number => {
    const curvatureMove = (curvatureDirect + bend * modeMove) / curvature;
    return direct - 0.5 * curvatureMove * (1 + sums.lever) + sums.slope * modeMove;
  };
  const byPredictor = sums.residuals.map((direct, i) => {
    const { trials } = cells[i] as BinomialCell;
    const p = expit((model.predictors[i] as number) + sigma * mode);
    const v = trials * p * (1 - p);
    return total(direct, sigma ** 2 * v * (1 - 2 * p), (-sigma * v) / curvature);
  });
  const modeBySigma = (peak.residual - sigma * mode * peak.variance) / curvature;
  const curvatureBySigma = 2 * sigma * peak.variance + sigma ** 2 * mode * peak.skew;
  const bySigma = total(sums.moment, curvatureBySigma, modeBySigma);
  // sqrt(2) from the change of variable, over sqrt(2 pi) of the normal density.
  const value = logCoefficients(cells) + Math.log(scale) - 0.5 * Math.log(Math.PI) + sums.logSum;
  return { value, byPredictor, bySigma, mode };
}

/**
 * The same integral on equally spaced points, whose error falls exponentially with their number (Trefethen & Weideman,
 * SIAM Review 56 (2014) 385-458, theorem 5.1): exp(-2 pi d / h), d = pi / sigma being the distance of the logistic
 * function's poles from the real axis; and exp(-2 pi^2 s^2 / h^2) for a peak of width s. With h below 0.9 / sigma and
 * 0.9 s both stay near 1e-9 at any sigma, where the adaptive rule needs hundreds of points once intercepts are widely
 * spread. Costs about 20 sigma points, more for many answers per item.
 * @param start a guess of the peak
 */
export function gridLikelihood(model: ItemModel, start: number): ItemLikelihood {
  const mode = findMode(model, start);
  const step = gridStep(model.sigma, model.sigma ** 2 * sumsAt(model, mode).variance + 1);
  const first = Math.ceil((mode - GRID_REACH) / step);
  const count = Math.floor((mode + GRID_REACH) / step) - first + 1;
  // Multiples of the step stay where they are when the peak moves, so the plain derivatives are exact.
  const nodes = Float64Array.from({ length: count }, (_, k) => (first + k) * step);
  const sums = integrate(model, { nodes, logWeights: new Float64Array(count), centre: mode });
  const value = logCoefficients(model.cells) + Math.log(step) - 0.5 * Math.log(2 * Math.PI) + sums.logSum;
  return { value, byPredictor: sums.residuals, bySigma: sums.moment, mode };
}

/** The integrand falls from its peak at least as fast as the normal density: beyond 8.5 only 1e-16 of it is left. */
const GRID_REACH = 8.5;

/**
 * Spacing of the points: at most 0.5, 0.9 / sigma and 0.9 of the peak's width; a power of two, so that it stays put
 * between iterations.
 * @param curvature of the log integrand at its peak, at least 1
 */
function gridStep(sigma: number, curvature: number): number {
  const most = Math.min(0.5, 0.9 / Math.abs(sigma), 0.9 / Math.sqrt(curvature));
  return 2 ** Math.floor(Math.log2(most));
}

/** The most points that gridLikelihood uses for an item with so many answers: p (1 - p) is at most 1/4 in each. */
export function gridPoints(sigma: number, trials: number): number {
  return Math.floor((2 * GRID_REACH) / gridStep(sigma, (sigma ** 2 * trials) / 4 + 1)) + 1;
}

function logCoefficients(cells: readonly BinomialCell[]): number {
  return cells.reduce((sum, cell) => sum + logChoose(cell.trials, cell.successes), 0);
}

interface Nodes {
  readonly nodes: Float64Array;
  readonly logWeights: Float64Array;
  readonly centre: number;
}

interface NodeSums {
  readonly logSum: number;
  /** Averages over the nodes, weighted by their share of the integral: of successes - trials p, per cell; */
  readonly residuals: Float64Array;
  /** of u times the sum of these; */
  readonly moment: number;
  /** of the slope of the log integrand; */
  readonly slope: number;
  /** and of that slope times the distance from the centre. */
  readonly lever: number;
}

function integrate(model: ItemModel, { nodes, logWeights, centre }: Nodes): NodeSums {
  const { cells, sigma } = model;
  const size = cells.length;
  const chances = new Float64Array(nodes.length * size);
  const logs = new Float64Array(nodes.length);
  let most = Number.NEGATIVE_INFINITY;
  for (let q = 0; q < nodes.length; q += 1) {
    const value = logIntegrandAt(model, nodes[q] as number, chances.subarray(q * size, (q + 1) * size));
    logs[q] = (logWeights[q] as number) + value;
    most = Math.max(most, logs[q] as number);
  }
  let sum = 0;
  for (const value of logs) sum += Math.exp(value - most);
  const logSum = most + Math.log(sum);
  const residuals = new Float64Array(size);
  let [moment, slope, lever] = [0, 0, 0];
  for (let q = 0; q < nodes.length; q += 1) {
    const share = Math.exp((logs[q] as number) - logSum);
    if (share < 1e-18) continue;
    const u = nodes[q] as number;
    let total = 0;
    for (let i = 0; i < size; i += 1) {
      const { successes, trials } = cells[i] as BinomialCell;
      const residual = successes - trials * (chances[q * size + i] as number);
      residuals[i] = (residuals[i] as number) + share * residual;
      total += residual;
    }
    const pull = sigma * total - u;
    moment += share * u * total;
    slope += share * pull;
    lever += share * pull * (u - centre);
  }
  return { logSum, residuals, moment, slope, lever };
}
