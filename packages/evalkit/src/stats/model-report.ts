// A model report turns the numbers of a fit into named effects and contrasts.
import { quadraticForm } from './matrix.ts';
import { contrastWeights, type ModelFrame, termNames } from './model-data.ts';
import { normalQuantile, normalTwoSided } from './normal.ts';
import type { Contrast, FixedEffect, ModelFit, ModelInfo, RandomEffect } from './optional-results.ts';
import { studentQuantile, studentTwoSided } from './student.ts';
import type { Interval } from './terms.ts';

/** What a fit found; covariances are row-major, null where there is none. */
export interface FitNumbers {
  readonly beta: Float64Array;
  readonly covariance: Float64Array | null;
  readonly robust: Float64Array | null;
  /** Degrees of freedom of the t reference; null for the normal one. */
  readonly df: number | null;
  readonly logistic: boolean;
}

/** Names the effects of a fit and forms the treatment contrast of every temperature. */
export function describeFit(fit: {
  readonly info: ModelInfo;
  readonly frame: ModelFrame;
  readonly numbers: FitNumbers | null;
  readonly alpha: number;
  readonly random: readonly RandomEffect[];
  readonly notes: readonly string[];
}): ModelFit {
  const { info, frame, numbers, alpha } = fit;
  const contrasts = frame.temps.flatMap((temp, t) =>
    frame.conditions.slice(1).map((treatment, c) => {
      return (
        numbers && contrast({ temp, treatment, weights: contrastWeights(frame, c + 1, t) }, numbers, alpha)
      );
    }),
  );
  return {
    model: info,
    fixed_effects: numbers ? fixedEffects(termNames(frame), numbers, alpha) : [],
    random_effects: fit.random,
    contrasts: contrasts.filter((one) => one !== null),
    notes: fit.notes,
  };
}

/** The root of a variance. What rounding leaves, when nothing varies, is not a standard error but 0. */
function errorOf(variance: number, estimate: number): number {
  const se = Math.sqrt(Math.max(0, variance));
  return se > 1e-12 * Math.max(1, Math.abs(estimate)) ? se : 0;
}

/** Wald statistic, p and interval of an estimate; null without an error above 0. */
function wald(estimate: number, se: number | null, { df, alpha }: { df: number | null; alpha: number }) {
  if (se === null || !(se > 0) || (df !== null && df < 1)) return { statistic: null, p: null, ci: null };
  const statistic = estimate / se;
  const quantile = df === null ? normalQuantile(1 - alpha / 2) : studentQuantile(1 - alpha / 2, df);
  const ci: Interval = { low: estimate - quantile * se, high: estimate + quantile * se };
  return { statistic, p: df === null ? normalTwoSided(statistic) : studentTwoSided(statistic, df), ci };
}

function fixedEffects(terms: readonly string[], numbers: FitNumbers, alpha: number): FixedEffect[] {
  const size = numbers.beta.length;
  return terms.map((term, j) => {
    const estimate = numbers.beta[j] as number;
    const diagonal = (matrix: Float64Array | null): number | null =>
      matrix && errorOf(matrix[j * size + j] as number, estimate);
    const se = diagonal(numbers.covariance);
    const test = wald(estimate, se, { df: numbers.df, alpha });
    return { term, estimate, se, se_robust: diagonal(numbers.robust), ...test };
  });
}

function contrast(
  { temp, treatment, weights }: { temp: string; treatment: string; weights: Float64Array },
  { beta, covariance, robust, df, logistic }: FitNumbers,
  alpha: number,
): Contrast {
  const estimate = weights.reduce((sum, weight, j) => sum + weight * (beta[j] as number), 0);
  const errorBy = (matrix: Float64Array | null): number | null =>
    matrix && errorOf(quadraticForm(matrix, weights), estimate);
  const se = errorBy(covariance);
  const { p, ci } = wald(estimate, se, { df, alpha });
  return {
    temp,
    treatment,
    estimate,
    se,
    se_robust: errorBy(robust),
    ci,
    p,
    odds_ratio: logistic && se !== null ? Math.exp(estimate) : null,
    odds_ratio_ci: logistic && ci ? { low: Math.exp(ci.low), high: Math.exp(ci.high) } : null,
  };
}
