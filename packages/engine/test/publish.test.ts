// Publishing: a list of moves that a crash may cut anywhere, and that gives the same disk when it is done again.
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { TaskRecord } from '@evalmake/core';
import { digestDir, digestFile } from '@evalmake/engine/digest';
import { Journal } from '@evalmake/engine/journal';
import type { Publishing } from '@evalmake/engine/journal-line';
import { checkMoves, perform, publish } from '@evalmake/engine/publish';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TemporaryFolder } from './doubles/temporary-folder.ts';

const test = suite<{ folder: TemporaryFolder }>('publish');
test.before.each((context) => {
  context.folder = new TemporaryFolder();
});
test.after.each(({ folder }) => folder.remove());

const record: TaskRecord = {
  task: 't',
  target: 't',
  parts: {},
  outputs: {},
  checks: [],
  at: '',
  run: 1,
  ms: 1,
};
const out = '.evalmake/attempt/t/out';

/** A list that replaces a file, a member of a set and a folder, makes a new file, and removes a member. */
function list(folder: TemporaryFolder): Publishing {
  folder.write({
    'o/file': 'old',
    'o/set/1': 'old 1',
    'o/set/2': 'old 2',
    'o/tree/a': 'old a',
    'o/tree/gone/b': 'old b',
    'o/other': 'not ours',
    [`${out}/o/file`]: 'new',
    [`${out}/o/set/1`]: 'new 1',
    [`${out}/o/tree/a`]: 'new a',
    [`${out}/o/tree/c`]: 'new c',
    [`${out}/deep/er/file`]: 'new deep',
  });
  const move = (to: string) => {
    const from = `${out}/${to}`;
    const full = folder.path(from);
    const { digest } = to.endsWith('/')
      ? digestDir(full.slice(0, -1), (f) => digestFile(f).digest)
      : digestFile(full);
    return { from, to, digest };
  };
  return { record, moves: ['o/file', 'o/set/1', 'o/tree/', 'deep/er/file'].map(move), remove: ['o/set/2'] };
}

/** Everything in the workspace but evalmake's own folder. */
function visible(folder: TemporaryFolder): Record<string, string> {
  return Object.fromEntries(Object.entries(folder.tree()).filter(([path]) => !path.startsWith('.evalmake/')));
}

const after = {
  'deep/er/file': 'new deep',
  'o/file': 'new',
  'o/other': 'not ours',
  'o/set/1': 'new 1',
  'o/tree/a': 'new a',
  'o/tree/c': 'new c',
};

test('every output takes its place, and nothing of the old tree stays', ({ folder }) => {
  perform(list(folder), folder.root);
  assert.equal(visible(folder), after);
});

test('doing it twice is doing it once', ({ folder }) => {
  const made = list(folder);
  perform(made, folder.root);
  perform(made, folder.root);
  assert.equal(visible(folder), after);
});

test('cut after any move it is completed by doing it again', ({ folder }) => {
  for (let cut = 0; cut <= 5; cut++) {
    rmSync(folder.root, { recursive: true });
    mkdirSync(folder.root);
    const made = list(folder);
    perform({ ...made, moves: made.moves.slice(0, cut), remove: cut > 4 ? made.remove : [] }, folder.root);
    perform(made, folder.root);
    assert.equal(visible(folder), after, `cut after ${cut}`);
  }
});

test('cut while a folder takes the place of another it is completed too', ({ folder }) => {
  const tree = `${out}/o/tree`;
  const steps = [
    () => renameSync(folder.path('o/tree'), folder.path(`${tree}.old`)),
    () => renameSync(folder.path(tree), folder.path('o/tree')),
    () => rmSync(folder.path(`${tree}.old/a`)),
  ];
  for (let cut = 1; cut <= steps.length; cut++) {
    rmSync(folder.root, { recursive: true });
    mkdirSync(folder.root);
    const made = list(folder);
    for (const step of steps.slice(0, cut)) step();
    perform(made, folder.root);
    assert.equal(visible(folder), after, `cut after ${cut}`);
  }
});

test('an output that came out the same is left where it is', ({ folder }) => {
  const made = list(folder);
  cpSync(folder.path(`${out}/o/file`), folder.path('o/file'));
  perform(made, folder.root);
  assert.equal(visible(folder), after);
  assert.not.ok(existsSync(folder.path(`${out}/o/file`)));
});

test('a file that is neither here nor there is told, with both places', ({ folder }) => {
  const made = list(folder);
  rmSync(folder.path(`${out}/o/set/1`));
  assert.throws(
    () => perform(made, folder.root),
    `"o/set/1" was being published and is neither in its place nor at "${out}/o/set/1"`,
  );
});

test('a list is not replayed with other bytes than it was made of', ({ folder }) => {
  const made = list(folder);
  checkMoves(made, folder.root);
  folder.write({ [`${out}/o/tree/c`]: 'of another attempt' });
  assert.throws(() => checkMoves(made, folder.root), '"o/tree/" was being published');
  folder.write({ [`${out}/o/tree/c`]: 'new c' });
  perform(made, folder.root);
  checkMoves(made, folder.root);
});

test('a folder that held only removed members goes with the last of them; one that holds more stays', ({
  folder,
}) => {
  folder.write({ 'a/b/c/1': '', 'a/b/c/2': '', 'd/1': '', 'd/mine': '' });
  perform({ record, moves: [], remove: ['a/b/c/1', 'a/b/c/2', 'd/1', 'gone/1'] }, folder.root);
  assert.equal(folder.tree(), { 'd/mine': '' });
});

test('the list is in the journal before the first move, and the record after the last', async ({
  folder,
}) => {
  const made = list(folder);
  const path = folder.path('.evalmake/journal.jsonl');
  const journal = new Journal(path);
  journal.open();
  await publish(made, { journal, root: folder.root, durably: true });
  journal.close();
  const lines = folder
    .read('.evalmake/journal.jsonl')
    .split('\n')
    .map((line) => line.split(' ')[2]);
  assert.equal(lines.slice(1), ['publishing', 'finished', undefined]);
  assert.equal(new Journal(path).records('t'), [{ ...record, source: 'journal' }]);
  assert.equal(visible(folder), after);
});

test('the list of a set is on disk before the first move', async ({ folder }) => {
  const made = list(folder);
  const journal = new Journal(folder.path('.evalmake/journal.jsonl'));
  journal.open();
  const before = folder.tree();
  const done = publish(made, { journal, root: folder.root, durably: true });
  const meanwhile = folder.tree();
  await done;
  journal.close();
  for (const path of Object.keys(before))
    if (!path.startsWith('.evalmake')) assert.is(meanwhile[path], before[path], path);
  assert.equal(visible(folder), after);
});

test('a place that is taken by something else stops everything before the first move', async ({ folder }) => {
  for (const [taken, message] of [
    ['deep/er/file/inside', 'a folder stands in its place'],
    ['o/tree', 'a file stands in its place'],
  ] as const) {
    rmSync(folder.root, { recursive: true });
    mkdirSync(folder.root);
    const made = list(folder);
    rmSync(folder.path('o/tree'), { recursive: true });
    mkdirSync(dirname(folder.path(taken)), { recursive: true });
    folder.write({ [taken]: 'mine' });
    const before = folder.tree();
    const journal = new Journal(folder.path('j/journal'));
    journal.open();
    const told = publish(made, { journal, root: folder.root, durably: false }).then(
      () => 'published',
      (error: Error) => error.message,
    );
    assert.match(await told, message);
    journal.close();
    rmSync(folder.path('j'), { recursive: true });
    assert.equal(folder.tree(), before);
  }
});

test.run();
