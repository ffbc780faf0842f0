// A root is where a continuous function changes sign; all inverse distributions and planning numbers are found so.

/** From 1 to the smallest double it takes 1,074 halvings; usual roots take ten steps. */
const MOST_STEPS = 1_100;

/**
 * Finds a root between two ends of opposite sign by Chandrupatla's method (Advances in Engineering Software 28
 * (1997) 145-149): bisection, or inverse quadratic interpolation where it is safe.
 * @param f continuous on [low, high]
 * @returns the root to about double precision
 * @throws RangeError when f has the same sign at both ends
 */
export function findRoot(f: (x: number) => number, low: number, high: number): number {
  let [a, b] = [low, high];
  let [fa, fb] = [f(a), f(b)];
  if (fa === 0) return a;
  if (fb === 0) return b;
  if (!(fa < 0 !== fb < 0)) throw new RangeError(`findRoot: no change of sign between ${low} and ${high}`);
  let t = 0.5;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const x = a + t * (b - a);
    const fx = f(x);
    let [c, fc] = [a, fa];
    if (fx < 0 !== fa < 0) {
      [c, b, fc, fb] = [b, a, fb, fa];
    }
    [a, fa] = [x, fx];
    const best = Math.abs(fa) < Math.abs(fb) ? a : b;
    const tolerance = (2 * Number.EPSILON * Math.abs(best) + Number.MIN_VALUE) / Math.abs(b - a);
    if (tolerance > 0.5 || fa === 0) return fa === 0 ? a : best;
    t = nextFraction({ a, b, c, fa, fb, fc });
    t = Math.min(1 - tolerance, Math.max(tolerance, t));
  }
  return Math.abs(fa) < Math.abs(fb) ? a : b;
}

interface Bracket {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly fa: number;
  readonly fb: number;
  readonly fc: number;
}

/** Where to look next, as a fraction of the way from a to b. */
function nextFraction({ a, b, c, fa, fb, fc }: Bracket): number {
  const xi = (a - b) / (c - b);
  const phi = (fa - fb) / (fc - fb);
  if (!(phi * phi < xi && (1 - phi) * (1 - phi) < 1 - xi)) return 0.5;
  return (fa / (fb - fa)) * (fc / (fb - fc)) + ((c - a) / (b - a)) * (fa / (fc - fa)) * (fb / (fc - fb));
}
