// What one build did, folded by target.
import { type Event, type Reason, summarise } from '@evalmake/core';
import { runTargets } from '@evalmake/core/run-targets';
import { taskPasts } from '@evalmake/core/task-past';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const at = '2026-11-27T20:00:00.000Z';
const reason: Reason = { code: 'config-changed', root: true, subject: 'config:k', was: '1', now: '2' };
const follows = (subject: string): Reason => ({ code: 'upstream-failed', root: false, subject });

const events: readonly Event[] = [
  { event: 'planned', version: 1, run: 7, at, pipeline: 'p', counts: {}, tasks: [] },
  ...['a@1', 'a@2', 'a@3'].map(
    (task): Event => ({ event: 'started', at, task, reasons: [reason], attempt: 1 }),
  ),
  { event: 'finished', at, task: 'a@1', ms: 30, changed: false },
  { event: 'finished', at, task: 'a@2', ms: 10, changed: true },
  {
    event: 'failed',
    at,
    task: 'a@3',
    ms: 20,
    reason: 'exit',
    message: 'exit code 3',
    log: 'x.log',
    retry: false,
  },
  { event: 'cost', at, task: 'a@1', usd: 0.1, tokensIn: 0, tokensOut: 0, spentUsd: 0.1 },
  { event: 'cost', at, task: 'a@2', usd: 0.2, tokensIn: 0, tokensOut: 0, spentUsd: 0.3 },
  { event: 'blocked', at, task: 'b@1', verdict: 'blocked', reasons: [follows('a@3')] },
  { event: 'blocked', at, task: 'b@2', verdict: 'blocked', reasons: [follows('a@1')] },
];

test('outcomes, times, money and causes of a target', () => {
  const [a, b] = runTargets(summarise(events));
  assert.equal(a?.outcomes, { ran: 2, failed: 1 });
  assert.equal([a?.changed, a?.longestMs, a?.totalMs, a?.paidUsd], [1, 30, 60, 0.3]);
  assert.equal(a?.causes, [{ reason, tasks: 3 }]);
  assert.equal(
    a?.troubles.map(({ task, log }) => [task, log]),
    [['a@3', 'x.log']],
  );
  // What follows from tasks of one target is one cause, and what is blocked by others is no trouble of its own.
  assert.equal(b?.causes, [{ reason: follows('a'), tasks: 2 }]);
  assert.equal(b?.troubles, []);
});

test('the past of a target, of a task, and of names with a star', () => {
  const runs = [summarise(events)];
  const found = (...words: string[]) => taskPasts(runs, words).map(({ run, task }) => `${run} ${task.task}`);
  assert.equal(found('a'), ['7 a@1', '7 a@2', '7 a@3']);
  assert.equal(found('b@2', 'a@3'), ['7 a@3', '7 b@2']);
  assert.equal(found('*@1'), ['7 a@1', '7 b@1']);
  assert.equal(found('a@'), []);
});

test.run();
