// The cost plane: difference of effect against difference of cost, with the bootstrap cloud around the estimate.
import { roundNumber } from '../json-out.ts';
import { percentileInterval } from './bca.ts';
import { bootstrapSums } from './bootstrap.ts';
import type { Acceptability, CloudPoint, CostQuadrant, NetBenefit } from './optional-results.ts';
import type { RandomStream } from './random.ts';
import type { Interval } from './terms.ts';

/** Sums of the paired differences per resampling unit (cluster), with the number of items in it. */
export interface CostUnits {
  readonly cost: Float64Array;
  readonly effect: Float64Array;
  readonly items: Float64Array;
  /** What counts as 0 of a mean, since it is only what rounding left of the sum; 0 when absent. */
  readonly rounding?: { readonly cost: number; readonly effect: number };
}

/** A value, or 0 where it is no more than rounding: 1 - 2/3 - 1/3 is 5.6e-17, and is in no quadrant. */
export function settle(value: number, rounding: number): number {
  return Math.abs(value) <= rounding ? 0 : value;
}

/** Where a difference lies (Black, Medical Decision Making 10 (1990) 212-214). `effect` is positive when better. */
export function quadrant(cost: number, effect: number): CostQuadrant {
  if (cost === 0 && effect === 0) return 'no difference';
  if (effect >= 0 && cost <= 0) return 'dominant';
  if (effect <= 0 && cost >= 0) return 'dominated';
  return effect > 0 ? 'trade-off: better and dearer' : 'trade-off: worse and cheaper';
}

/**
 * Cost per unit of effect, only where it means something: in the two trade-off quadrants. Elsewhere a ratio would show
 * the same number for a bargain and for a loss.
 */
export function icer(cost: number, effect: number): number | null {
  return quadrant(cost, effect).startsWith('trade-off') ? cost / effect : null;
}

export interface CostCloud {
  readonly costCi: Interval;
  readonly effectCi: Interval;
  readonly shares: Record<CostQuadrant, number>;
  readonly netBenefit: readonly NetBenefit[];
  readonly acceptability: readonly Acceptability[];
  readonly sample: readonly CloudPoint[];
}

/** Points of the cloud that are kept for a picture. */
export const CLOUD_SAMPLE = 250;

/**
 * Paired bootstrap of both differences together, and what follows from it: shares of the quadrants, net monetary benefit
 * lambda x effect - cost with percentile intervals (Stinnett & Mullahy, Medical Decision Making 18 (1998) S68-S80) and
 * the acceptability curve, the share with positive net benefit (Van Hout et al., Health Economics 3 (1994) 309-319).
 * @param units two or more
 */
export function costCloud(
  units: CostUnits,
  draw: { readonly samples: number; readonly stream: RandomStream },
  { alpha, lambdas }: { readonly alpha: number; readonly lambdas: readonly number[] },
): CostCloud {
  const columns = [units.cost, units.effect, units.items];
  const [costs, effects, items] = bootstrapSums(columns, draw.samples, draw.stream) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const { rounding = { cost: 0, effect: 0 } } = units;
  const mean = (sums: Float64Array, zero: number): Float64Array =>
    sums.map((sum, r) => settle(sum / (items[r] as number), zero));
  const cloud = {
    cost: mean(costs, rounding.cost),
    effect: mean(effects, rounding.effect),
    rounding,
  };
  const { cost, effect } = cloud;
  const total = columns.map((column) => column.reduce((sum, value) => sum + value, 0)) as [
    number,
    number,
    number,
  ];
  return {
    costCi: percentileInterval(cost, alpha),
    effectCi: percentileInterval(effect, alpha),
    shares: quadrantShares(cost, effect),
    netBenefit: lambdas.map((lambda) => {
      const benefit = effect.map((value, r) => lambda * value - (cost[r] as number));
      return {
        lambda,
        nmb: (lambda * total[1] - total[0]) / total[2],
        nmb_ci: percentileInterval(benefit, alpha),
        probability: acceptable(cloud, lambda),
      };
    }),
    acceptability: lambdaGrid(lambdas).map((lambda) => {
      return { lambda, probability: acceptable(cloud, lambda) };
    }),
    sample: thinned(cost, effect),
  };
}

/** The share of the cloud with positive net benefit. */
function acceptable(
  { cost, effect, rounding }: Pick<CostUnits, 'cost' | 'effect'> & Required<Pick<CostUnits, 'rounding'>>,
  lambda: number,
): number {
  const zero = lambda * rounding.effect + rounding.cost;
  return effect.filter((value, r) => lambda * value - (cost[r] as number) > zero).length / effect.length;
}

/** Values of lambda for a smooth curve: ten a decade, over whole decades, from a tenth of the least to ten times the greatest. */
export function lambdaGrid(lambdas: readonly number[]): readonly number[] {
  const positive = lambdas.filter((lambda) => lambda > 0);
  if (positive.length === 0) return [];
  const from = Math.floor(Math.log10(Math.min(...positive)) - 1);
  const decades = Math.min(12, Math.ceil(Math.log10(Math.max(...positive)) + 1) - from);
  return Array.from({ length: 10 * decades + 1 }, (_, i) => roundNumber(10 ** (from + i / 10)));
}

/** Draws are alike, so that each k-th is a sample of them as good as any. */
function thinned(cost: Float64Array, effect: Float64Array): readonly CloudPoint[] {
  const kept = Math.min(CLOUD_SAMPLE, cost.length);
  return Array.from({ length: kept }, (_, i) => {
    const r = Math.floor((i * cost.length) / kept);
    return { cost: cost[r] as number, effect: effect[r] as number };
  });
}

function quadrantShares(cost: Float64Array, effect: Float64Array): Record<CostQuadrant, number> {
  const shares: Record<CostQuadrant, number> = {
    dominant: 0,
    dominated: 0,
    'trade-off: better and dearer': 0,
    'trade-off: worse and cheaper': 0,
    'no difference': 0,
  };
  cost.forEach((value, r) => {
    shares[quadrant(value, effect[r] as number)] += 1;
  });
  for (const name of Object.keys(shares) as CostQuadrant[]) shares[name] /= cost.length;
  return shares;
}
