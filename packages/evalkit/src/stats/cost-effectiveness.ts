// Cost-effectiveness sets the difference of cost against the difference of effect, paired by item.
import { type Clustered, clusterMean, clusterSums } from './cluster-robust.ts';
import { BETTER } from './compare-metric.ts';
import { type CostUnits, costCloud, icer, quadrant, settle } from './cost-plane.ts';
import type { Setup } from './experiment-setup.ts';
import { byTempAndType, type Place } from './layout.ts';
import type { ConditionCost, CostComparison, CostEffectiveness } from './optional-results.ts';
import { type PairedSample, pairedSample, pairItems } from './pairs.ts';
import { RandomStream } from './random.ts';
import { metricValue, type Score, type ScoreTable } from './scores.ts';
import type { Metric } from './terms.ts';

const METHODS: Readonly<Record<string, string>> = {
  cost: 'USD per answer: the cost of an item over its samples; differences are paired by item, treatment minus control.',
  effect: 'Difference of the metric, turned so that positive is better.',
  quadrant:
    'dominant: no worse and no dearer; dominated: no better and no cheaper; otherwise a trade-off. A ratio of cost to effect is given only for trade-offs: elsewhere the same ratio can mean a bargain or a loss.',
  cloud: 'Paired bootstrap of whole clusters, cost and effect drawn together; shares of the four quadrants.',
  net_benefit:
    'lambda x effect - cost per answer (Stinnett & Mullahy 1998), percentile interval; probability is the acceptability curve (Van Hout et al. 1994).',
  usd_per_correct: 'All cost of a condition over its number of right answers (EM).',
};

export type CostSettings = CostEffectiveness['settings'];

/** Computes cost_effectiveness.json. */
export function computeCostEffectiveness(
  table: ScoreTable,
  setup: Setup,
  { metric, settings }: { readonly metric: Metric; readonly settings: CostSettings },
): CostEffectiveness {
  const { control, treatments } = setup;
  return {
    schema_version: 2,
    metric,
    better: BETTER[metric],
    control,
    treatments,
    settings,
    methods: METHODS,
    conditions: byTempAndType(table, [control, ...treatments], (place) => conditionCost(table, place)),
    results: byTempAndType(table, treatments, (place) =>
      compareCost(table, place, { control, metric, settings }),
    ),
    notes: [...setup.notes, ...unknownCosts(table, [control, ...treatments])],
  };
}

/** Conditions whose scores state no money, as imported results may: nothing can be said about them here. */
function unknownCosts(table: ScoreTable, conditions: readonly string[]): string[] {
  const scoresOf = (condition: string): Score[] =>
    table.temps.flatMap((temp) =>
      table.types.flatMap((type) => [...table.group(temp, type, condition).values()]),
    );
  return conditions
    .filter((condition) => table.conditions.includes(condition))
    .filter((condition) => scoresOf(condition).every((score) => score.usd === null))
    .map(
      (condition) => `${condition}: no cost is known, so nothing is said about what its answers are worth`,
    );
}

function conditionCost(table: ScoreTable, { temp, type, treatment }: Place): ConditionCost {
  const scores = [...table.group(temp, type, treatment).values()];
  // A sum in which one part is unknown is unknown.
  const sum = (of: (score: Score) => number | null): number | null =>
    scores.reduce<number | null>((total, score) => {
      const one = of(score);
      return total === null || one === null ? null : total + one;
    }, 0);
  const answers = scores.reduce((total, score) => total + score.samples, 0);
  const usd = sum((score) => score.usd);
  const correct = sum((score) => (score.em === null ? null : score.em * score.samples));
  return {
    items: scores.length,
    answers,
    usd,
    usd_per_answer: usd !== null && answers > 0 ? usd / answers : null,
    correct,
    usd_per_correct: usd !== null && correct !== null && correct > 0 ? usd / correct : null,
  };
}

function known(score: Score, metric: Metric): boolean {
  return score.usd !== null && metricValue(score, metric) !== null;
}

const noCurves = { acceptability: [], cloud_sample: [] };

/** What nothing can be said about without a pair. */
const nothing = {
  delta_cost_ci: null,
  delta_effect_ci: null,
  icer: null,
  cloud: null,
  net_benefit: [],
  ...noCurves,
};

/** The part of what was added or subtracted that is rounding and no difference. */
const ROUNDING = 1e-12;

interface Settled {
  readonly differences: Clustered;
  readonly mean: number;
  readonly rounding: number;
}

/** The differences of a sample without what is only rounding, and what is only rounding of their mean. */
function settled({ control, treatment, difference, cluster, clusters }: PairedSample): Settled {
  const values = difference.map((value, i) =>
    settle(value, ROUNDING * (Math.abs(control[i] as number) + Math.abs(treatment[i] as number))),
  );
  const rounding = (ROUNDING * values.reduce((sum, value) => sum + Math.abs(value), 0)) / values.length;
  const differences: Clustered = { values, cluster, clusters };
  return { differences, mean: settle(clusterMean(differences).mean, rounding), rounding };
}

/** What is resampled: whole clusters. */
function unitsOf(cost: Settled, effect: Settled): CostUnits {
  const { sums, counts } = clusterSums(cost.differences);
  return {
    cost: sums,
    effect: clusterSums(effect.differences).sums,
    items: counts,
    rounding: { cost: cost.rounding, effect: effect.rounding },
  };
}

function compareCost(
  table: ScoreTable,
  place: Place,
  { control, metric, settings }: { control: string; metric: Metric; settings: CostSettings },
): CostComparison {
  const { pairs } = pairItems(table, { ...place, control });
  const own = pairs.filter(
    ({ control: left, treatment: right }) => known(left, metric) && known(right, metric),
  );
  const sign = BETTER[metric] === 'lower' ? -1 : 1;
  const n = own.length;
  if (n === 0) {
    const why = `no pair has ${metric} and a cost on both sides`;
    return { n, clusters: 0, delta_cost: null, delta_effect: null, quadrant: null, ...nothing, notes: [why] };
  }
  const cost = settled(pairedSample(own, (score) => (score.usd ?? 0) / score.samples));
  const effect = settled(pairedSample(own, (score) => sign * (metricValue(score, metric) ?? 0)));
  const [deltaCost, deltaEffect] = [cost.mean, effect.mean];
  const { clusters } = cost.differences;
  const estimate = {
    n,
    clusters,
    delta_cost: deltaCost,
    delta_cost_ci: null,
    delta_effect: deltaEffect,
    delta_effect_ci: null,
    quadrant: quadrant(deltaCost, deltaEffect),
    icer: icer(deltaCost, deltaEffect),
  };
  if (clusters < 2) {
    const net = settings.lambdas.map((lambda) => {
      return { lambda, nmb: lambda * deltaEffect - deltaCost, nmb_ci: null, probability: null };
    });
    return {
      ...estimate,
      cloud: null,
      net_benefit: net,
      ...noCurves,
      notes: ['one cluster: nothing to resample'],
    };
  }
  const name = `${place.temp}/${place.type}/${place.treatment}/${metric}/cost_cloud`;
  const draw = { samples: settings.bootstrap_samples, stream: new RandomStream(settings.random_seed, name) };
  const cloud = costCloud(unitsOf(cost, effect), draw, settings);
  return {
    ...estimate,
    delta_cost_ci: cloud.costCi,
    delta_effect_ci: cloud.effectCi,
    cloud: cloud.shares,
    net_benefit: cloud.netBenefit,
    acceptability: cloud.acceptability,
    cloud_sample: cloud.sample,
    notes: n > 1 && deltaEffect === 0 ? ['the effects are equal on average'] : [],
  };
}
