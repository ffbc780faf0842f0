// What stands aside: copies that are whole or not there, and folders that come back as they were.
import * as node from 'node:fs';
import type { Task } from '@evalmake/core';
import { type Aside, removeEmptyFolders, restoreFiles, setAside } from '@evalmake/engine/aside';
import { useDisk } from '@evalmake/engine/fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TemporaryFolder } from './doubles/temporary-folder.ts';

const test = suite<{ folder: TemporaryFolder }>('aside');
test.before.each((context) => {
  context.folder = new TemporaryFolder();
});
test.after.each(({ folder }) => folder.remove());

const task = { id: 't', outputs: [{ kind: 'dir', path: 'd/' }] } as unknown as Task;

function asideOf(some: Partial<Aside>): Aside {
  return { moved: [], copied: [], kept: new Set(), stood: new Map(), ...some };
}

test('a copy that was cut off is no copy: what it was made of stays when files are put back', ({
  folder,
}) => {
  folder.write({ out: 'the good one' });
  const half = (_: unknown, to: node.PathLike): void => {
    node.writeFileSync(to, 'the g');
    throw new Error('the process was killed');
  };
  // Whoever dies does not remove anything either.
  useDisk({ ...node, copyFileSync: half, rmSync: () => {} });
  try {
    assert.throws(() => setAside({ task, dir: 'attempt', aside: asideOf({ copied: ['out'] }) }, folder.root));
  } finally {
    useDisk(node);
  }
  assert.equal(
    node.readdirSync(`${folder.root}/attempt/aside`),
    [],
    'recovery may put back all that is there',
  );
  restoreFiles('attempt', ['out'], folder.root);
  assert.is(folder.read('out'), 'the good one');
});

test('a folder stands empty before the command, and gets its files and its empty folders back', ({
  folder,
}) => {
  folder.write({ 'd/deep/er/a': 'a', 'd/b': 'b' });
  node.mkdirSync(`${folder.root}/d/hollow/inner`, { recursive: true });
  const moved = ['d/b', 'd/deep/er/a', 'd/hollow/inner/'];
  setAside({ task, dir: 'attempt', aside: asideOf({ moved }) }, folder.root);
  assert.equal(node.readdirSync(`${folder.root}/d`), []);
  restoreFiles('attempt', moved, folder.root);
  assert.equal(node.readdirSync(`${folder.root}/d`, { recursive: true }).sort(), [
    'b',
    'deep',
    'deep/er',
    'deep/er/a',
    'hollow',
    'hollow/inner',
  ]);
});

test('only folders in which nothing is left are removed, and never the output itself', ({ folder }) => {
  folder.write({ 'd/full/a': 'a' });
  node.mkdirSync(`${folder.root}/d/gone/too`, { recursive: true });
  removeEmptyFolders({ kind: 'dir', path: 'd/' }, folder.root);
  assert.equal(node.readdirSync(`${folder.root}/d`), ['full']);
  node.unlinkSync(`${folder.root}/d/full/a`);
  removeEmptyFolders({ kind: 'dir', path: 'd/' }, folder.root);
  assert.equal(node.readdirSync(`${folder.root}/d`), []);
});

test.run();
