// The sign-flip test: if treatment and control are alike, every paired difference could as well have the other sign.
import type { RandomStream } from './random.ts';

/** Units up to which all sign vectors are enumerated; 2^16 sums take a millisecond or two. */
const ENUMERATE_UP_TO = 16;
/** Largest sum of whole-number differences for which the exact distribution is built by convolution. */
const CONVOLVE_UP_TO = 4096;

export interface SignFlip {
  readonly p: number;
  readonly method: 'exact' | 'monte_carlo';
  /** Units with a difference other than 0; the others cannot change the sum. */
  readonly units: number;
  /** Random sign vectors drawn; null for an exact p. */
  readonly samples: number | null;
}

/**
 * Two-sided sign-flip permutation test of the sum of differences (Fisher, The Design of Experiments (1935) 21).
 * Exact where it is cheap: all 2^m sign vectors for m <= 16 units, or the exact distribution of the sum for whole
 * numbers; then single-sample binary items give the exact McNemar p. Otherwise (ge + 1) / (R + 1) over R random
 * vectors, which is a valid p and never 0 (Phipson & Smyth, Stat. Appl. Genet. Mol. Biol. 9 (2010) 39). An exact p
 * below what a double can hold is the smallest double.
 * @param differences one per unit: an item's difference, or the sum over a cluster (all its signs flip together)
 * @param draw random vectors for the third case
 */
export function signFlipTest(
  differences: Float64Array,
  draw: { readonly samples: number; readonly stream: RandomStream },
): SignFlip {
  const scale = differences.reduce((most, d) => Math.max(most, Math.abs(d)), 0);
  const sizes = differences.map(Math.abs).filter((size) => size > 1e-12 * scale);
  const observed = Math.abs(differences.reduce((sum, d) => sum + d, 0));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  // Sums that are equal on paper may differ in the last bits.
  const reach = observed - 1e-9 * total;
  const units = sizes.length;
  if (units === 0) return { p: 1, method: 'exact', units, samples: null };
  if (units <= ENUMERATE_UP_TO) return { p: enumerate(sizes, reach), method: 'exact', units, samples: null };
  if (total <= CONVOLVE_UP_TO && sizes.every(Number.isInteger)) {
    return { p: convolve(sizes, total, reach), method: 'exact', units, samples: null };
  }
  return { p: randomFlips(sizes, reach, draw), method: 'monte_carlo', units, samples: draw.samples };
}

/** Share of all sign vectors whose sum is as far from 0; the first sign is fixed by symmetry. Gray-code order. */
function enumerate(sizes: Float64Array, reach: number): number {
  const half = 2 ** (sizes.length - 1);
  const sign = new Float64Array(sizes.length).fill(1);
  let sum = sizes.reduce((total, size) => total + size, 0);
  let hits = Math.abs(sum) >= reach ? 1 : 0;
  for (let code = 1; code < half; code += 1) {
    const bit = 31 - Math.clz32(code & -code) + 1;
    sum -= 2 * (sign[bit] as number) * (sizes[bit] as number);
    sign[bit] = -(sign[bit] as number);
    if (Math.abs(sum) >= reach) hits += 1;
  }
  return hits / half;
}

/** Exact distribution of the sum of whole numbers with random signs; index s + total holds P(sum = s). */
function convolve(sizes: Float64Array, total: number, reach: number): number {
  let now = new Float64Array(2 * total + 1);
  now[total] = 1;
  let width = 0;
  for (const size of sizes) {
    const next = new Float64Array(2 * total + 1);
    for (let at = total - width; at <= total + width; at += 1) {
      const half = 0.5 * (now[at] as number);
      next[at - size] = (next[at - size] as number) + half;
      next[at + size] = (next[at + size] as number) + half;
    }
    width += size;
    now = next;
  }
  let p = 0;
  for (let at = 0; at < now.length; at += 1) if (Math.abs(at - total) >= reach) p += now[at] as number;
  return Math.max(Number.MIN_VALUE, Math.min(1, p));
}

function randomFlips(
  sizes: Float64Array,
  reach: number,
  { samples, stream }: { readonly samples: number; readonly stream: RandomStream },
): number {
  let hits = 0;
  for (let r = 0; r < samples; r += 1) {
    let sum = 0;
    let bits = 0;
    for (let k = 0; k < sizes.length; k += 1) {
      if (k % 32 === 0) bits = stream.uint32();
      sum += bits & 1 ? (sizes[k] as number) : -(sizes[k] as number);
      bits >>>= 1;
    }
    if (Math.abs(sum) >= reach) hits += 1;
  }
  return (hits + 1) / (samples + 1);
}
