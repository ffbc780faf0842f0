// A power analysis plans the next run from the variation of this one: detectable effects, needed items, curves.
import { clusterMean } from './cluster-robust.ts';
import type { PrimaryKey, Setup } from './experiment-setup.ts';
import { connorDetectable, connorPairs, connorPower, exactMidPPower, type Goal } from './mcnemar-power.ts';
import type { BinaryPower, MeanPower, PowerAnalysis, PowerEndpoint, RequiredN } from './optional-results.ts';
import {
  type DifferenceVariance,
  differenceVariance,
  pairedDetectable,
  pairedItems,
  pairedPower,
  splitVariance,
} from './paired-power.ts';
import { clustered, metricSample, type Pair, type PairedSample, pairItems } from './pairs.ts';
import { metricValue, type Score, type ScoreTable } from './scores.ts';
import type { Metric } from './terms.ts';

/** Largest number of pairs for which the exact power is computed. */
const EXACT_UP_TO = 1000;

const METHODS: Readonly<Record<string, string>> = {
  scope:
    'Planning values from the variation seen here. No power is given for the effect that was observed: it would only restate the p-value.',
  endpoints: 'The primary metric and F1, for the primary type of question, at every temperature.',
  binary:
    'McNemar: Connor (1987) at the observed share of discordant pairs (at least the target effect); power_exact is the exact unconditional power of the mid-p test.',
  mean: 'Paired differences of item means: n = (z_a + z_b)^2 (item variance + sampling variance / K) / effect^2 (Miller 2024). The split needs K >= 2 samples.',
  mde: 'Smallest effect seen with the wanted power at the present items, clusters taken into account by the design effect.',
  design_effect:
    'Variance of the mean difference with clusters over that without; multiplies the needed number of items, and counts as 1 where it is smaller, since that is mostly chance.',
  alpha_adjusted: 'alpha over the number of treatments, the first step of Holm.',
};

export type PowerSettings = PowerAnalysis['settings'];

export interface PowerTask {
  readonly table: ScoreTable;
  readonly setup: Setup;
  readonly primary: PrimaryKey;
  readonly settings: PowerSettings;
}

/** Computes power_analysis.json. */
export function computePower(task: PowerTask): PowerAnalysis {
  const { table, setup, primary, settings } = task;
  const measured = table.measured(primary.type);
  const metrics = [...new Set<Metric>([primary.metric, 'f1'])].filter((metric) => measured.includes(metric));
  const endpoints = table.temps.flatMap((temp) =>
    metrics.flatMap((metric) =>
      setup.treatments.map((treatment) => endpointOf(task, { temp, metric, treatment })),
    ),
  );
  return {
    schema_version: 2,
    control: setup.control,
    treatments: setup.treatments,
    settings,
    methods: METHODS,
    endpoints,
    notes: setup.notes,
  };
}

function endpointOf(
  { table, setup, primary, settings }: PowerTask,
  { temp, metric, treatment }: { temp: string; metric: Metric; treatment: string },
): PowerEndpoint {
  const { type } = primary;
  const { pairs } = pairItems(table, { temp, type, control: setup.control, treatment });
  const sample = metricSample(pairs, metric);
  const n = sample.difference.length;
  const endpoint = {
    metric,
    type,
    temp,
    treatment,
    primary: metric === primary.metric && temp === primary.temp,
    n,
    clusters: sample.clusters,
  };
  if (n < 2) {
    return {
      ...endpoint,
      design_effect: null,
      binary: null,
      mean: null,
      notes: ['fewer than two pairs: no variation to plan from'],
    };
  }
  const design = clusterMean(clustered(sample, 'difference')).designEffect;
  const notes: string[] = [];
  if (design === null)
    notes.push('the design effect is unknown: one cluster, or differences that do not vary');
  const inflation = Math.max(1, design ?? 1);
  const effective = n / inflation;
  const binary = sample.binary ? binaryPower(sample, { effective, inflation, settings }) : null;
  if (binary && binary.discordant_share === 0)
    notes.push('no discordant pair: nothing to plan from; targets only');
  const split = metric === 'f1' || !sample.binary ? samplingVariance(pairs, metric) : null;
  const mean =
    binary && metric !== 'f1' ? null : meanPower(sample, { effective, inflation, settings, split });
  if (mean && split === null) {
    notes.push(
      'one sample per item, or no standard deviations: the sampling part of the variance is unknown',
    );
  }
  return { ...endpoint, design_effect: design, binary, mean, notes };
}

interface Known {
  /** Pairs over the design effect. */
  readonly effective: number;
  /** The design effect, at least 1. */
  readonly inflation: number;
  readonly settings: PowerSettings;
}

function inflate(n: number, inflation: number): number {
  return Math.ceil(n * inflation - 1e-9);
}

