// The journal of batches: what survives a crash, which step follows, which rows a repair asks again, how rows are cut.
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OutcomeUnknown } from 'evalkit/failure';
import { type BatchRecord, batchesOf, nextStep } from 'evalkit/provider/batch-journal';
import { planBatch, splitRows } from 'evalkit/provider/batch-plan';
import { CheckedJournal } from 'evalkit/provider/checked-journal';
import { MOST_REPAIRS, repairOf } from 'evalkit/provider/repair-plan';
import type { RowOutcome } from 'evalkit/provider/row-outcome';
import { wireIdOf, wireRows } from 'evalkit/provider/wire-row';
import type { Request } from 'evalkit/request';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const folder = mkdtempSync(join(tmpdir(), 'provider-journal-'));
const scope = { protocol: 'openai', model: 'm' };

function request(sample: number, content = 'Who?'): Request {
  return {
    custom_id: `d|q1|t0.7|s${sample}|closed`,
    item_id: 'q1',
    dataset: 'd',
    type: 'closed',
    temp: 0.7,
    sample,
    body: { messages: [{ role: 'user', content }], max_tokens: 8, temperature: 0.7, top_p: 1 },
  };
}

const asking = { model: 'm', system: 'Be brief.' };
const rows = wireRows(
  asking,
  [0, 1, 2, 3, 4].map((sample) => request(sample)),
);
const ids = rows.map(({ id }) => id);
const first = planBatch(scope, { generation: 0, repairs: 0, parent: null, continues: null, ids });

test('a wire id is legal everywhere, is the same in every batch, and differs by sample, prompt and model', () => {
  for (const id of ids) assert.match(id, /^[A-Za-z0-9_-]{1,64}$/);
  assert.is(new Set(ids).size, 5);
  assert.is(wireIdOf(asking, request(3)), ids[3]);
  assert.is.not(wireIdOf({ ...asking, system: 'Be long.' }, request(3)), ids[3]);
  assert.is.not(wireIdOf({ ...asking, model: 'n' }, request(3)), ids[3]);
  assert.is.not(wireIdOf(asking, request(3, 'When?')), ids[3]);
});

test('the key of a batch is its content: rows, model, protocol and generation, and nothing else', () => {
  const again = planBatch(scope, { ...first, repairs: 1, parent: 'x' });
  assert.is(again.key, first.key);
  for (const other of [
    planBatch(scope, { ...first, generation: 1 }),
    planBatch({ ...scope, model: 'n' }, first),
    planBatch(scope, { ...first, ids: ids.slice(1) }),
  ])
    assert.is.not(other.key, first.key);
});

test('rows are cut by number and by bytes, and a row that is too long stands alone', () => {
  const sizes = [10, 10, 50, 10, 10];
  const sizeOf = (row: (typeof rows)[number]): number => sizes[row.request.sample] ?? 0;
  const cut = (requests: number, bytes: number): number[] =>
    splitRows(rows, { requests, bytes }, sizeOf).map((part) => part.length);
  assert.equal(cut(2, 1000), [2, 2, 1]);
  assert.equal(cut(99, 40), [2, 1, 2]);
  assert.equal(cut(99, 1000), [5]);
});

/** The steps that follow after each record of a life. */
function stepsOf(records: readonly BatchRecord[]): string[] {
  return records.map((_, index) => {
    const batch = batchesOf(records.slice(0, index + 1)).get(first.key);
    return batch === undefined ? 'gone' : nextStep(batch);
  });
}

test('after each record exactly one step may follow, and only a batch that cannot exist is created', () => {
  const { key } = first;
  const done = { ending: 'completed', text: '', overQuota: false, files: [] } as const;
  assert.equal(
    stepsOf([
      { kind: 'planned', plan: first },
      { kind: 'intent', key, atMs: 1 },
      { kind: 'absent', key, why: '' },
      { kind: 'intent', key, atMs: 2 },
      { kind: 'receipt', key, job: 'j', found: false },
      { kind: 'collected', key, ...done },
    ]),
    ['create', 'recover', 'create', 'recover', 'follow', 'done'],
  );
  assert.equal(
    stepsOf([
      { kind: 'planned', plan: first },
      { kind: 'dropped', key, why: '' },
    ]),
    ['create', 'gone'],
  );
});

test('a torn last line is cut off at every length; a damaged line before it stops everything', () => {
  const path = join(folder, 'torn.jsonl');
  const records: BatchRecord[] = [
    { kind: 'planned', plan: first },
    { kind: 'intent', key: first.key, atMs: 1 },
  ];
  const journal = new CheckedJournal<BatchRecord>(path);
  journal.add(...records);
  journal.close();
  const whole = readFileSync(path, 'utf8');
  const start = whole.indexOf('\n') + 1;
  for (let length = start; length < whole.length; length += 1) {
    writeFileSync(path, whole.slice(0, length));
    const torn = new CheckedJournal<BatchRecord>(path);
    assert.equal(torn.records, records.slice(0, 1), `cut to ${length}`);
    torn.add(...records.slice(1));
    torn.close();
    assert.is(readFileSync(path, 'utf8'), whole);
  }
  writeFileSync(path, whole.replace('"generation":0', '"generation":1'));
  assert.throws(
    () => new CheckedJournal(path),
    (error: unknown) => error instanceof OutcomeUnknown,
  );
  appendFileSync(path, whole);
});

function answered(id: string): RowOutcome {
  const usage = { prompt_tokens: 1, completion_tokens: 1 };
  return {
    kind: 'answered',
    id,
    response: { model: 'm', text: '', support: null, finish_reason: 'stop', usage },
  };
}

const fails = (id: string, permanent: boolean): RowOutcome => ({
  kind: 'failed',
  id,
  message: '',
  code: '',
  permanent,
});

test('a repair asks rows that are missing or failed for the moment, not those that were refused for good', () => {
  const [a = '', b = '', c = '', d = '', e = ''] = ids;
  const outcomes = new Map(
    [answered(a), fails(b, true), fails(c, false), answered(d)].map((one) => [one.id, one]),
  );
  const collected = { ending: 'completed', text: '', overQuota: false, files: [] } as const;
  const repair = repairOf(scope, { plan: first, job: 'j', collected, outcomes }, true);
  assert.equal(repair?.ids, [c, e]);
  assert.equal([repair?.generation, repair?.repairs, repair?.continues], [1, 1, null]);
  const expired = { ...collected, ending: 'expired' } as const;
  assert.is(repairOf(scope, { plan: first, job: 'j', collected: expired, outcomes }, true)?.continues, 'j');
  assert.is(repairOf(scope, { plan: first, job: 'j', collected: expired, outcomes }, false)?.continues, null);
  const last = { ...first, repairs: MOST_REPAIRS };
  assert.is(repairOf(scope, { plan: last, job: 'j', collected, outcomes }, true), null);
  const quota = { ...collected, overQuota: true };
  assert.is(
    repairOf(scope, { plan: last, job: 'j', collected: quota, outcomes }, true)?.repairs,
    MOST_REPAIRS,
  );
});

test.after(() => rmSync(folder, { recursive: true, force: true }));

test.run();
