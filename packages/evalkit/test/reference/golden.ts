// A golden file holds what R gave; the differences from it are bounded by the table of docs/statistics.md.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

/** The root of the checkout; this module is compiled to build/test/evalkit/reference/. */
const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** Reads golden/NAME.json, which the script NAME.R wrote; the caller says what is in it. */
export function golden<Contents>(name: string): Contents {
  const path = `${root}packages/evalkit/test/reference/golden/${name}.json`;
  return JSON.parse(readFileSync(path, 'utf8')) as Contents;
}

/** The last column of the table of methods: how far each may be from its reference, relatively. */
function documentedBounds(): Map<string, number> {
  const text = readFileSync(`${root}docs/statistics.md`, 'utf8');
  const bounds = new Map<string, number>();
  for (const [, name, bound] of text.matchAll(/^\| ([^|]+?) \|.*\| (\d+e-\d+) \|$/gm)) {
    bounds.set(name as string, Number(bound));
  }
  return bounds;
}

const bounds = documentedBounds();
const largest = new Map<string, number>();

/**
 * Compares one number of a method with its reference and keeps the largest relative difference of each method.
 * A reference of 0, or no number at all, must be met exactly; `unit` is for numbers that are rightly near 0, such as a
 * mean of both signs: the difference is then relative to at least `unit`.
 * @param method as in the first column of the table in docs/statistics.md, which also bounds the difference
 */
export function same(
  method: string,
  found: number | null | undefined,
  expected: number | null | undefined,
  { what = '', unit = 0 }: { readonly what?: string; readonly unit?: number } = {},
): void {
  const bound = bounds.get(method);
  assert.ok(bound !== undefined && bound <= 1e-4, `docs/statistics.md has no bound of "${method}"`);
  if (typeof expected !== 'number' || typeof found !== 'number') {
    assert.is(found ?? null, expected ?? null, `${method} ${what}`);
    return;
  }
  const size = Math.max(Math.abs(expected), unit);
  const difference = found === expected ? 0 : Math.abs(found - expected) / size;
  if (!(difference <= (largest.get(method) ?? -1))) largest.set(method, difference);
  assert.ok(
    difference <= (bound as number),
    `${method} ${what}: ${found} should be ${expected} (relative difference ${difference}, allowed ${bound})`,
  );
}

/** The last test of a file: each method of it was really compared; with REFERENCE_DIFFERENCES=1 the differences are printed. */
export function metReference(methods: readonly string[]): void {
  test('every method of this file met its reference', () => {
    assert.equal([...largest.keys()].sort(), [...methods].sort());
  });
  test.after(() => {
    if (process.env['REFERENCE_DIFFERENCES'] !== '1') return;
    for (const [method, difference] of largest) console.log(`${method}: ${difference.toExponential(1)}`);
  });
}
