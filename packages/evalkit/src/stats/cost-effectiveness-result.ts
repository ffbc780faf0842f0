// A cost-effectiveness result is cost_effectiveness.json: what a better answer costs.
import type { Better, ByTempAndType, Interval, Metric } from './terms.ts';

export interface CostEffectiveness {
  readonly schema_version: 2;
  readonly metric: Metric;
  readonly better: Better;
  readonly control: string;
  readonly treatments: readonly string[];
  readonly settings: {
    readonly alpha: number;
    readonly random_seed: number;
    readonly bootstrap_samples: number;
    /** USD per one more unit of effect (per additional correct answer for em). */
    readonly lambdas: readonly number[];
  };
  readonly methods: Readonly<Record<string, string>>;
  /** conditions[temp].open|closed[condition]. */
  readonly conditions: ByTempAndType<ConditionCost>;
  /** results[temp].open|closed[treatment]. */
  readonly results: ByTempAndType<CostComparison>;
  readonly notes: readonly string[];
}

/** A condition over all of its own items. */
export interface ConditionCost {
  readonly items: number;
  readonly answers: number;
  /** null where the cost of some answer is not known. */
  readonly usd: number | null;
  readonly usd_per_answer: number | null;
  /** Summed em over all answers; the denominator of usd_per_correct. */
  readonly correct: number | null;
  readonly usd_per_correct: number | null;
}

export type CostQuadrant =
  | 'dominant'
  | 'dominated'
  | 'trade-off: better and dearer'
  | 'trade-off: worse and cheaper'
  | 'no difference';

/** Paired by item: cost and effect of one answer, treatment minus control; effect is positive when better. */
export interface CostComparison {
  readonly n: number;
  readonly clusters: number;
  readonly delta_cost: number | null;
  readonly delta_cost_ci: Interval | null;
  readonly delta_effect: number | null;
  readonly delta_effect_ci: Interval | null;
  readonly quadrant: CostQuadrant | null;
  /** USD per unit of effect; only in the two trade-off quadrants. */
  readonly icer: number | null;
  /** Shares of the paired bootstrap cloud; they sum to 1. */
  readonly cloud: Readonly<Record<CostQuadrant, number>> | null;
  readonly net_benefit: readonly NetBenefit[];
  /** The acceptability curve over a grid of lambdas, for drawing. */
  readonly acceptability: readonly Acceptability[];
  /** Some hundred points of the cloud, for drawing. */
  readonly cloud_sample: readonly CloudPoint[];
  readonly notes: readonly string[];
}

export interface Acceptability {
  readonly lambda: number;
  readonly probability: number;
}

/** One draw of the bootstrap: differences per answer, effect positive when better. */
export interface CloudPoint {
  readonly cost: number;
  readonly effect: number;
}

export interface NetBenefit {
  readonly lambda: number;
  /** lambda * delta_effect - delta_cost, USD per answer. */
  readonly nmb: number;
  readonly nmb_ci: Interval | null;
  /** Share of the cloud with positive net benefit: one point of the acceptability curve. */
  readonly probability: number | null;
}
