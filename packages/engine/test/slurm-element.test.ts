// One job of an array: what its node saw and what is seen here, until both are the same.
import type { Submission } from '@evalmake/core';
import type { ChildLine } from '@evalmake/engine/child-lines';
import { Element } from '@evalmake/engine/slurm/element';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TemporaryFolder } from './doubles/temporary-folder.ts';

const test = suite<{ folder: TemporaryFolder }>('slurm element');
test.before.each((context) => {
  context.folder = new TemporaryFolder();
});
test.after.each(({ folder }) => folder.remove());

const submission: Submission = { name: 'em-a', index: 0, token: 'k', dir: 'at', work: 'w', at: '' };

function elementIn(folder: TemporaryFolder, lines: ChildLine[] = []): Element {
  const remote = {
    task: 't',
    group: 't',
    dir: folder.path('at'),
    resources: {},
    declared: new Set<string>(),
    writes: [],
    submitted: undefined,
    detach: false,
    note: async () => {},
    tell: () => {},
  };
  const job = {
    argv: ['true'],
    cwd: folder.root,
    env: {},
    log: folder.path('t.log'),
    secrets: [],
    timeoutMs: undefined,
    onLine: (line: ChildLine) => void lines.push(line),
    onSpawn: () => {},
    remote,
  };
  return new Element(job, submission);
}

/** What a node wrote down of its files, and how the command ended. */
function told(folder: TemporaryFolder, element: Element, files: Readonly<Record<string, number>>): void {
  const listed = Object.entries(files).map(([path, bytes]) => `${bytes} ${folder.path(path)}\0`);
  folder.write({ 'at/seen': listed.join('') });
  const one = { token: 'k', code: 3, timedOut: false, node: 'n', job: '1', started: 0, ended: 1 };
  element.result = { ...one, files: listed.length };
}

test('the log is waited for like any file, so that what was paid last is heard', async ({ folder }) => {
  const lines: ChildLine[] = [];
  const element = elementIn(folder, lines);
  folder.write({ 'at/log': 'begun\n' });
  const whole = 'begun\nevalmake:cost usd=2\nthe end\n';
  told(folder, element, { 'at/log': whole.length });
  assert.is(element.unseen(), folder.path('at/log'));
  folder.write({ 'at/log': whole });
  assert.is(element.unseen(), undefined);
  if (element.result !== undefined) element.finish({ kind: 'done', result: element.result });
  assert.equal((await element.end).tail, ['begun', 'the end']);
  assert.equal(lines.length, 1);
});

test('a log that still grows is seen; a file of another size is not', ({ folder }) => {
  const element = elementIn(folder);
  folder.write({ 'at/log': 'begun\nstill here\n', 'at/out/f': 'longer' });
  told(folder, element, { 'at/log': 6, 'at/out/f': 4 });
  assert.is(element.unseen(), folder.path('at/out/f'));
  folder.write({ 'at/out/f': 'four' });
  assert.is(element.unseen(), undefined);
});

test('a list that is not seen whole is waited for itself', ({ folder }) => {
  const element = elementIn(folder);
  told(folder, element, { 'at/out/f': 4, 'at/out/g': 4 });
  folder.write({ 'at/seen': `4 ${folder.path('at/out/f')}\0` });
  assert.is(element.unseen(), folder.path('at/seen'));
});

test.run();
