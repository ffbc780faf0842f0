// Gauss-Hermite quadrature: nodes and weights for integrals against exp(-x^2).

export interface Quadrature {
  /** Nodes in ascending order, symmetric about 0. */
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

const cache = new Map<number, Quadrature>();

/**
 * The K-point rule (Abramowitz & Stegun 25.4.46): nodes are the zeros of the Hermite polynomial, found by Newton's
 * method on the orthonormal recurrence from the largest down, each divided out of the next search.
 * @param points K, 1 to 120 (beyond, the smallest weights leave the range of doubles)
 */
export function gaussHermite(points: number): Quadrature {
  if (!Number.isInteger(points) || points < 1 || points > 120) {
    throw new RangeError(`gaussHermite: points must be a whole number from 1 to 120, got ${points}`);
  }
  const known = cache.get(points);
  if (known) return known;
  const nodes = new Float64Array(points);
  const weights = new Float64Array(points);
  const found: number[] = [];
  const top = Math.sqrt(2 * points + 1);
  for (let k = 0; k < Math.ceil(points / 2); k += 1) {
    const node = 2 * k + 1 === points ? 0 : nextZero(points, top, found);
    found.push(node);
    const { slope } = hermite(points, node);
    nodes[points - 1 - k] = node;
    nodes[k] = node === 0 ? 0 : -node;
    weights[k] = 2 / (slope * slope);
    weights[points - 1 - k] = weights[k] as number;
  }
  const rule = { nodes, weights };
  cache.set(points, rule);
  return rule;
}

/** Value and slope of the orthonormal Hermite polynomial of the given degree. */
function hermite(degree: number, x: number): { value: number; slope: number } {
  let before = 0;
  let value = Math.PI ** -0.25;
  for (let j = 1; j <= degree; j += 1) {
    const next = x * Math.sqrt(2 / j) * value - Math.sqrt((j - 1) / j) * before;
    before = value;
    value = next;
  }
  return { value, slope: Math.sqrt(2 * degree) * before };
}

/** Newton from above all zeros, with the found ones divided out: it descends to the largest that is left. */
function nextZero(degree: number, start: number, found: readonly number[]): number {
  let x = start;
  // The last steps leave the division out, so that its rounding does not stay in the result.
  for (const divided of [true, false]) {
    for (let step = 0; step < 500; step += 1) {
      const { value, slope } = hermite(degree, x);
      let shift = slope;
      if (divided) for (const zero of found) shift -= value / (x - zero);
      const move = value / shift;
      x -= move;
      if (Math.abs(move) < (divided ? 1e-9 : 1e-15) * Math.max(1, Math.abs(x))) break;
    }
  }
  return x;
}
