// A meta-analysis joins the differences of several datasets into one, with their heterogeneity.
import { normalQuantile, normalTwoSided } from './normal.ts';
import type { MetaAnalysis } from './significance-result.ts';

/** One dataset's difference and its standard error (above 0). */
export interface Study {
  readonly delta: number;
  readonly se: number;
}

/**
 * The random-effects summary of DerSimonian & Laird (Controlled Clinical Trials 7 (1986) 177-188), with Cochran's Q
 * and I^2 (Higgins & Thompson, Statistics in Medicine 21 (2002) 1539-1558).
 * @param studies two or more
 */
export function derSimonianLaird(studies: readonly Study[], alpha: number): MetaAnalysis {
  if (studies.length < 2) throw new RangeError('derSimonianLaird: needs at least two studies');
  const fixed = weightedMean(studies, 0);
  const sum = (f: (weight: number, study: Study) => number): number =>
    studies.reduce((total, study) => total + f(1 / study.se ** 2, study), 0);
  const q = sum((w, study) => w * (study.delta - fixed.mean) ** 2);
  const df = studies.length - 1;
  const spread = fixed.weight - sum((w) => w * w) / fixed.weight;
  const tau2 = Math.max(0, (q - df) / spread);
  const { mean, weight } = weightedMean(studies, tau2);
  const se = Math.sqrt(1 / weight);
  const half = normalQuantile(1 - alpha / 2) * se;
  return {
    studies: studies.length,
    delta: mean,
    se,
    ci: { low: mean - half, high: mean + half },
    p: normalTwoSided(mean / se),
    q,
    tau2,
    i2: q > 0 ? Math.max(0, (q - df) / q) : 0,
  };
}

function weightedMean(studies: readonly Study[], tau2: number): { mean: number; weight: number } {
  let weight = 0;
  let total = 0;
  for (const { delta, se } of studies) {
    const w = 1 / (se ** 2 + tau2);
    weight += w;
    total += w * delta;
  }
  return { mean: total / weight, weight };
}
