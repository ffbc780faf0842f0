// What the tests of examples/python-scripts share: its tasks, and the numbers of its significance.json.
import * as assert from 'uvu/assert';
import type { Workspace } from './workspace.ts';

export const results = 'experiments/run_demo/results';
export const careful = [1, 2, 3].map((n) => `infer@careful_part0${n}`);
export const infer = [...careful, ...[1, 2, 3].map((n) => `infer@control_part0${n}`)];
/** Every enabled task, in code-unit order. */
export const everything = ['build', ...infer, 'parse', 'prepare', 'score', 'stats'];

/** One metric of the two conditions. */
export interface Metric {
  readonly items: number;
  readonly control: number;
  readonly treatment: number;
  readonly difference: number;
  readonly interval: readonly [number, number];
}

/** One data set's part of `significance.json`. */
export interface Comparison {
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly mcnemar: {
    readonly only_control_right: number;
    readonly only_treatment_right: number;
    readonly mid_p: number;
  };
}

/** The comparison of `careful` with `control` on one data set. */
export function comparison(workspace: Workspace, dataset: string): Comparison {
  const document = JSON.parse(workspace.read(`${results}/significance.json`)) as {
    results: { careful: Record<string, Comparison> };
  };
  const found = document.results.careful[dataset];
  assert.ok(found, `significance.json has no ${dataset}`);
  return found as Comparison;
}

/** Asserts that two numbers agree to nine decimals; the scripts write ten digits. */
export function near(actual: number | undefined, expected: number): void {
  assert.ok(Math.abs((actual ?? Number.NaN) - expected) < 1e-9, `expected ${expected}, found ${actual}`);
}
