// Observation: one answer to one question for the life of a snapshot, until somebody says that a path changed.
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { digestText } from '@evalmake/engine/digest';
import { FileState } from '@evalmake/engine/file-state';
import { DiskSnapshot } from '@evalmake/engine/observe';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TemporaryFolder } from './doubles/temporary-folder.ts';

const test = suite<{ folder: TemporaryFolder; snapshot: DiskSnapshot }>('observe');
test.before.each((context) => {
  context.folder = new TemporaryFolder();
  context.snapshot = new DiskSnapshot(
    context.folder.root,
    new FileState(context.folder.root, undefined, Date.now),
  );
});
test.after.each(({ folder }) => folder.remove());

test('a file, a folder by either name, nothing', ({ folder, snapshot }) => {
  folder.write({ 'd/f': 'text' });
  assert.equal(snapshot.entry('d/f'), { kind: 'file', digest: digestText('text'), bytes: 4 });
  assert.is(snapshot.entry('d').kind, 'dir');
  assert.equal(snapshot.entry('d/'), snapshot.entry('d'));
  assert.equal(snapshot.entry('d/f/'), { kind: 'missing' });
  assert.equal(snapshot.entry('nope'), { kind: 'missing' });
  assert.equal(snapshot.entry('nope/'), { kind: 'missing' });
  assert.equal(snapshot.entry(folder.path('d/f')), snapshot.entry('d/f'));
});

test('a listing knows names and sizes', ({ folder, snapshot }) => {
  folder.write({ 'd/f': 'text' });
  assert.equal(snapshot.entry('d/f', 'listing'), { kind: 'file', digest: 'size:4', bytes: 4 });
  const before = snapshot.entry('d/', 'listing');
  assert.is.not(before, snapshot.entry('d/'));
  folder.write({ 'd/f': 'same' });
  snapshot.forgetAll();
  assert.equal(snapshot.entry('d/', 'listing'), before);
  assert.equal(snapshot.entry('nope', 'listing'), { kind: 'missing' });
});

test('the same question has the same answer, until the path is forgotten', ({ folder, snapshot }) => {
  folder.write({ 'd/f': '1' });
  const file = snapshot.entry('d/f');
  const found = snapshot.glob('d/*');
  folder.write({ 'd/f': '2', 'd/g': '' });
  assert.equal(snapshot.entry('d/f'), file);
  assert.equal(snapshot.glob('d/*'), found);
  snapshot.forget(['d/f']);
  assert.is.not((snapshot.entry('d/f') as { digest: string }).digest, (file as { digest: string }).digest);
  assert.equal(snapshot.glob('d/*'), ['d/f', 'd/g']);
});

test('a folder is forgotten by either name', ({ folder, snapshot }) => {
  for (const name of ['d', 'd/']) {
    folder.write({ 'd/f': name });
    snapshot.forgetAll();
    const before = [snapshot.entry('d'), snapshot.entry('d/')];
    folder.write({ 'd/f': `${name} and more` });
    snapshot.forget([name]);
    assert.not.equal(snapshot.entry('d'), before[0]);
    assert.not.equal(snapshot.entry('d/'), before[1]);
  }
});

test('a folder is another one when a file in it was forgotten', ({ folder, snapshot }) => {
  folder.write({ 'd/in/f': '1' });
  const before = snapshot.entry('d/');
  folder.write({ 'd/in/f': '2' });
  snapshot.forget(['d/in/f']);
  assert.not.equal(snapshot.entry('d/'), before);
});

test('being there is more than being readable: a link that leads nowhere is there', ({
  folder,
  snapshot,
}) => {
  symlinkSync('nowhere', folder.path('link'));
  assert.is(snapshot.exists('link'), true);
  assert.equal(snapshot.entry('link'), { kind: 'missing' });
  assert.is(snapshot.exists('nope'), false);
  folder.write({ 'd/': '' });
  assert.is(snapshot.exists('d/'), true);
});

test('looking at what vanishes meanwhile is no crash', ({ folder, snapshot }) => {
  folder.write({ 'd/f': '1' });
  rmSync(folder.path('d'), { recursive: true });
  assert.equal(snapshot.entry('d/f'), { kind: 'missing' });
  writeFileSync(folder.path('d'), '');
  snapshot.forgetAll();
  assert.equal(snapshot.entry('d/f'), { kind: 'missing' });
  assert.is(snapshot.exists('d/f'), false);
  assert.equal(snapshot.entry('d/f/'), { kind: 'missing' });
  assert.equal(snapshot.entry('d/f', 'listing'), { kind: 'missing' });
  assert.equal(snapshot.glob('d/*'), []);
});

test.run();
