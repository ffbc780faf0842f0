// Adoptions: what a record leaves unproven, under which labels it is kept, and when a task stands on one.
import {
  adoptionOf,
  type Reason,
  type Task,
  type TaskRecord,
  unproven,
  unprovenLabels,
} from '@evalmake/core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { build, planOf } from './doubles/memory-build.ts';
import { MemoryWorld } from './doubles/memory-world.ts';

const text = `
targets:
  t: { run: "x \${{ inputs }} \${{ outputs }}", inputs: src, outputs: out }
`;

function built(): { world: MemoryWorld; task: Task; record: TaskRecord } {
  const world = new MemoryWorld({ src: '1' });
  build(text, { world });
  const task = planOf(text, { world }).graph.tasks[0] as Task;
  return { world, task, record: world.journal.get('t')?.[0] as TaskRecord };
}

test('nothing is unproven where fingerprint and files are those of the record', () => {
  const { world, task, record } = built();
  assert.equal(unproven(task, record, { parts: record.parts, snapshot: world.snapshot }), []);
});

test('every part and every file that differs is unproven, old and new; without a record all is', () => {
  const { world, task, record } = built();
  world.files.set('out', 'by hand');
  const parts = { ...record.parts, 'script:a.py': 'sha256:b' };
  const found = unproven(task, record, { parts, snapshot: world.snapshot });
  assert.equal(
    found.map((r) => `${r.code} ${r.subject}`),
    ['script-changed script:a.py', 'output-modified out'],
  );
  assert.is(found[0]?.now, 'sha256:b');
  assert.is.not(found[1]?.was, found[1]?.now);
  assert.equal(unprovenLabels(found), ['script:a.py', 'output:out']);
  const lost = unproven(task, undefined, { parts, snapshot: world.snapshot });
  assert.equal(unprovenLabels(lost), ['record']);
});

test('a record keeps a hundred labels and says how many more there were', () => {
  const many = Array.from(
    { length: 120 },
    (_, i): Reason => ({ code: 'input-changed', root: true, subject: `input:${i}` }),
  );
  const labels = unprovenLabels(many);
  assert.is(labels.length, 101);
  assert.is(labels[100], 'and 20 more');
});

test('a task stands on an adoption while its record says so, also when it is stale or blocked', () => {
  const { world, record } = built();
  assert.is(adoptionOf(planOf(text, { world }), 0), undefined);
  world.journal.set('t', [{ ...record, at: 'then', adopted: 'seen', unproven: ['record'] }]);
  const told = { task: 't', at: 'then', reason: 'seen', unproven: ['record'] };
  assert.equal(adoptionOf(planOf(text, { world }), 0), told);
  world.files.set('src', '2');
  assert.equal(adoptionOf(planOf(text, { world }), 0), told);
  world.files.delete('src');
  assert.equal(adoptionOf(planOf(text, { world }), 0), told);
  world.files.set('src', '2');
  build(text, { world });
  assert.is(adoptionOf(planOf(text, { world }), 0), undefined);
});

test.run();
