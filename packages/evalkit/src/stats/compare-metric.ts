// A metric comparison: everything that is said about one metric of one treatment against the control.
import { bcaInterval } from './bca.ts';
import { bootstrapRatio } from './bootstrap.ts';
import { clopperPearsonInterval } from './clopper-pearson.ts';
import { type ClusterMean, clusterInterval, clusterMean, clusterSums } from './cluster-robust.ts';
import { cohenDz, cohenH } from './effect-size.ts';
import { conditionalOddsRatio, mcnemarTest } from './mcnemar.ts';
import { newcombePairedInterval, type PairedTable } from './newcombe.ts';
import { nonInferiority } from './non-inferiority.ts';
import { clustered, type PairedSample } from './pairs.ts';
import { RandomStream } from './random.ts';
import { signFlipTest } from './sign-flip.ts';
import type {
  Level,
  McNemarResult,
  MetricResult,
  SignFlipResult,
  StatsSettings,
} from './significance-result.ts';
import { tangoPairedInterval } from './tango.ts';
import type { Better, Interval, Metric, Verdict } from './terms.ts';
import { wilcoxonSignedRank } from './wilcoxon.ts';
import { wilsonInterval } from './wilson.ts';

/** What a result says of its family before the family is known. */
const UNADJUSTED = { p_adjusted: null, family: null, verdict: 'no data' } as const;

/** Which way each metric is good. */
export const BETTER: Readonly<Record<Metric, Better>> = {
  em: 'higher',
  f1: 'higher',
  abstained: 'neither',
  false_answer: 'lower',
  unsupported: 'lower',
};

/** What a comparison is of; `name` names its random streams. */
export interface MetricTask {
  readonly metric: Metric;
  readonly name: string;
  readonly settings: StatsSettings;
}

/**
 * Compares one metric over its paired sample. No pairs, one cluster or no variation are results with notes.
 * The p-value is not adjusted yet: `p_adjusted`, `family` and `verdict` wait for the family.
 */
export function compareMetric(sample: PairedSample, task: MetricTask): MetricResult {
  const { metric, settings } = task;
  const n = sample.difference.length;
  if (n === 0) return emptyDraft(metric);
  const { alpha } = settings;
  const difference = clusterMean(clustered(sample, 'difference'));
  const table = metric === 'f1' ? null : pairedTable(sample);
  const mcnemar = table && mcnemarResult(table, sample.binary, alpha);
  const signFlip = flipSigns(sample, task);
  const intervals = allIntervals(sample, task, { difference, table });
  const wilcoxon = wilcoxonSignedRank(sample.difference);
  const independent = sample.binary && sample.clusters === n && mcnemar !== null;
  return {
    better: BETTER[metric],
    kind: sample.binary ? 'binary' : 'mean',
    n,
    clusters: sample.clusters,
    control: level(sample, 'control', alpha),
    treatment: level(sample, 'treatment', alpha),
    delta: difference.mean,
    ci: independent ? intervals.newcombe_10 : intervals.cluster_t,
    ci_method: independent ? 'newcombe_10' : intervals.cluster_t && 'cluster_t',
    p: independent ? mcnemar.p_mid : signFlip.p,
    p_method: independent ? 'mcnemar_mid_p' : 'sign_flip',
    ...UNADJUSTED,
    intervals,
    tests: {
      mcnemar,
      sign_flip: signFlip,
      wilcoxon: {
        w_plus: wilcoxon.wPlus,
        n_nonzero: wilcoxon.nonzero,
        p: wilcoxon.p,
        method: wilcoxon.method,
      },
    },
    effect: {
      cohen_h: sample.binary ? cohenH(meanOf(sample.treatment), meanOf(sample.control)) : null,
      d_z: cohenDz(sample.difference),
    },
    non_inferiority: nonInferiority(difference, BETTER[metric], {
      margin: settings.non_inferiority_margin,
      alpha,
    }),
    notes: notesOf(sample, { difference, mcnemar }),
  };
}

/** What a comparison shows, by the direction of the metric. */
export function verdictOf(
  delta: number | null,
  better: Better,
  evidence: { readonly p: number | null; readonly alpha: number },
): Verdict {
  if (delta === null) return 'no data';
  if (evidence.p === null || evidence.p > evidence.alpha || delta === 0) return 'inconclusive';
  if (better === 'neither') return 'different';
  return delta > 0 === (better === 'higher') ? 'better' : 'worse';
}

function emptyDraft(metric: Metric): MetricResult {
  return {
    better: BETTER[metric],
    kind: 'mean',
    n: 0,
    clusters: 0,
    control: null,
    treatment: null,
    delta: null,
    ci: null,
    ci_method: null,
    p: null,
    p_method: null,
    ...UNADJUSTED,
    intervals: { bca: null, cluster_bca: null, cluster_t: null, newcombe_10: null, tango: null },
    tests: { mcnemar: null, sign_flip: null, wilcoxon: null },
    effect: { cohen_h: null, d_z: null },
    non_inferiority: null,
    notes: ['no pair has this metric on both sides: nothing to compare'],
  };
}

function meanOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

function level(sample: PairedSample, side: 'control' | 'treatment', alpha: number): Level {
  const mean = clusterMean(clustered(sample, side));
  const n = sample[side].length;
  const successes = sample.binary ? sample[side].reduce((sum, value) => sum + value, 0) : null;
  return {
    mean: mean.mean,
    cluster_t: usefulInterval(mean, alpha),
    successes,
    wilson: successes === null ? null : wilsonInterval(successes, n, alpha),
    clopper_pearson: successes === null ? null : clopperPearsonInterval(successes, n, alpha),
  };
}

/** A standard error of 0 says that nothing varied, not that nothing is uncertain: no interval then. */
export function usefulInterval(mean: ClusterMean, alpha: number): Interval | null {
  return mean.se === 0 ? null : clusterInterval(mean, alpha);
}

/** The 2 x 2 table; samples of one item and side are read by majority, and exact halves are left out. */
function pairedTable(sample: PairedSample): PairedTable & { readonly ties: number } {
  const table = { both: 0, b: 0, c: 0, neither: 0, ties: 0 };
  for (let i = 0; i < sample.difference.length; i += 1) {
    const treatment = (sample.treatment[i] as number) - 0.5;
    const control = (sample.control[i] as number) - 0.5;
    if (Math.abs(treatment) < 1e-9 || Math.abs(control) < 1e-9) table.ties += 1;
    else if (treatment > 0) table[control > 0 ? 'both' : 'b'] += 1;
    else table[control > 0 ? 'c' : 'neither'] += 1;
  }
  return table;
}

function mcnemarResult(
  table: PairedTable & { readonly ties: number },
  single: boolean,
  alpha: number,
): McNemarResult {
  const { both, b, c, neither, ties } = table;
  const p = mcnemarTest(b, c);
  const odds = conditionalOddsRatio(b, c, alpha);
  return {
    both,
    b,
    c,
    neither,
    ties_left_out: ties,
    reading: single ? 'single' : 'majority',
    p_mid: p.mid,
    p_exact: p.exact,
    odds_ratio: odds.ratio,
    odds_ratio_ci: odds.ci,
  };
}

function flipSigns(sample: PairedSample, { name, settings }: MetricTask): SignFlipResult {
  const stream = new RandomStream(settings.random_seed, `${name}/sign_flip`);
  const { sums } = clusterSums(clustered(sample, 'difference'));
  const flip = signFlipTest(sums, { samples: settings.permutation_samples, stream });
  return {
    p: flip.p,
    method: flip.method,
    unit: sample.clusters === sample.difference.length ? 'item' : 'cluster',
    units: flip.units,
    samples: flip.samples,
  };
}

function allIntervals(
  sample: PairedSample,
  { name, settings }: MetricTask,
  known: { readonly difference: ClusterMean; readonly table: PairedTable | null },
): MetricResult['intervals'] {
  const { alpha, random_seed: seed, bootstrap_samples: samples } = settings;
  const n = sample.difference.length;
  const draw = (kind: string) => ({ samples, stream: new RandomStream(seed, `${name}/${kind}`) });
  const bca =
    n < 2
      ? null
      : bcaInterval(bootstrapRatio(sample.difference, new Float64Array(n).fill(1), draw('bootstrap')), alpha);
  let clusterBca: Interval | null = null;
  if (sample.clusters === n) clusterBca = bca;
  else if (sample.clusters > 1) {
    const { sums, counts } = clusterSums(clustered(sample, 'difference'));
    clusterBca = bcaInterval(bootstrapRatio(sums, counts, draw('cluster_bootstrap')), alpha);
  }
  const rates = sample.binary ? known.table : null;
  return {
    bca,
    cluster_bca: clusterBca,
    cluster_t: usefulInterval(known.difference, alpha),
    newcombe_10: rates && newcombePairedInterval(rates, alpha),
    tango: rates && tangoPairedInterval(rates, alpha),
  };
}

function notesOf(
  sample: PairedSample,
  { difference, mcnemar }: { readonly difference: ClusterMean; readonly mcnemar: McNemarResult | null },
): string[] {
  const notes: string[] = [];
  const n = sample.difference.length;
  if (n === 1) notes.push('one pair: no standard error and no interval of the mean');
  else if (sample.clusters === 1)
    notes.push('one cluster: no standard error; its items are no independent evidence');
  else if (difference.se === 0) {
    notes.push('all paired differences are equal: a standard error of 0 says nothing about sampling error');
  } else if (sample.clusters < 20 && sample.clusters < n) {
    notes.push(`only ${sample.clusters} clusters: cluster-robust intervals tend to be too short`);
  }
  if (mcnemar && mcnemar.b + mcnemar.c === 0) notes.push('no discordant pair: no odds ratio');
  if (mcnemar && mcnemar.ties_left_out > 0) {
    notes.push(`McNemar's table leaves out ${mcnemar.ties_left_out} items whose samples are split in half`);
  }
  return notes;
}
