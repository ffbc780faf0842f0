// The ledger: each payment counts once, across restarts, whatever a crash or a damaged line did to the file.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import type { Estimate, Event, Task } from '@evalmake/core';
import { digestText } from '@evalmake/engine/digest';
import { Ledger } from '@evalmake/engine/ledger';
import { ledgerLine, type PaidEntry } from '@evalmake/engine/ledger-line';
import { Payments } from '@evalmake/engine/payments';
import { Spent } from '@evalmake/engine/spending';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { errno, withFaults } from './doubles/faulty-disk.ts';
import { TemporaryFolder } from './doubles/temporary-folder.ts';

const test = suite<{ folder: TemporaryFolder; path: string }>('ledger');
test.before.each((context) => {
  context.folder = new TemporaryFolder();
  context.path = context.folder.path('state/costs.jsonl');
});
test.after.each(({ folder }) => folder.remove());

const paid = (id: string, usd = 1): PaidEntry => ({
  kind: 'paid',
  at: 't',
  run: 1,
  task: 'ask@a',
  target: 'ask',
  usd,
  in: 10,
  out: 2,
  id,
});

const ids = (path: string): (string | undefined)[] => new Ledger(path).payments().map((p) => p.id);

function write(path: string, ...names: string[]): void {
  const ledger = new Ledger(path);
  for (const id of names) ledger.append(paid(id));
  ledger.flush();
  ledger.close();
}

const task = { id: 'ask@a', target: { name: 'ask' } } as unknown as Task;
const estimate: Estimate = {
  price: { perRow: 0, perRun: 2, known: 'declared', discount: 0 },
  accuracy: 1,
  rows: undefined,
  certain: true,
  unknown: false,
  listed: 2e9,
  money: 2e9,
  agreed: false,
};

function paymentsIn(
  path: string,
  events: Event[] = [],
  run = 1,
): { payments: Payments; spending: Spent; ledger: Ledger } {
  const ledger = new Ledger(path);
  const spending = new Spent();
  const emit = (event: Event): void => void events.push(event);
  const payments = new Payments({ ledger, spending, task, estimate, run, now: () => 't', emit });
  return { payments, spending, ledger };
}

const cost = (usd: number, id?: string) =>
  ({ kind: 'cost', usd, tokensIn: 10, tokensOut: 2, ...(id === undefined ? {} : { id }) }) as const;

test('what was appended is read again; reading creates nothing', ({ path, folder }) => {
  assert.equal(ids(path), []);
  assert.equal(folder.tree(), {});
  write(path, 'a', 'b');
  write(path, 'c');
  assert.equal(ids(path), ['a', 'b', 'c']);
  assert.equal(new Ledger(path).warnings, []);
  assert.ok(new Ledger(path).has('ask', 'b'));
  assert.not.ok(new Ledger(path).has('other', 'b'));
});

test('a cut at any byte loses at most the line it cuts, and the next payment is whole', ({ path }) => {
  write(path, 'a', 'b', 'c');
  const whole = readFileSync(path);
  const ends = [...whole.toString().matchAll(/\n/g)].map((m) => m.index);
  for (let size = 0; size <= whole.length; size++) {
    writeFileSync(path, whole.subarray(0, size));
    const kept = ['a', 'b', 'c'].filter((_, i) => size >= (ends[i + 1] as number));
    assert.equal(ids(path), kept, `cut at ${size}`);
    write(path, 'd');
    assert.equal(ids(path), [...kept, 'd'], `cut at ${size}, then one more`);
  }
});

test('a damaged line costs what it said, is told, and is never removed', ({ path }) => {
  write(path, 'a', 'b', 'c');
  writeFileSync(path, readFileSync(path, 'utf8').replace('"id":"b"', '"id":"x"'));
  assert.equal(ids(path), ['a', 'c']);
  assert.match(new Ledger(path).warnings[0] ?? '', /^1 line of .* damaged/);
  write(path, 'd');
  assert.equal(ids(path), ['a', 'c', 'd']);
  assert.match(readFileSync(path, 'utf8'), '"id":"x"');
});

test('an entry of a kind that a later version brings is left alone, a newer version is refused', ({
  path,
}) => {
  write(path, 'a');
  appendFileSync(path, ledgerLine({ ...paid('z'), kind: 'refund' } as unknown as PaidEntry));
  write(path, 'b');
  assert.equal(ids(path), ['a', 'b']);
  assert.equal(new Ledger(path).warnings, []);
  const head = 'evalmake-costs 2';
  writeFileSync(path, `${head} ${digestText(head).slice(7, 23)}\n`);
  assert.throws(() => ids(path), /newer evalmake/);
});

