// A minimum of a smooth function of few parameters, found from its gradient.
import { cholesky, choleskySolve } from './matrix.ts';

/** Value and gradient at a point; a value that is not finite is taken as "too far". */
export type Objective = (x: Float64Array) => { readonly value: number; readonly gradient: Float64Array };

export interface Minimum {
  readonly x: Float64Array;
  readonly value: number;
  /** Second derivatives at x, by central differences of the gradient; row-major. */
  readonly hessian: Float64Array;
  readonly converged: boolean;
}

/**
 * BFGS with a backtracking line search (Nocedal & Wright, Numerical Optimization (2006), algorithm 6.1), finished by
 * Newton steps on the second derivatives, which are needed for standard errors anyway.
 * @param start where to begin
 * @param metric first guess of the inverse second derivatives, row-major
 */
export function minimize(objective: Objective, start: Float64Array, metric: Float64Array): Minimum {
  const size = start.length;
  const h = Float64Array.from(metric);
  let x: Float64Array = Float64Array.from(start);
  let now = objective(x);
  for (let iteration = 0; iteration < 300; iteration += 1) {
    const direction = multiply(h, now.gradient, -1);
    const found = lineSearch(objective, { x, now, direction });
    if (found === null) break;
    const step = found.x.map((value, i) => value - (x[i] as number));
    const bend = found.now.gradient.map((value, i) => value - (now.gradient[i] as number));
    updateMetric(h, step, bend);
    const gain = now.value - found.now.value;
    [x, now] = [found.x, found.now];
    if (largest(now.gradient) < 1e-7 || gain < 1e-13 * Math.abs(now.value)) break;
  }
  let hessian = differences(objective, x);
  for (let polish = 0; polish < 5; polish += 1) {
    const factor = cholesky(hessian, size);
    if (factor === null) break;
    const step = choleskySolve(factor, now.gradient);
    const next = x.map((value, i) => value - (step[i] as number));
    const then = objective(next);
    const lower = then.value <= now.value + 1e-10 * Math.abs(now.value);
    if (!lower || !(largest(then.gradient) < largest(now.gradient))) break;
    [x, now] = [next, then];
    hessian = differences(objective, x);
  }
  const scale = Math.max(1, Math.abs(now.value));
  return { x, value: now.value, hessian, converged: largest(now.gradient) < 1e-6 * scale };
}

interface Position {
  readonly x: Float64Array;
  readonly now: { readonly value: number; readonly gradient: Float64Array };
}

/** Halves the step until the value falls enough (Armijo); null when no step lowers it. */
function lineSearch(
  objective: Objective,
  { x, now, direction }: Position & { readonly direction: Float64Array },
): Position | null {
  const slope = dot(now.gradient, direction);
  if (!(slope < 0)) return null;
  for (let length = 1; length > 1e-12; length *= 0.5) {
    const next = x.map((value, i) => value + length * (direction[i] as number));
    const then = objective(next);
    if (Number.isFinite(then.value) && then.value <= now.value + 1e-4 * length * slope)
      return { x: next, now: then };
  }
  return null;
}

/** The BFGS update of the inverse second derivatives; left alone when the curvature along the step is not positive. */
function updateMetric(h: Float64Array, step: Float64Array, bend: Float64Array): void {
  const size = step.length;
  const curvature = dot(step, bend);
  if (!(curvature > 1e-14)) return;
  const hb = multiply(h, bend, 1);
  const factor = (1 + dot(bend, hb) / curvature) / curvature;
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j < size; j += 1) {
      const cross = (step[i] as number) * (hb[j] as number) + (hb[i] as number) * (step[j] as number);
      h[i * size + j] =
        (h[i * size + j] as number) + factor * (step[i] as number) * (step[j] as number) - cross / curvature;
    }
  }
}

/** Second derivatives by central differences of the gradient, made symmetric. */
function differences(objective: Objective, x: Float64Array): Float64Array {
  const size = x.length;
  const raw = new Float64Array(size * size);
  for (let i = 0; i < size; i += 1) {
    const h = 1e-4 * Math.max(1, Math.abs(x[i] as number));
    const up = Float64Array.from(x);
    const down = Float64Array.from(x);
    up[i] = (x[i] as number) + h;
    down[i] = (x[i] as number) - h;
    const above = objective(up).gradient;
    const below = objective(down).gradient;
    for (let j = 0; j < size; j += 1)
      raw[i * size + j] = ((above[j] as number) - (below[j] as number)) / (2 * h);
  }
  return raw.map((value, at) => 0.5 * (value + (raw[(at % size) * size + Math.floor(at / size)] as number)));
}

function multiply(matrix: Float64Array, vector: Float64Array, sign: number): Float64Array {
  const size = vector.length;
  return vector.map((_, i) => {
    let sum = 0;
    for (let j = 0; j < size; j += 1) sum += (matrix[i * size + j] as number) * (vector[j] as number);
    return sign * sum;
  });
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function largest(vector: Float64Array): number {
  return vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
