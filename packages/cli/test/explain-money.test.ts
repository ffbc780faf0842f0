// The money of a plan in words: known, at most, unknown, saved; and who may be asked for consent.
import type { MoneyDocument, TargetMoneyDocument } from '@evalmake/core';
import { isYes, mayAsk } from 'evalmake/dist/consent.js';
import { consentQuestion, endMoneyText, moneyLines } from 'evalmake/dist/explain-money.js';
import { costLines } from 'evalmake/dist/log-costs.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const infer: TargetMoneyDocument = {
  target: 'infer',
  tasks: 3,
  rows: 40,
  reused: 985,
  usdPerRow: 0.00012,
  usdPerRun: 0,
  accuracy: 1,
  knownUsd: 0.0048,
  atMostUsd: 0.0048,
  unknown: false,
  savesUsd: 0.1182,
};

function plan(targets: TargetMoneyDocument[], more: Partial<MoneyDocument> = {}): MoneyDocument {
  const sum = (of: 'knownUsd' | 'atMostUsd' | 'savesUsd') => targets.reduce((n, t) => n + t[of], 0);
  const sums = { knownUsd: sum('knownUsd'), atMostUsd: sum('atMostUsd'), savesUsd: sum('savesUsd') };
  const unknown = targets.some((t) => t.unknown);
  return { ...sums, unknown, limitUsd: 0, spentUsd: 0, asks: false, targets, ...more };
}

test('rows times price, and what reuse saves', () => {
  assert.equal(moneyLines(plan([infer], { limitUsd: 5 })), [
    'infer: 40 rows x $0.00012 = $0.0048 (985 reused: saves $0.1182)',
    'this build would spend $0.0048; budget $5.00',
  ]);
});

test('runs, most that may come, what last time told, and the consent that is enough', () => {
  const { rows: _, usdPerRow: __, ...run } = infer;
  const judge = {
    ...run,
    target: 'judge',
    tasks: 2,
    usdPerRun: 0.5,
    knownUsd: 1.12,
    atMostUsd: 1.12,
    accuracy: 1.12,
  };
  const later = { ...run, target: 'later', reused: 0, savesUsd: 0, knownUsd: 0, atMostUsd: 0.404 };
  const some = { ...later, target: 'some', usdPerRun: 0.2, knownUsd: 0.2, atMostUsd: 0.4, accuracy: 0.8 };
  assert.equal(moneyLines(plan([{ ...judge, reused: 0 }, later, some], { asks: true })), [
    'judge: 2 runs x $0.50 = $1.12, since its estimates were 12 % too low last time',
    'later: at most $0.404, decided by what is built before',
    'some: $0.20 per run = $0.20, since its estimates were 20 % too high last time; at most $0.40, decided by what is built before',
    'this build would spend $1.32 (at most $1.92); nothing may be spent without consent',
    '→ to consent: evalmake --max-usd 1.93 …',
  ]);
});

test('what nobody can know yet is said, and never shown as nothing', () => {
  const unknown = { ...infer, rows: 0, reused: 0, savesUsd: 0, knownUsd: 0, atMostUsd: 0, unknown: true };
  assert.equal(moneyLines(plan([unknown], { limitUsd: null })), [
    'infer: what it will cost is not known before its rows are there',
    'this build would spend $0 (and what is not known yet); without a limit',
  ]);
  assert.match(consentQuestion(plan([unknown])), 'what is not known yet will ask again');
});

test('a discount is said beside the price that it is in', () => {
  const half = { ...infer, usdPerRow: 0.00006, knownUsd: 0.0024, savesUsd: 0, reused: 0, discount: 0.5 };
  const { rows: _, usdPerRow: __, ...run } = half;
  const judge = {
    ...run,
    target: 'judge',
    tasks: 2,
    usdPerRun: 1.2,
    knownUsd: 2.4,
    atMostUsd: 2.4,
    discount: 0.125,
  };
  assert.equal(moneyLines(plan([half, judge])).slice(0, 2), [
    'infer: 40 rows x $0.00006 (50 % off) = $0.0024; at most $0.0048, decided by what is built before',
    'judge: 2 runs x $1.20 (12.5 % off) = $2.40',
  ]);
});

