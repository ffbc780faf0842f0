// Planning against R: Connor's formula, the exact power over all tables, and the paired plan (pwr).
import { connorDetectable, connorPairs, connorPower, exactMidPPower } from 'evalkit/stats/mcnemar-power';
import { pairedDetectable, pairedItems, pairedPower } from 'evalkit/stats/paired-power';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { golden, metReference, same } from './golden.ts';

interface Connor {
  readonly p: number;
  readonly d: number;
  readonly alpha: number;
  readonly power: number;
  readonly n: number;
  readonly at_200: number;
  readonly detectable?: number;
}

interface Mean {
  readonly variance: number;
  readonly d: number;
  readonly n: number;
  readonly alpha: number;
  readonly power: number;
  readonly at_n: number;
  readonly items: number;
  readonly detectable: number;
  readonly detectable_power: number;
  readonly t_power: number;
  readonly pwr_t_power: number;
}

const r = golden<{
  connor: Connor[];
  exact: { p: number; d: number; n: number; alpha: number; power: number }[];
  means: Mean[];
}>('power');

test("Connor's pairs, power and detectable difference", () => {
  for (const { p, d, alpha, power, ...expected } of r.connor) {
    const plan = { discordant: p, difference: d };
    const what = JSON.stringify({ ...plan, alpha, power });
    same('Connor', connorPairs(plan, { alpha, power }), expected.n, { what });
    same('Connor', connorPower(plan, 200, alpha), expected.at_200, { what });
    same('Connor', connorDetectable(p, 400, { alpha, power }), expected.detectable, { what });
  }
});

test('exact unconditional power', () => {
  for (const { p, d, n, alpha, power } of r.exact) {
    const what = `p ${p} d ${d} n ${n}`;
    same('exact McNemar power', exactMidPPower({ discordant: p, difference: d }, n, alpha), power, { what });
  }
});

test('means: power, items and detectable difference; the t test has a little less power than planned', () => {
  for (const { variance, d, n, alpha, power, ...expected } of r.means) {
    const found = pairedPower(variance, d, { n, alpha });
    same('paired plan', found, expected.at_n);
    same('paired plan', pairedItems(variance, d, { alpha, power }), expected.items);
    same('paired plan', pairedDetectable(variance, n, { alpha, power }), expected.detectable);
    same('paired plan', pairedPower(variance, expected.detectable, { n, alpha }), expected.detectable_power);
    // The t test also rejects on the wrong side, which matters only where there is hardly any power.
    for (const t of found > 0.2 ? [expected.t_power, expected.pwr_t_power] : []) {
      assert.ok(found - t < 0.03 && found > t, `${found} ${t}`);
    }
  }
});

metReference(['Connor', 'exact McNemar power', 'paired plan']);

test.run();
