// The bootstrap: resampling units (items or whole clusters) with replacement.
import type { RandomStream } from './random.ts';

/**
 * Draws as many units as there are, with replacement, `samples` times, and sums every column over the drawn units.
 * Any ratio or difference of sums can then be formed per replicate, with all columns drawn together (paired).
 * Efron & Tibshirani, An Introduction to the Bootstrap (1993) chapter 6; clusters as units: Cameron, Gelbach & Miller,
 * Review of Economics and Statistics 90 (2008) 414-427.
 * @param columns one array per quantity, each with one entry per unit (at least one unit)
 * @returns one array per column, each with `samples` sums
 */
export function bootstrapSums(
  columns: readonly Float64Array[],
  samples: number,
  stream: RandomStream,
): Float64Array[] {
  const units = columns[0]?.length ?? 0;
  const totals = columns.map(() => new Float64Array(samples));
  const times = new Uint16Array(units);
  for (let r = 0; r < samples; r += 1) {
    times.fill(0);
    for (let k = 0; k < units; k += 1) {
      const unit = stream.below(units);
      times[unit] = (times[unit] as number) + 1;
    }
    for (let c = 0; c < columns.length; c += 1) {
      (totals[c] as Float64Array)[r] = dot(times, columns[c] as Float64Array);
    }
  }
  return totals;
}

function dot(times: Uint16Array, column: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < times.length; k += 1) sum += (times[k] as number) * (column[k] as number);
  return sum;
}

/** Bootstrap replicates and leave-one-unit-out values of a ratio of sums; a mean is the ratio to a column of ones. */
export interface RatioBootstrap {
  readonly estimate: number;
  readonly replicates: Float64Array;
  readonly jackknife: Float64Array;
}

/**
 * Bootstraps sum(numerator) / sum(denominator) over units.
 * @param denominator above 0 for every unit, so that no replicate divides by 0
 */
export function bootstrapRatio(
  numerator: Float64Array,
  denominator: Float64Array,
  draw: { readonly samples: number; readonly stream: RandomStream },
): RatioBootstrap {
  const top = sumOf(numerator);
  const bottom = sumOf(denominator);
  const [tops, bottoms] = bootstrapSums([numerator, denominator], draw.samples, draw.stream);
  const replicates = (tops as Float64Array).map(
    (value, r) => value / ((bottoms as Float64Array)[r] as number),
  );
  const jackknife = numerator.map((value, k) => (top - value) / (bottom - (denominator[k] as number)));
  return { estimate: top / bottom, replicates, jackknife };
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
