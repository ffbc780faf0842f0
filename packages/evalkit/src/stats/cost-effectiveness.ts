// Cost-effectiveness sets the difference of cost against the difference of effect, paired by item.
import { clusterMean, clusterSums } from './cluster-robust.ts';
import { BETTER } from './compare-metric.ts';
import { costCloud, icer, quadrant } from './cost-plane.ts';
import type { Setup } from './experiment-setup.ts';
import { byTempAndType, type Place } from './layout.ts';
import type { ConditionCost, CostComparison, CostEffectiveness } from './optional-results.ts';
import { clustered, pairedSample, pairItems } from './pairs.ts';
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
    notes: setup.notes,
  };
}

function conditionCost(table: ScoreTable, { temp, type, treatment }: Place): ConditionCost {
  const scores = [...table.group(temp, type, treatment).values()];
  const sum = (of: (score: Score) => number): number => scores.reduce((total, score) => total + of(score), 0);
  const answers = sum((score) => score.samples);
  const usd = sum((score) => score.usd);
  const correct = sum((score) => score.em * score.samples);
  return {
    items: scores.length,
    answers,
    usd,
    usd_per_answer: answers > 0 ? usd / answers : null,
    correct,
    usd_per_correct: correct > 0 ? usd / correct : null,
  };
}

/** What cannot be had without resampling. */
const NOTHING = {
  delta_cost_ci: null,
  delta_effect_ci: null,
  icer: null,
  cloud: null,
  net_benefit: [],
  acceptability: [],
  cloud_sample: [],
};

function compareCost(
  table: ScoreTable,
  place: Place,
  { control, metric, settings }: { control: string; metric: Metric; settings: CostSettings },
): CostComparison {
  const { pairs } = pairItems(table, { ...place, control });
  const own = pairs.filter(
    (pair) => metricValue(pair.control, metric) !== null && metricValue(pair.treatment, metric) !== null,
  );
  const sign = BETTER[metric] === 'lower' ? -1 : 1;
  const cost = pairedSample(own, (score) => score.usd / score.samples);
  const effect = pairedSample(own, (score) => sign * (metricValue(score, metric) ?? 0));
  const n = own.length;
  if (n === 0) {
    const why = `no pair has ${metric} and a cost on both sides`;
    return { n, clusters: 0, delta_cost: null, delta_effect: null, quadrant: null, ...NOTHING, notes: [why] };
  }
  const deltaCost = clusterMean(clustered(cost, 'difference')).mean;
  const deltaEffect = clusterMean(clustered(effect, 'difference')).mean;
  const estimate = {
    n,
    clusters: cost.clusters,
    delta_cost: deltaCost,
    delta_cost_ci: null,
    delta_effect: deltaEffect,
    delta_effect_ci: null,
    quadrant: quadrant(deltaCost, deltaEffect),
    icer: icer(deltaCost, deltaEffect),
  };
  if (cost.clusters < 2) {
    const net = settings.lambdas.map((lambda) => {
      return { lambda, nmb: lambda * deltaEffect - deltaCost, nmb_ci: null, probability: null };
    });
    const notes = ['one cluster: nothing to resample'];
    return { ...estimate, cloud: null, net_benefit: net, acceptability: [], cloud_sample: [], notes };
  }
  const sums = clusterSums(clustered(cost, 'difference'));
  const effects = clusterSums(clustered(effect, 'difference')).sums;
  const name = `${place.temp}/${place.type}/${place.treatment}/${metric}/cost_cloud`;
  const draw = { samples: settings.bootstrap_samples, stream: new RandomStream(settings.random_seed, name) };
  const cloud = costCloud({ cost: sums.sums, effect: effects, items: sums.counts }, draw, settings);
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
