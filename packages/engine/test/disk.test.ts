// The disk: what fails leaves nothing behind, neither a half file nor a temporary one, and never half a line.
import fs, { readdirSync, readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import type { Task } from '@evalmake/core';
import { type Aside, setAside } from '@evalmake/engine/aside';
import { moveInto, writeAtomic } from '@evalmake/engine/disk';
import { Journal } from '@evalmake/engine/journal';
import { header } from '@evalmake/engine/journal-line';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TemporaryFolder } from './doubles/temporary-folder.ts';

const test = suite<{ folder: TemporaryFolder }>('disk');
test.before.each((context) => {
  context.folder = new TemporaryFolder();
});
test.after.each(({ folder }) => folder.remove());

/** Runs something on a disk that takes only so many more bytes. */
function withRoom(bytes: number, work: () => void): void {
  const { writeSync } = fs;
  let room = bytes;
  const limited = (fd: number, from: Uint8Array, at = 0, length = from.length - at): number => {
    if (room <= 0)
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    const n = writeSync(fd, from, at, Math.min(length, room));
    room -= n;
    return n;
  };
  fs.writeSync = limited as typeof writeSync;
  syncBuiltinESMExports();
  try {
    work();
  } finally {
    fs.writeSync = writeSync;
    syncBuiltinESMExports();
  }
}

test('an atomic write that fails leaves the old content and nothing else', ({ folder }) => {
  folder.write({ 'd/f': 'old' });
  withRoom(3, () => assert.throws(() => writeAtomic(folder.path('d/f'), 'longer'), /ENOSPC/));
  assert.equal(folder.tree('d'), { f: 'old' });
});

test('an atomic write onto a folder leaves nothing beside it', ({ folder }) => {
  folder.write({ 'd/f/x': '' });
  assert.throws(() => writeAtomic(folder.path('d/f'), 'text'));
  assert.equal(readdirSync(folder.path('d')), ['f']);
});

test('a move that fails leaves what was to be moved', ({ folder }) => {
  folder.write({ from: '1', 'to/x': '' });
  assert.throws(() => moveInto(folder.path('from'), folder.path('to')));
  assert.is(folder.read('from'), '1');
  assert.equal(readdirSync(folder.root).sort(), ['from', 'to']);
});

test('what was moved aside goes back when not all of it could be', ({ folder }) => {
  folder.write({ 'd/1': 'one', 'e/2': 'two', 'attempt/aside/e': 'in the way' });
  const aside: Aside = { moved: ['d/1', 'e/2'], copied: [], kept: new Set(), stood: new Map() };
  const task = undefined as unknown as Task;
  assert.throws(
    () => setAside({ task, dir: 'attempt', aside }, folder.root),
    /what stands at its outputs cannot be saved first/,
  );
  assert.equal([folder.read('d/1'), folder.read('e/2')], ['one', 'two']);
});

test('a journal on a full disk refuses a record, and what is written later is whole', ({ folder }) => {
  const path = folder.path('state/journal.jsonl');
  for (const room of [0, 1, 40, 80]) {
    const journal = new Journal(path);
    journal.open();
    const task = `full-${room}`;
    withRoom(room, () =>
      assert.throws(
        () => journal.append('started', task, { at: 'x'.repeat(200) }),
        /the journal cannot be written: ENOSPC/,
      ),
    );
    journal.append('failed', `next-${room}`, { kind: 'failed', message: 'm', at: '' });
    journal.close();
    const again = new Journal(path);
    assert.equal(again.warnings, []);
    assert.is(again.lastAttempt(task), undefined);
    assert.is(again.lastAttempt(`next-${room}`)?.message, 'm');
  }
});

test('a failure that cannot be written down is no second failure', ({ folder }) => {
  const path = folder.path('state/journal.jsonl');
  const journal = new Journal(path);
  journal.open();
  journal.append('started', 't', { at: 'then' });
  const before = readFileSync(path, 'utf8');
  withRoom(10, () => journal.append('failed', 't', { kind: 'failed', message: 'm', at: '' }));
  journal.close();
  assert.is(readFileSync(path, 'utf8'), before);
  assert.is(new Journal(path).lastAttempt('t')?.kind, 'interrupted');
});

test('a journal whose only line is torn begins anew', ({ folder }) => {
  folder.write({ 'state/journal.jsonl': 'evalmake-jour' });
  const path = folder.path('state/journal.jsonl');
  const journal = new Journal(path);
  journal.open();
  journal.close();
  assert.is(readFileSync(path, 'utf8'), `${header}\n`);
});

test.run();
