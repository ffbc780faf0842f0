// A sensitivity sweep asks how the conclusion depends on what is done with answers that the passage does not support.
import { clusterMean, clusterTest } from './cluster-robust.ts';
import { usefulInterval, verdictOf } from './compare-metric.ts';
import type { Setup } from './experiment-setup.ts';
import type {
  PolicySweep,
  SensitivityPoint,
  SensitivityResult,
  TippingPoint,
  UnsupportedPolicy,
  UnsupportedSensitivity,
} from './optional-results.ts';
import { clustered, type Pair, pairedSample, pairItems } from './pairs.ts';
import type { Score, ScoreTable } from './scores.ts';
import type { Better } from './terms.ts';

const METHODS: Readonly<Record<string, string>> = {
  unsupported:
    'An answer is unsupported at a threshold when it is no abstention and its support score lies below it. At threshold 0 none is.',
  wrong: 'Unsupported answers count as wrong.',
  right: 'Unsupported answers count as right, except to unanswerable questions, where every answer is wrong.',
  excluded: 'Items with an unsupported answer on either side are left out of the pairs.',
  unsupported_rate: 'Share of unsupported answers among all items; lower is better.',
  test: 'Mean paired difference with cluster-robust standard error by passage (Miller 2024), t with G-1 degrees of freedom; not adjusted for the number of thresholds.',
  tipping_point: 'Lowest threshold whose verdict differs from that of EM as scored (the reference).',
  samples:
    'With several samples per item, support and abstention are item means, so an item is flagged as a whole.',
};

/** What the sweep runs over. */
export interface SweepSettings {
  /** Ascending. */
  readonly thresholds: readonly number[];
  readonly policies: readonly UnsupportedPolicy[];
  readonly alpha: number;
}

/** Share of the item's samples that answered; all of them where abstentions were not measured. */
function answered(score: Score): number {
  return 1 - (score.abstained ?? 0);
}

/** Whether the item has an answer whose support lies below the threshold. */
function flagged(score: Score, threshold: number): boolean {
  return answered(score) > 0 && score.support !== null && score.support < threshold;
}

/** EM of one score under a policy; null leaves the item out. */
export function policyScore(score: Score, policy: UnsupportedPolicy, threshold: number): number | null {
  if (score.em === null || !flagged(score, threshold)) return score.em;
  if (policy === 'excluded') return null;
  // The EM of an unanswerable question is its share of abstentions, which no policy touches.
  if (score.unanswerable) return score.em;
  return policy === 'wrong' ? 0 : answered(score);
}

interface Sweep {
  readonly pairs: readonly Pair[];
  readonly alpha: number;
}

function pointOf(
  { pairs, alpha }: Sweep,
  quantity: (score: Score) => number | null,
  { threshold, better }: { readonly threshold: number | null; readonly better: Better },
): SensitivityPoint {
  const sample = pairedSample(pairs, quantity);
  const n = sample.difference.length;
  const isFlagged = (score: Score): boolean => threshold !== null && flagged(score, threshold);
  const counts = {
    threshold,
    n,
    clusters: sample.clusters,
    flagged_control: pairs.filter((pair) => isFlagged(pair.control)).length,
    flagged_treatment: pairs.filter((pair) => isFlagged(pair.treatment)).length,
  };
  if (n === 0) {
    const nothing = { control_mean: null, treatment_mean: null, delta: null, ci: null, p: null };
    return { ...counts, ...nothing, verdict: 'no data' };
  }
  const difference = clusterMean(clustered(sample, 'difference'));
  const p = clusterTest(difference);
  return {
    ...counts,
    control_mean: clusterMean(clustered(sample, 'control')).mean,
    treatment_mean: clusterMean(clustered(sample, 'treatment')).mean,
    delta: difference.mean,
    ci: usefulInterval(difference, alpha),
    p,
    verdict: verdictOf(difference.mean, better, { p, alpha }),
  };
}

/** The whole sweep of one treatment. */
export function sweepPairs(pairs: readonly Pair[], settings: SweepSettings): SensitivityResult {
  const sweep = { pairs, alpha: settings.alpha };
  const reference = pointOf(sweep, (score) => score.em, { threshold: null, better: 'higher' });
  const policies: Partial<Record<UnsupportedPolicy, PolicySweep>> = {};
  for (const policy of settings.policies) {
    const points = settings.thresholds.map((threshold) =>
      pointOf(sweep, (score) => policyScore(score, policy, threshold), { threshold, better: 'higher' }),
    );
    policies[policy] = {
      points,
      tipping_point: tippingPoint(reference, points, (point) => point.verdict !== reference.verdict),
      sign_change: tippingPoint(
        reference,
        points,
        (point) => Math.sign(point.delta ?? 0) * Math.sign(reference.delta ?? 0) < 0,
      ),
    };
  }
  return {
    reference,
    unsupported_rate: settings.thresholds.map((threshold) =>
      pointOf(sweep, (score) => (flagged(score, threshold) ? answered(score) : 0), {
        threshold,
        better: 'lower',
      }),
    ),
    policies,
  };
}

function tippingPoint(
  reference: SensitivityPoint,
  points: readonly SensitivityPoint[],
  differs: (point: SensitivityPoint) => boolean,
): TippingPoint | null {
  const found = points.find(differs);
  if (found === undefined || found.threshold === null) return null;
  return { threshold: found.threshold, from: reference.verdict, to: found.verdict, delta: found.delta };
}

/** Computes unsupported_sensitivity.json. */
export function computeSensitivity(
  table: ScoreTable,
  setup: Setup,
  settings: SweepSettings,
): UnsupportedSensitivity {
  const { control, treatments } = setup;
  const results: Record<string, Record<string, SensitivityResult>> = {};
  const notes = [...setup.notes];
  const lacking = whatLacks(table);
  if (lacking !== null) notes.push(lacking);
  for (const temp of lacking === null ? table.temps : []) {
    results[temp] = Object.fromEntries(
      treatments.map((treatment) => {
        const { pairs } = pairItems(table, { temp, type: 'open', control, treatment });
        return [treatment, sweepPairs(pairs, settings)];
      }),
    );
    if (treatments.every((treatment) => table.group(temp, 'open', treatment).size === 0)) continue;
    const unknown = [control, ...treatments].reduce(
      (sum, condition) =>
        sum +
        [...table.group(temp, 'open', condition).values()].filter((score) => lacksSupport(score)).length,
      0,
    );
    if (unknown > 0)
      notes.push(`temperature ${temp}: ${unknown} answers have no support score and are never flagged`);
  }
  return {
    schema_version: 2,
    metric: 'em',
    type: 'open',
    control,
    treatments,
    settings,
    methods: METHODS,
    results,
    notes,
  };
}

/** Why there is nothing to sweep, or null. */
function whatLacks(table: ScoreTable): string | null {
  if (!table.types.includes('open')) return 'the scores hold no open-book questions: support is unknown';
  if (!table.measured('open').includes('em')) return 'the scores hold no exact match: nothing to sweep';
  const scored = table.conditions.some((condition) =>
    table.temps.some((temp) => [...table.group(temp, 'open', condition).values()].some(hasSupport)),
  );
  return scored ? null : 'the scores hold no support: it cannot be swept';
}

function hasSupport(score: Score): boolean {
  return score.support !== null;
}

function lacksSupport(score: Score): boolean {
  return answered(score) > 0 && score.support === null;
}
