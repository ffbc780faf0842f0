// A logistic regression of binomial counts; with cluster scores it is the population-averaged (GEE) model.
import { addOuter, cholesky, choleskySolve, inverse } from './matrix.ts';

/** `successes` of `trials` answers were right under the covariates of row `design`. */
export interface BinomialCell {
  readonly design: number;
  readonly successes: number;
  readonly trials: number;
}

/** The distinct rows of covariates; cells refer to them by position. */
export type DesignRows = readonly Float64Array[];

export interface LogisticFit {
  readonly beta: Float64Array;
  /** Inverse information, row-major; null when it cannot be inverted. */
  readonly covariance: Float64Array | null;
  readonly converged: boolean;
}

/** 1 / (1 + e^-x) without overflow. */
export function expit(x: number): number {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
}

/** x'beta for every design row. */
export function linearPredictors(rows: DesignRows, beta: Float64Array): Float64Array {
  return Float64Array.from(rows, (row) =>
    row.reduce((sum, value, j) => sum + value * (beta[j] as number), 0),
  );
}

/**
 * Maximum likelihood by Newton's method (McCullagh & Nelder, Generalized Linear Models (1989) 4.4). It is also the GEE
 * estimate under working independence (Liang & Zeger, Biometrika 73 (1986) 13-22).
 * `converged` is false under separation, when an estimate runs off to infinity.
 */
export function fitLogistic(rows: DesignRows, cells: readonly BinomialCell[]): LogisticFit {
  const size = rows[0]?.length ?? 0;
  // Cells with equal covariates add up: the likelihood needs only their totals.
  const successes = new Float64Array(rows.length);
  const trials = new Float64Array(rows.length);
  for (const cell of cells) {
    successes[cell.design] = (successes[cell.design] as number) + cell.successes;
    trials[cell.design] = (trials[cell.design] as number) + cell.trials;
  }
  let beta = new Float64Array(size);
  let information = new Float64Array(size * size);
  let converged = false;
  for (let step = 0; step < 100 && !converged; step += 1) {
    const eta = linearPredictors(rows, beta);
    const score = new Float64Array(size);
    information = new Float64Array(size * size);
    rows.forEach((row, d) => {
      const p = expit(eta[d] as number);
      const residual = (successes[d] as number) - (trials[d] as number) * p;
      for (let j = 0; j < size; j += 1) score[j] = (score[j] as number) + residual * (row[j] as number);
      addOuter(information, row, (trials[d] as number) * p * (1 - p));
    });
    const factor = cholesky(information, size);
    if (factor === null) return { beta, covariance: null, converged: false };
    const move = choleskySolve(factor, score);
    const far = move.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    // A full step from 0 may overshoot when rates are extreme; no single step needs more than 4 log odds.
    const length = far > 4 ? 4 / far : 1;
    beta = beta.map((value, j) => value + length * (move[j] as number));
    converged = far < 1e-10;
  }
  const runaway = beta.some((value) => Math.abs(value) > 20);
  return { beta, covariance: inverse(information, size), converged: converged && !runaway };
}

/** Score contributions of some cells at beta: sum of (successes - trials p) x. */
export function logisticScore(
  rows: DesignRows,
  cells: readonly BinomialCell[],
  eta: Float64Array,
): Float64Array {
  const score = new Float64Array(rows[0]?.length ?? 0);
  for (const { design, successes, trials } of cells) {
    const residual = successes - trials * expit(eta[design] as number);
    const row = rows[design] as Float64Array;
    for (let j = 0; j < score.length; j += 1) score[j] = (score[j] as number) + residual * (row[j] as number);
  }
  return score;
}
