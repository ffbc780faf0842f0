// Power and cost: McNemar and paired planning against formulas and enumeration; the cost plane and its cloud.

import { CLOUD_SAMPLE, costCloud, icer, lambdaGrid, quadrant } from 'evalkit/stats/cost-plane';
import { connorDetectable, connorPairs, connorPower, exactMidPPower } from 'evalkit/stats/mcnemar-power';
import {
  differenceVariance,
  pairedDetectable,
  pairedItems,
  pairedPower,
  splitVariance,
} from 'evalkit/stats/paired-power';
import { RandomStream } from 'evalkit/stats/random';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

function close(found: number | null | undefined, expected: number, tolerance = 1e-9): void {
  assert.ok(
    typeof found === 'number' && Math.abs(found - expected) <= tolerance,
    `${found} should be ${expected} within ${tolerance}`,
  );
}

test("Connor's number of pairs (the formula by hand in python: 76.087, 367.008, 154.599)", () => {
  assert.is(connorPairs({ discordant: 0.4, difference: 0.2 }, { alpha: 0.05, power: 0.8 }), 77);
  assert.is(connorPairs({ discordant: 0.25, difference: 0.1 }, { alpha: 0.01, power: 0.9 }), 368);
  assert.is(connorPairs({ discordant: 0.05, difference: 0.05 }, { alpha: 0.05, power: 0.8 }), 155);
});

test('exact unconditional power of the mid-p test (python: every split of n pairs, multinomial)', () => {
  close(exactMidPPower({ discordant: 0.4, difference: 0.2 }, 20, 0.05), 0.25909350960303473);
  close(exactMidPPower({ discordant: 0.3, difference: 0.25 }, 45, 0.05), 0.9306119624236804);
  close(exactMidPPower({ discordant: 0.2, difference: 0 }, 30, 0.1), 0.06871572949334215);
});

test('Connor: pairs reach the wanted power, one pair less does not, and inversion returns the difference', () => {
  const share = fc.double({ min: 0.05, max: 0.9, noNaN: true });
  fc.assert(
    fc.property(share, fc.double({ min: 0.1, max: 1, noNaN: true }), (discordant, part) => {
      const difference = discordant * part;
      const goal = { alpha: 0.05, power: 0.8 };
      const n = connorPairs({ discordant, difference }, goal);
      assert.ok(connorPower({ discordant, difference }, n, 0.05) >= 0.8 - 1e-9);
      if (n > 2) assert.ok(connorPower({ discordant, difference }, n - 1, 0.05) < 0.8 + 1e-9);
      const detectable = connorDetectable(discordant, n, goal);
      assert.ok(detectable !== null && detectable <= difference + 1e-9);
    }),
  );
});

test('no difference within reach is null, not a number', () => {
  assert.is(connorDetectable(0.05, 20, { alpha: 0.05, power: 0.8 }), null);
  assert.is(connorDetectable(0, 100, { alpha: 0.05, power: 0.8 }), null);
});

test('the exact test keeps its level over shares and sizes', () => {
  for (const n of [10, 25, 60]) {
    for (const discordant of [0.1, 0.4, 0.9]) {
      assert.ok(exactMidPPower({ discordant, difference: 0 }, n, 0.05) <= 0.052, `${n} ${discordant}`);
    }
  }
});

test('paired means: formula of Miller 2024, worked by hand', () => {
  // Item variance 0.04 and sampling variance 0.09 + 0.09: K = 1 gives 0.22, K = 3 gives 0.10.
  const parts = { item: 0.04, control: 0.09, treatment: 0.09 };
  close(differenceVariance(parts, 1), 0.22);
  close(differenceVariance(parts, 3), 0.1);
  // (1.959964 + 0.841621)^2 = 7.848879; times 0.1 / 0.05^2 = 313.96.
  assert.is(pairedItems(0.1, 0.05, { alpha: 0.05, power: 0.8 }), 314);
  close(pairedDetectable(0.1, 314, { alpha: 0.05, power: 0.8 }), 0.05, 1e-5);
  close(pairedPower(0.1, 0.05, { n: 314, alpha: 0.05 }), 0.8, 1e-3);
  assert.is(pairedPower(0, 0.05, { n: 10, alpha: 0.05 }), 1);
});

test('splitting a variance undoes its composition, and never goes below 0', () => {
  const parts = { item: 0.04, control: 0.09, treatment: 0.06 };
  const split = splitVariance(differenceVariance(parts, 3), parts, 0.05);
  close(split.item, 0.04);
  assert.is(splitVariance(0.01, parts, 0.05).item, 0);
});

test('quadrants are words, and a ratio is given for trade-offs only', () => {
  assert.is(quadrant(-1, 0.1), 'dominant');
  assert.is(quadrant(0, 0.1), 'dominant');
  assert.is(quadrant(1, -0.1), 'dominated');
  assert.is(quadrant(1, 0), 'dominated');
  assert.is(quadrant(1, 0.1), 'trade-off: better and dearer');
  assert.is(quadrant(-1, -0.1), 'trade-off: worse and cheaper');
  assert.is(quadrant(0, 0), 'no difference');
  close(icer(2, 0.1), 20);
  close(icer(-2, -0.1), 20);
  assert.is(icer(-2, 0.1), null);
  assert.is(icer(2, -0.1), null);
  assert.is(icer(0, 0), null);
});

test('the cloud: shares sum to 1, net benefit is linear in lambda, its sign follows the quadrants', () => {
  const n = 60;
  const cost = Float64Array.from({ length: n }, (_, i) => 0.002 + 0.001 * Math.sin(i));
  const effect = Float64Array.from({ length: n }, (_, i) => (i % 4 === 0 ? 1 : i % 7 === 0 ? -1 : 0));
  const items = new Float64Array(n).fill(1);
  const cloud = costCloud(
    { cost, effect, items },
    { samples: 2000, stream: new RandomStream(3, 'cloud') },
    { alpha: 0.05, lambdas: [0, 0.005, 0.02, 1] },
  );
  close(
    Object.values(cloud.shares).reduce((sum, share) => sum + share, 0),
    1,
    1e-12,
  );
  assert.is(cloud.shares.dominant, 0);
  const [free, low, high, sure] = cloud.netBenefit;
  assert.is(free?.probability, 0);
  assert.ok((low?.probability ?? 1) < (high?.probability ?? 0));
  close(sure?.probability, cloud.shares['trade-off: better and dearer'], 0.05);
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / n;
  close(high?.nmb, 0.02 * mean(effect) - mean(cost), 1e-12);
  assert.ok((high?.nmb_ci?.low ?? 1) < (high?.nmb ?? 0) && (high?.nmb_ci?.high ?? 0) > (high?.nmb ?? 1));
  // What is kept for pictures: the curve passes through the same shares, the sample lies where the cloud does.
  assert.equal([lambdaGrid([0]), lambdaGrid([0.005, 1]).length], [[], 51]);
  const at = cloud.acceptability.find(({ lambda }) => lambda === 1);
  assert.is(at?.probability, sure?.probability);
  assert.is(cloud.sample.length, CLOUD_SAMPLE);
  close(cloud.sample.reduce((sum, point) => sum + point.effect, 0) / CLOUD_SAMPLE, mean(effect), 0.02);
});

test.run();
