// Cohen's kappa against values from the literature, a numerical delta method, and its limits.
import { cohenKappa } from 'evalkit/stats/kappa';
import { RandomStream } from 'evalkit/stats/random';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

function near(actual: number | null, expected: number, tolerance = 1e-9): void {
  assert.ok(
    actual !== null && Math.abs(actual - expected) < tolerance,
    `expected ${expected}, found ${actual}`,
  );
}

/** Kappa of a table of shares, written down once more. */
function plain(shares: readonly number[][]): number {
  const size = shares.length;
  const at = (i: number, j: number): number => shares[i]?.[j] ?? 0;
  let [observed, chance] = [0, 0];
  for (let i = 0; i < size; i += 1) {
    let [row, column] = [0, 0];
    for (let j = 0; j < size; j += 1) {
      row += at(i, j);
      column += at(j, i);
    }
    observed += at(i, i);
    chance += row * column;
  }
  return (observed - chance) / (1 - chance);
}

/** The standard error by the delta method: numerical slopes, multinomial variance. */
function deltaError(table: readonly number[][]): number {
  const n = table.flat().reduce((sum, count) => sum + count, 0);
  const shares = table.map((row) => row.map((count) => count / n));
  const step = 1e-6;
  let [mean, square] = [0, 0];
  shares.forEach((row, i) => {
    row.forEach((share, j) => {
      const moved = (by: number): number =>
        plain(shares.map((r, x) => r.map((value, y) => (x === i && y === j ? value + by : value))));
      const slope = (moved(step) - moved(-step)) / (2 * step);
      mean += share * slope;
      square += share * slope ** 2;
    });
  });
  return Math.sqrt((square - mean ** 2) / n);
}

test('a table that is worked out in a textbook', () => {
  // Fleiss, Levin & Paik, Statistical Methods for Rates and Proportions, table 18.1: 100 patients, three diagnoses.
  const table = [
    [75, 1, 4],
    [5, 4, 1],
    [0, 0, 10],
  ];
  const { kappa, agreement, expected, se, ci } = cohenKappa(table, 0.05);
  near(agreement, 0.9 - 0.01);
  near(expected, 0.66);
  near(kappa, 0.23 / 0.34);
  near(se, 0.087, 0.0015);
  near(ci?.low ?? null, (kappa ?? 0) - 1.959964 * (se ?? 0), 1e-6);
});

test('the standard error is that of the delta method', () => {
  const random = new RandomStream(7, 'kappa');
  for (let round = 0; round < 50; round += 1) {
    const size = 2 + (round % 4);
    const table = Array.from({ length: size }, (_, i) =>
      Array.from({ length: size }, (__, j) => (random.uint32() % 20) + (i === j ? 5 : 0)),
    );
    const { kappa, se } = cohenKappa(table, 0.05);
    const n = table.flat().reduce((sum, count) => sum + count, 0);
    near(kappa, plain(table.map((row) => row.map((count) => count / n))));
    near(se, deltaError(table), 1e-6);
  }
});

test('limits: full agreement, chance alone, one category, none', () => {
  const full = cohenKappa(
    [
      [5, 0],
      [0, 5],
    ],
    0.05,
  );
  assert.equal([full.kappa, full.se, full.ci], [1, 0, null]);
  near(
    cohenKappa(
      [
        [4, 4],
        [4, 4],
      ],
      0.05,
    ).kappa,
    0,
  );
  const one = cohenKappa(
    [
      [7, 0],
      [0, 0],
    ],
    0.05,
  );
  assert.equal([one.agreement, one.kappa, one.se, one.ci], [1, null, null, null]);
  assert.throws(() => cohenKappa([[0]], 0.05), /at least one item/);
  assert.throws(() => cohenKappa([[1, 2]], 0.05), /square/);
});

test.run();
