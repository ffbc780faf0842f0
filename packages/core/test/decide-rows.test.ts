// Decisions about rows: what is asked, what is reused, what is collected first, and when a person is asked.
import type { Decision, OpenAttempt, RowCounts, RowStanding } from '@evalmake/core';
import { rowFingerprint } from '@evalmake/core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { build, type MemoryBuildOptions, planOf } from './doubles/memory-build.ts';
import { MemoryWorld } from './doubles/memory-world.ts';

const free = `
targets:
  ask:
    run: python ask.py \${{ rows.todo }} \${{ inputs.prompt }} \${{ rows.done }}
    config: [model]
    inputs: { rows: in.jsonl, prompt: prompt.md }
    outputs: { answers: out.jsonl }
    manifest: m.json
    rows: { from: rows, to: answers, id: id }
`;
const paid = `${free}    paid: { usd_per_mtok: { in: 1, out: 2 }, tokens_per_row: [10, 5] }\n`;

const none: RowCounts = { total: 10, reused: 0, new: 0, changed: 0, missing: 0, refused: 0, todo: 0 };

function standing(counts: Partial<RowCounts>, more: Partial<RowStanding> = {}): RowStanding {
  return {
    counts: { ...none, ...counts },
    problems: [],
    todoKeys: () => [],
    reusedKeys: () => [],
    again: false,
    claimedBy: undefined,
    ...more,
  };
}

type Options = MemoryBuildOptions & { world: MemoryWorld };

function built(text: string, config = 'model: a\n'): Options {
  const world = new MemoryWorld({ 'in.jsonl': '1', 'prompt.md': 'p', 'ask.py': 'code' });
  world.standings.set('ask', standing({ new: 10, todo: 10 }));
  const options = { world, config };
  build(text, options);
  return options;
}

function decided(text: string, options: MemoryBuildOptions): Decision {
  return planOf(text, options).decisions[0] as Decision;
}

function said(text: string, options: MemoryBuildOptions): string {
  const { verdict, reasons } = decided(text, options);
  return [verdict, ...reasons.map((r) => `${r.code} ${r.subject ?? ''}`.trim())].join(', ');
}

test('rows that stand behind a changed file are counted: new, changed, missing, reused', () => {
  const options = built(free);
  options.world.files.set('in.jsonl', '2');
  options.world.standings.set(
    'ask',
    standing({ total: 1001, new: 12, changed: 3, missing: 1, reused: 985, todo: 16 }),
  );
  assert.is(
    said(free, options),
    'run, input-changed input:rows:in.jsonl, rows-stale 12 new, 3 changed, 1 missing, 985 reused',
  );
  assert.is(decided(free, options).rows?.counts.todo, 16);
});

test('a fresh task does not look at its rows', () => {
  const options = built(free);
  options.world.standings.clear();
  assert.is(said(free, options), 'fresh');
});

test('mistakes in the rows block, each told', () => {
  const options = built(free);
  options.world.files.set('in.jsonl', '2');
  options.world.standings.set('ask', standing({}, { problems: ['one', 'two'] }));
  assert.is(said(free, options), 'blocked, rows-invalid one, rows-invalid two');
});

test('paid: a script, command or tool that changed alone asks, with a changed prompt or model it runs', () => {
  const options = built(paid);
  options.world.files.set('ask.py', 'code # comment');
  options.world.standings.set('ask', standing({ changed: 10, todo: 10 }));
  assert.is(
    said(paid, options),
    'ask, paid only its script changed, and all its answers would be bought again, script-changed script:ask.py, rows-stale 10 changed',
  );
  assert.match(
    said(paid.replace('python ask.py', 'python ask.py -v'), options),
    /^ask, paid only its command and its script/,
  );
  options.world.files.set('in.jsonl', '2');
  assert.match(
    said(paid, options),
    /^ask, paid only its script changed/,
    'new rows beside it change nothing of that',
  );
  assert.match(said(paid, { ...options, config: 'model: b\n' }), /^run, /);
  options.world.files.set('prompt.md', 'q');
  assert.match(said(paid, options), /^run, /);
});

