// The likelihood of one item's answers under a logistic model with a normal random intercept, by adaptive quadrature.

import { logChoose } from './gamma.ts';
import type { Quadrature } from './gauss-hermite.ts';
import { type BinomialCell, expit, softplus } from './logistic.ts';

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

/** log of binomial probabilities (without their coefficients) times exp(-u^2/2), at u. */
function logIntegrand({ cells, predictors, sigma }: ItemModel, u: number): number {
  let sum = -0.5 * u * u;
  for (let i = 0; i < cells.length; i += 1) {
    const { successes, trials } = cells[i] as BinomialCell;
    const eta = (predictors[i] as number) + sigma * u;
    sum += successes * eta - trials * softplus(eta);
  }
  return sum;
}

/** The peak of the integrand: concave, so Newton's method with halved steps finds it. */
function findMode(model: ItemModel, start: number): number {
  let u = start;
  let height = logIntegrand(model, u);
  for (let step = 0; step < 100; step += 1) {
    const { residual, variance } = sumsAt(model, u);
    const move = (model.sigma * residual - u) / (model.sigma ** 2 * variance + 1);
    if (Math.abs(move) < 1e-12) break;
    let length = 1;
    let next = u + move;
    let then = logIntegrand(model, next);
    while (then < height && length > 1e-6) {
      length *= 0.5;
      next = u + length * move;
      then = logIntegrand(model, next);
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
 * function's poles from the real axis. With h <= 0.9 / sigma it is below 1e-9 at any sigma, where the adaptive rule
 * needs hundreds of points once intercepts are widely spread. Costs about 20 sigma points.
 * @param start a guess of the peak
 */
export function gridLikelihood(model: ItemModel, start: number): ItemLikelihood {
  const mode = findMode(model, start);
  const step = gridStep(model.sigma);
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

/** Spacing of the points: at most 0.5 and 0.9 / sigma, a power of two so that it stays put between iterations. */
function gridStep(sigma: number): number {
  return 0.5 / 2 ** Math.max(0, Math.ceil(Math.log2((0.5 * Math.abs(sigma)) / 0.9)));
}

/** Points that gridLikelihood uses at a given sigma. */
export function gridPoints(sigma: number): number {
  return Math.floor((2 * GRID_REACH) / gridStep(sigma)) + 1;
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
  const { cells, predictors, sigma } = model;
  const logs = nodes.map((u, q) => (logWeights[q] as number) + logIntegrand(model, u));
  const most = logs.reduce((best, value) => Math.max(best, value), Number.NEGATIVE_INFINITY);
  let sum = 0;
  for (const value of logs) sum += Math.exp(value - most);
  const logSum = most + Math.log(sum);
  const residuals = new Float64Array(cells.length);
  let [moment, slope, lever] = [0, 0, 0];
  for (let q = 0; q < nodes.length; q += 1) {
    const share = Math.exp((logs[q] as number) - logSum);
    if (share < 1e-18) continue;
    const u = nodes[q] as number;
    let total = 0;
    for (let i = 0; i < cells.length; i += 1) {
      const { successes, trials } = cells[i] as BinomialCell;
      const residual = successes - trials * expit((predictors[i] as number) + sigma * u);
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