function goals(settings: PowerSettings): { plain: Goal; adjusted: Goal } {
  const { alpha, alpha_adjusted, power } = settings;
  return { plain: { alpha, power }, adjusted: { alpha: alpha_adjusted, power } };
}

function binaryPower(sample: PairedSample, { effective, inflation, settings }: Known): BinaryPower {
  const n = sample.difference.length;
  const discordant = sample.difference.reduce((sum, d) => sum + Math.abs(d), 0) / n;
  const { plain, adjusted } = goals(settings);
  const plan = (effect: number) => ({ discordant: Math.max(discordant, effect), difference: effect });
  return {
    discordant_share: discordant,
    mde: connorDetectable(discordant, effective, plain),
    mde_adjusted: connorDetectable(discordant, effective, adjusted),
    required_n: settings.target_effects.map((effect) => {
      const pairs = connorPairs(plan(effect), plain);
      return {
        effect,
        samples: null,
        n: pairs,
        n_adjusted: connorPairs(plan(effect), adjusted),
        n_with_design_effect: inflate(pairs, inflation),
      };
    }),
    curve: settings.target_effects.flatMap((effect) =>
      settings.sample_sizes.map((size) => ({
        effect,
        n: size,
        power: connorPower(plan(effect), size, settings.alpha),
        power_exact: size <= EXACT_UP_TO ? exactMidPPower(plan(effect), size, settings.alpha) : null,
      })),
    ),
  };
}

function meanPower(
  sample: PairedSample,
  { effective, inflation, settings, split }: Known & { readonly split: SamplingVariance | null },
): MeanPower {
  const n = sample.difference.length;
  const mean = sample.difference.reduce((sum, d) => sum + d, 0) / n;
  const variance = sample.difference.reduce((sum, d) => sum + (d - mean) ** 2, 0) / (n - 1);
  const { plain, adjusted } = goals(settings);
  const parts: DifferenceVariance | null = split && splitVariance(variance, split.within, split.sampling);
  const needed = (effect: number, samples: number | null): RequiredN => {
    const planned = samples !== null && parts ? differenceVariance(parts, samples) : variance;
    const items = pairedItems(planned, effect, plain);
    return {
      effect,
      samples,
      n: items,
      n_adjusted: pairedItems(planned, effect, adjusted),
      n_with_design_effect: inflate(items, inflation),
    };
  };
  return {
    sd_difference: Math.sqrt(variance),
    item_variance: parts?.item ?? null,
    sampling_variance_control: parts?.control ?? null,
    sampling_variance_treatment: parts?.treatment ?? null,
    mde: pairedDetectable(variance, effective, plain),
    mde_adjusted: pairedDetectable(variance, effective, adjusted),
    required_n: settings.target_effects.flatMap((effect) => [
      needed(effect, null),
      ...(parts ? settings.samples_per_item.map((samples) => needed(effect, samples)) : []),
    ]),
    curve: settings.target_effects.flatMap((effect) =>
      settings.sample_sizes.map((size) => ({
        effect,
        n: size,
        power: pairedPower(variance, effect, { n: size, alpha: settings.alpha }),
        power_exact: null,
      })),
    ),
  };
}

interface SamplingVariance {
  readonly within: { readonly control: number; readonly treatment: number };
  /** Mean over the items of the variance of their observed difference by sampling alone. */
  readonly sampling: number;
}

/** Within-item variance of one sample, from the standard deviations in the file; null where some item has only one. */
function samplingVariance(pairs: readonly Pair[], metric: Metric): SamplingVariance | null {
  const own = pairs.filter(
    (pair) => metricValue(pair.control, metric) !== null && metricValue(pair.treatment, metric) !== null,
  );
  const side = (of: (pair: Pair) => Score): { within: number; sampling: number } | null => {
    let [within, sampling] = [0, 0];
    for (const pair of own) {
      const score = of(pair);
      const variance = withinVariance(score, metric);
      if (variance === null) return null;
      within += variance / own.length;
      // By its own K: items that were asked more often because they vary more would else seem to vary by chance alone.
      sampling += variance / score.samples / own.length;
    }
    return { within, sampling };
  };
  const control = side((pair) => pair.control);
  const treatment = side((pair) => pair.treatment);
  if (control === null || treatment === null || own.length === 0) return null;
  return {
    within: { control: control.within, treatment: treatment.within },
    sampling: control.sampling + treatment.sampling,
  };
}

/** Variance of single samples around the item's mean; rates of yes and no give it by m (1 - m) K / (K - 1). */
function withinVariance(score: Score, metric: Metric): number | null {
  if (score.samples < 2) return null;
  if (metric === 'f1') return score.f1Sd === null ? null : score.f1Sd ** 2;
  const mean = metricValue(score, metric);
  return mean === null ? null : (mean * (1 - mean) * score.samples) / (score.samples - 1);
}