test('a price of 0 is said, and nothing of a limit that it is not held against', () => {
  const { rows: _, usdPerRow: __, ...run } = infer;
  const none = { knownUsd: 0, atMostUsd: 0, savesUsd: 0, usdPerRun: 0, accuracy: 0.5 };
  const free = { ...infer, ...none, usdPerRow: 0 };
  const judge = { ...run, ...none, target: 'judge', tasks: 2, reused: 0 };
  assert.equal(moneyLines(plan([free, { ...free, rows: 0, reused: 0 }, judge])), [
    'infer: 40 rows x $0 = $0 (985 reused)',
    'infer: its price is $0',
    'judge: 2 runs x $0 = $0',
    'this build would spend $0',
  ]);
  assert.is(
    moneyLines(plan([free, infer]))[2],
    'this build would spend $0.0048; nothing may be spent without consent',
  );
});

test('a price that is not declared is no number, and asks nobody', () => {
  const { usdPerRow: _, usdPerRun: __, ...rest } = infer;
  const none = { knownUsd: 0, atMostUsd: 0, savesUsd: 0, reused: 0 };
  const untold = { ...rest, ...none, target: 'untold', unknown: true, unpriced: true } as const;
  assert.equal(moneyLines(plan([untold])), [
    'untold: "paid" does not tell what it costs',
    'this build would spend $0 (and what has no price)',
  ]);
  assert.not.match(consentQuestion(plan([untold, infer])), 'will ask again');
});

test('nothing to spend and nothing saved is no line', () => {
  assert.equal(moneyLines(undefined), []);
  assert.equal(
    moneyLines(plan([{ ...infer, rows: 0, knownUsd: 0, atMostUsd: 0, reused: 0, savesUsd: 0 }])),
    [],
  );
  assert.equal(
    moneyLines(plan([{ ...infer, rows: 0, knownUsd: 0, atMostUsd: 0 }]))[0],
    'infer: no row to ask (985 reused: saves $0.1182)',
  );
});

test('what a build paid and spared', () => {
  assert.is(endMoneyText({ spentUsd: 0.0048, savedUsd: 0.12 }), '; spent $0.0048, saved $0.12');
  assert.is(endMoneyText({ spentUsd: 0, savedUsd: 0 }), '');
  assert.is(endMoneyText(undefined), '');
});

test('only somebody at a terminal is asked, and only a clear yes is one', () => {
  const terminal = { stdin: true, stderr: true, ci: false };
  const plain = { json: false, quiet: false, watch: false };
  assert.ok(mayAsk(plain, terminal));
  for (const one of ['json', 'quiet', 'watch'])
    assert.not.ok(mayAsk({ ...plain, [one]: true }, terminal), one);
  for (const one of ['stdin', 'stderr']) assert.not.ok(mayAsk(plain, { ...terminal, [one]: false }), one);
  assert.not.ok(mayAsk(plain, { ...terminal, ci: true }));
  assert.equal(['y', ' YES ', 'Yes'].map(isYes), [true, true, true]);
  assert.equal(['', 'n', 'yo', 'y n', 'no, yes'].map(isYes), [false, false, false, false, false]);
});

test('payments by run and target, in sums that do not drift', () => {
  const one = {
    kind: 'paid',
    at: '2026-01-01T00:00:00Z',
    run: 1,
    task: 'ask@a',
    target: 'ask',
    usd: 0.1,
    in: 5,
    out: 1,
  } as const;
  const done = {
    kind: 'done',
    at: '2026-01-02T00:00:00Z',
    run: 1,
    task: 'ask@a',
    target: 'ask',
    usd: 0.3,
    estimateUsd: 0.2,
    listUsd: 0.2,
  } as const;
  const lines = costLines(
    [one, one, { ...one, task: 'ask@b' }, done, { ...one, target: 'other', task: 'other' }],
    ['ask'],
  );
  assert.equal(lines, [
    {
      run: 1,
      at: done.at,
      target: 'ask',
      payments: 3,
      tokensIn: 15,
      tokensOut: 3,
      paidUsd: 0.3,
      estimateUsd: 0.2,
      actualUsd: 0.3,
    },
  ]);
  assert.equal(
    costLines([one, { ...one, task: 'ask@b' }], ['ask@b']).map((l) => l.payments),
    [1],
  );
});

test.run();