test('a disk that dies in front of any change loses no payment that was flushed', ({ path }) => {
  write(path, 'a', 'b');
  const before = readFileSync(path);
  const { changes } = withFaults({}, () => write(path, 'c'));
  assert.ok(changes > 0);
  for (let dieAt = 1; dieAt <= changes; dieAt++) {
    for (const torn of [0, 5, 40]) {
      writeFileSync(path, before);
      withFaults({ dieAt, torn }, () => write(path, 'c'));
      assert.equal(ids(path).slice(0, 2), ['a', 'b'], `died at ${dieAt}`);
      write(path, 'd');
      assert.equal(ids(path).at(-1), 'd', `died at ${dieAt}`);
    }
  }
});

test('a payment with a name counts once for its target: in an attempt, and in any later one', ({ path }) => {
  const first = paymentsIn(path);
  for (const line of [cost(0.5, 'b1'), cost(0.25), cost(0.5, 'b1'), cost(0.25)]) first.payments.heard(line);
  assert.is(first.payments.usageUsd, 1);
  assert.is(first.payments.billedUsd, 1);
  assert.is(first.spending.total, 1e9);
  first.ledger.close();
  const events: Event[] = [];
  const second = paymentsIn(path, events);
  for (const line of [cost(0.5, 'b1'), cost(0.5, 'b2')]) second.payments.heard(line);
  assert.is(second.payments.usageUsd, 1, 'what the result cost');
  assert.is(second.payments.billedUsd, 0.5, 'what was paid now');
  assert.equal(
    events.map((e) => [e.event, e.event === 'cost' && e.id]),
    [['cost', 'b2']],
  );
  assert.equal(
    new Ledger(path).payments().map((p) => [p.usd, p.id, p.estimateUsd]),
    [
      [0.5, 'b1', 2],
      [0.25, undefined, 2],
      [0.25, undefined, 2],
      [0.5, 'b2', 2],
    ],
  );
});

test('another amount under a name is told and not counted', ({ path }) => {
  const events: Event[] = [];
  const { payments } = paymentsIn(path, events);
  payments.heard(cost(0.5, 'b1'));
  payments.heard(cost(0.75, 'b1'));
  assert.is(payments.usageUsd, 0.5);
  const warning = events.find((e) => e.event === 'warn');
  assert.is(
    warning?.event === 'warn' && warning.text,
    'the payment b1 was counted as $0.50 before: $0.75 is not counted',
  );
});

test('lines about other things are not taken', ({ path }) => {
  const { payments } = paymentsIn(path);
  assert.not.ok(payments.heard({ kind: 'note', text: 'usd=1' }));
  assert.is(payments.usageUsd, undefined);
  payments.done();
  assert.equal(ids(path), []);
});

test('a payment that cannot be written fails the task, and is told at once', async ({ path }) => {
  const events: Event[] = [];
  const { payments, spending } = paymentsIn(path, events);
  const refuse = (call: string): void => {
    if (call === 'writeSync') throw errno('ENOSPC', call);
  };
  withFaults({ refuse }, () => void payments.heard(cost(0.5, 'b1')));
  assert.match(JSON.stringify(events[0]), 'a payment of $0.50 could not be written down');
  assert.is(spending.total, 0.5e9, 'the budget knows of it all the same');
  let failure = '';
  await payments.durable().catch((error: Error) => {
    failure = error.message;
  });
  assert.match(failure, /the ledger of payments cannot be written: ENOSPC/);
});

test('the last run that finished says how good estimates are', async ({ path }) => {
  const one = paymentsIn(path);
  one.payments.heard(cost(2.5, 'b1'));
  await one.payments.durable();
  assert.is(new Ledger(path).accuracy('ask'), undefined, 'an attempt that failed says nothing');
  one.payments.done();
  assert.is(new Ledger(path).accuracy('ask'), 1.25);
  assert.is(new Ledger(path).accuracy('other'), undefined);
  paymentsIn(path, [], 2).payments.done();
  assert.is(new Ledger(path).accuracy('ask'), 1.25, 'what is free tells nothing of prices');
});

test.run();
