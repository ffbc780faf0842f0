// What lies between two builds, from their summaries alone.
import type { Event, Reason, RunSummary } from '@evalmake/core';
import { contentsOf, sameContents, summarise } from '@evalmake/core';
import { type RunDifference, runDifference } from '@evalmake/core/run-difference';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const at = '2026-11-27T20:00:00.000Z';

/** `config a: 1 -> 2`. */
function config(key: string, was: string, now: string): Reason {
  return { code: 'config-changed', root: true, subject: `config:${key}`, was, now };
}

const never: Reason = { code: 'never-built', root: true };

interface Done {
  readonly task: string;
  readonly why?: readonly Reason[];
  /** Digest of its one file; without one the log does not tell. */
  readonly digest?: string;
  readonly changed?: boolean;
  readonly metrics?: Readonly<Record<string, number>>;
  readonly fails?: boolean;
}

function run(number: number, tasks: readonly Done[], gone: readonly string[] = []): RunSummary {
  const events: Event[] = [
    { event: 'planned', version: 1, run: number, at, pipeline: 'p', counts: {}, tasks: [] },
  ];
  for (const { task, why = [], digest, changed = true, metrics, fails } of tasks) {
    events.push({ event: 'started', at, task, reasons: why, attempt: 1 });
    const told = digest === undefined ? {} : { outputs: [{ path: `${task}.txt`, digest, bytes: 1 }] };
    if (fails) events.push({ event: 'failed', at, task, ms: 1, reason: 'exit', message: 'no', retry: false });
    else
      events.push({ event: 'finished', at, task, ms: 1, changed, ...told, ...(metrics ? { metrics } : {}) });
  }
  return { ...summarise(events), gone };
}

/** The difference between the first and the last of some builds. */
function between(...runs: readonly RunSummary[]): RunDifference {
  return runDifference(runs, runs[0]?.run ?? 0);
}

test('a task with other bytes changed, one with the same bytes ran for nothing', () => {
  const found = between(
    run(1, [
      { task: 'a', why: [never], digest: 'x' },
      { task: 'b', why: [never], digest: 'x' },
      { task: 'c', why: [never], digest: 'x' },
    ]),
    run(2, [
      { task: 'a', why: [config('k', '1', '2')], digest: 'y' },
      { task: 'b', why: [config('k', '1', '2')], digest: 'x' },
    ]),
  );
  assert.equal(found.changed, [{ task: 'a', files: [{ path: 'a.txt', was: 'x', now: 'y' }] }]);
  assert.equal(found.same, ['b']);
  assert.equal(found.causes, [
    { code: 'config-changed', subject: 'config:k', was: '1', now: '2', tasks: ['a', 'b'] },
  ]);
});

test('several builds are one step: from the first old value to the last new one', () => {
  const found = between(
    run(1, [{ task: 'a', why: [never], digest: 'x' }]),
    run(2, [{ task: 'a', why: [config('k', '1', '2'), config('j', '1', '2')], digest: 'y' }]),
    run(3, [{ task: 'a', why: [config('k', '2', '3'), config('j', '2', '1')], digest: 'x' }]),
  );
  assert.equal(found.causes, [
    { code: 'config-changed', subject: 'config:k', was: '1', now: '3', tasks: ['a'] },
  ]);
  assert.equal([found.same, found.changed], [['a'], []]);
});

test('a change of what another task made is no cause of its own', () => {
  const input = (path: string): Reason => ({
    code: 'input-changed',
    root: true,
    subject: `input:in:${path}`,
    was: '1',
    now: '2',
  });
  const found = between(
    run(1, [{ task: 'a', why: [never], digest: 'x' }]),
    run(2, [
      { task: 'a', why: [input('raw.txt')], digest: 'y' },
      { task: 'b', why: [input('a.txt')], digest: 'y' },
    ]),
  );
  assert.equal(
    found.causes.map((cause) => cause.subject),
    ['input:in:raw.txt'],
  );
});

test('new, gone, and not done', () => {
  const found = between(
    run(1, [
      { task: 'a', why: [never], digest: 'x' },
      { task: 'b', why: [never], digest: 'x' },
    ]),
    run(2, [{ task: 'c', why: [never], digest: 'x' }], ['a', 'unknown']),
    run(3, [{ task: 'b', why: [config('k', '1', '2')], fails: true }]),
  );
  assert.equal([found.added, found.gone, found.undone], [['c'], ['a'], [{ task: 'b', outcome: 'failed' }]]);
  assert.equal([found.changed, found.same], [[], []]);
});

test('a task that was gone and is built again is not gone', () => {
  const found = between(
    run(1, [{ task: 'a', why: [never], digest: 'x' }]),
    run(2, [], ['a']),
    run(3, [{ task: 'a', digest: 'y' }]),
  );
  assert.equal([found.gone, found.changed.length], [[], 1]);
});

test('a log of before contents were told says by itself whether anything changed', () => {
  const found = between(
    run(1, [{ task: 'a' }, { task: 'b' }]),
    run(2, [
      { task: 'a', changed: true },
      { task: 'b', changed: false },
    ]),
  );
  assert.equal([found.changed, found.same], [[{ task: 'a', files: [] }], ['b']]);
});

test('metrics old and new; what was fresh keeps those of the build that made it', () => {
  const found = between(
    run(1, [
      { task: 'a', digest: 'x', metrics: { em: 0.5, f1: 0.25, old: 1 } },
      { task: 'b', digest: 'x', metrics: { n: 1 } },
    ]),
    run(2, [{ task: 'a', digest: 'y', metrics: { em: 0.75, f1: 0.25, young: 2 } }]),
  );
  assert.equal(found.metrics, [
    { task: 'a', metric: 'em', was: 0.5, now: 0.75, delta: 0.25 },
    { task: 'a', metric: 'old', was: 1 },
    { task: 'a', metric: 'young', now: 2 },
  ]);
  assert.is(found.sameMetrics, 2);
});

test('contents of more than 50 files are told apart by one digest of the rest', () => {
  const files = (last: string) =>
    Array.from({ length: 60 }, (_, i) => ({ path: `${i}`, digest: i === 59 ? last : 'd', bytes: 2 }));
  const digest = (text: string) => String(text.length) + text.slice(-3);
  const [one, other] = [contentsOf([files('a')], digest), contentsOf([files('b')], digest)];
  assert.is(one.outputs.length, 50);
  assert.equal([one.moreOutputs?.files, one.moreOutputs?.bytes], [10, 20]);
  assert.ok(sameContents(one, contentsOf([files('a')], digest)));
  assert.not.ok(sameContents(one, other));
});

test.run();