test('free: a changed script runs; and paid rows that are all answered cost nothing and run', () => {
  const options = built(free);
  options.world.files.set('ask.py', 'code # comment');
  options.world.standings.set('ask', standing({ changed: 10, todo: 10 }));
  assert.match(said(free, options), /^run, script-changed/);
  options.world.standings.set('ask', standing({ reused: 10 }));
  assert.match(said(paid, options), /^run, /);
});

test('paid: outputs that no record, no sidecar and no store knows are not bought again unasked', () => {
  const options = built(paid);
  options.world.journal.clear();
  options.world.standings.set('ask', standing({ new: 10, todo: 10 }));
  assert.match(
    said(paid, options),
    /^ask, paid nothing says which answers were bought for what lies there, record-lost/,
  );
  options.world.standings.set('ask', standing({ new: 1, reused: 9, todo: 1 }));
  assert.match(said(paid, options), /^run, record-lost, rows-stale 1 new, 9 reused/);
});

test('rows that failed too often ask, unless so many may fail', () => {
  const options = built(free);
  options.world.files.set('in.jsonl', '2');
  options.world.standings.set('ask', standing({ refused: 2, reused: 8 }));
  assert.is(
    said(free, options),
    'ask, rows-refused 2 rows failed 3 times and are not asked again, input-changed input:rows:in.jsonl, rows-stale 2 refused, 8 reused',
  );
  const allowing = (more: string) => free.replace('id: id }', `id: id, allow_errors: ${more} }`);
  assert.match(said(allowing('2'), options), /^run/);
  assert.match(said(allowing('10%'), options), /^ask/);
  assert.match(said(allowing('20%'), options), /^run/);
});

const openOne: OpenAttempt = {
  parts: {},
  at: '2026-01-02T03:04:05.000Z',
  rows: 7,
  estimateUsd: 1,
  kind: 'interrupted',
  message: '',
  jobs: [],
};

test('an attempt that is open is collected first, also when the task is fresh by now', () => {
  const options = built(paid);
  options.world.openAttempts.set('ask', openOne);
  assert.is(said(paid, options), 'run, attempt-open 7 rows asked 2026-01-02 03:04');
  const job = { provider: 'openai', id: 'batch_1', at: openOne.at };
  options.world.openAttempts.set('ask', { ...openOne, kind: 'waiting', message: 'validating', jobs: [job] });
  assert.is(
    said(paid, options),
    'waiting, job-waits validating, openai batch_1, attempt-open 7 rows asked 2026-01-02 03:04',
  );
});

test('an attempt whose outcome nobody knows asks; force goes on with it', () => {
  const options = built(paid);
  options.world.openAttempts.set('ask', { ...openOne, kind: 'outcome-unknown', message: 'timed out' });
  assert.is(said(paid, options), 'ask, outcome-unknown timed out');
  assert.match(said(paid, { ...options, forced: () => true }), /^run, /);
});

test('the key of a row does not depend on where inputs lie, but on what they hold', () => {
  const target = { inputs: [{ name: 'rows' }, { name: 'prompt' }], rows: { from: 'rows' } };
  const keys = (parts: Record<string, string>) =>
    rowFingerprint({ target } as unknown as Parameters<typeof rowFingerprint>[0], parts);
  const here = keys({ command: 'c', 'input:rows:a/1': 'A', 'input:prompt:p/x.md': 'P' });
  assert.equal(here, { command: 'c', 'input:prompt#0': 'P' });
  assert.equal(keys({ command: 'c', 'input:rows:b/2': 'B', 'input:prompt:q/y.md': 'P' }), here);
  assert.not.equal(keys({ command: 'c', 'input:rows:a/1': 'A', 'input:prompt:p/x.md': 'Q' }), here);
});

test.run();
