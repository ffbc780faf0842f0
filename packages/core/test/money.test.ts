// Money: whole billionths of a dollar, how they are shown, and what must be typed so that it is enough.
import { enoughText, money, moneyText, usdOf } from '@evalmake/core';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

test('amounts as they are shown', () => {
  const shown = [
    0, 1e-9, 0.00000045, 0.0004, 0.0048, 0.00012, 0.02, 0.123456, 0.4, 0.99999, 1.23, 84.1, 1234.5,
  ];
  assert.equal(
    shown.map((usd) => moneyText(money(usd))),
    '$0 $0.000000001 $0.00000045 $0.0004 $0.0048 $0.00012 $0.02 $0.1235 $0.40 $1.00 $1.23 $84.10 $1234.50'.split(
      ' ',
    ),
  );
});

test('a product of prices is no billionth more than it is, and what costs anything is not nothing', () => {
  assert.is(money((0.15 * 900 + 0.6 * 120) / 1e6), 207_000);
  assert.is(money(0.1 + 0.2), 300_000_000);
  assert.is(money(1e-12), 1);
  assert.is(money(0), 0);
  assert.is(money(Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY);
});

test('what is to be typed is enough, and hardly more', () => {
  assert.equal(
    [0.4, 84.104, 0.00012345, 1.999].map((usd) => enoughText(money(usd))),
    ['0.40', '84.11', '0.00013', '2.00'],
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 45 }), (amount) => {
      const typed = money(Number(enoughText(amount)));
      assert.ok(typed >= amount, `${enoughText(amount)} for ${amount}`);
      assert.ok(
        usdOf(typed - amount) <= Math.max(0.01, usdOf(amount) / 5),
        `${enoughText(amount)} for ${amount}`,
      );
    }),
  );
});

test.run();
