// FileState: a digest is used again only when the file cannot have changed unseen, and losing the memo costs only time.
import { chmodSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { digestText } from '@evalmake/engine/digest';
import { FileState, racyWindowMs, writeBackMs } from '@evalmake/engine/file-state';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TemporaryFolder } from './doubles/temporary-folder.ts';

const test = suite<{ folder: TemporaryFolder }>('file-state');
test.before.each((context) => {
  context.folder = new TemporaryFolder();
});
test.after.each(({ folder }) => folder.remove());

/** A clock that stands a while after a file was last changed. */
function afterChange(folder: TemporaryFolder, name: string, ms: number): () => number {
  const { mtimeMs, ctimeMs } = statSync(folder.path(name));
  return () => Math.floor(Math.max(mtimeMs, ctimeMs)) + ms;
}

function memo(folder: TemporaryFolder): string {
  return folder.tree().memo ?? '';
}

/** Writes until the kernel's clock has moved on, as any two real writes would find it. */
function rewrite(path: string, content: string): void {
  const before = statSync(path, { bigint: true }).ctimeNs;
  do writeFileSync(path, content);
  while (statSync(path, { bigint: true }).ctimeNs === before);
}

const late = () => Date.UTC(2100, 0);

test('a file, a folder, nothing', ({ folder }) => {
  folder.write({ 'a/f': 'text' });
  const state = new FileState(folder.root, undefined, late);
  assert.equal(state.digest('a/f'), { digest: digestText('text'), bytes: 4 });
  assert.is(state.digest('a'), 'dir');
  assert.is(state.digest('nope'), undefined);
  assert.is(state.digest('a/f/below'), undefined);
  assert.is(state.digest('x'.repeat(5000)), undefined);
  assert.equal(state.digest(folder.path('a/f')), { digest: digestText('text'), bytes: 4 });
});

test('links are followed; one that leads nowhere is nothing', ({ folder }) => {
  folder.write({ f: 'text' });
  symlinkSync('f', folder.path('link'));
  symlinkSync('gone', folder.path('broken'));
  symlinkSync('circle', folder.path('circle'));
  const state = new FileState(folder.root, undefined, late);
  assert.equal(state.digest('link'), { digest: digestText('text'), bytes: 4 });
  assert.is(state.digest('broken'), undefined);
  assert.is(state.digest('circle'), undefined);
});

test('an old file is remembered by its signature, over programs', ({ folder }) => {
  folder.write({ f: 'text' });
  const now = afterChange(folder, 'f', racyWindowMs + 1);
  const one = new FileState(folder.root, folder.path('memo'), now);
  one.digest('f');
  one.save();
  assert.match(
    memo(folder),
    /^evalmake-filestate 2 [0-9a-f]{16}\n- [\d.]+\n[\d.:]+ sha256:[0-9a-f]{64} f\n$/,
  );
  const forged = memo(folder)
    .replace(/^.*\n/, '')
    .replace(/sha256:\w+/, digestText('known from the memo'));
  folder.write({ memo: `evalmake-filestate 2 ${digestText(forged).slice(7, 23)}\n${forged}` });
  assert.is(
    (new FileState(folder.root, folder.path('memo'), now).digest('f') as { digest: string }).digest,
    digestText('known from the memo'),
  );
});

test('a file younger than the racy window is hashed every time', ({ folder }) => {
  folder.write({ f: 'text' });
  for (const age of [0, 1, racyWindowMs, -60_000]) {
    const state = new FileState(folder.root, folder.path('memo'), afterChange(folder, 'f', age));
    state.digest('f');
    state.save();
    assert.is(memo(folder), '', `age ${age}`);
  }
});

test('a file that was remembered and is young again is forgotten', ({ folder }) => {
  folder.write({ f: 'text' });
  const state = new FileState(folder.root, folder.path('memo'), afterChange(folder, 'f', racyWindowMs + 1));
  state.digest('f');
  state.save();
  rewrite(folder.path('f'), 'next');
  const again = new FileState(folder.root, folder.path('memo'), afterChange(folder, 'f', 0));
  assert.equal(again.digest('f'), { digest: digestText('next'), bytes: 4 });
  again.save();
  assert.match(memo(folder), /^evalmake-filestate 2 [0-9a-f]{16}\n- [\d.]+\n$/);
});

test('after another boot only files that had been at rest for long are known', ({ folder }) => {
  folder.write({ f: 'text' });
  /** Whether the digest of a file of this age is known in another boot, or the same: `known from the memo` says so. */
  const known = (age: number, from: string, to: string): boolean => {
    const now = afterChange(folder, 'f', age);
    rmSync(folder.path('memo'), { force: true });
    const one = new FileState(folder.root, folder.path('memo'), now, from);
    one.digest('f');
    one.save();
    const forged = memo(folder)
      .replace(/^.*\n/, '')
      .replace(/sha256:\w+/, digestText('known from the memo'));
    folder.write({ memo: `evalmake-filestate 2 ${digestText(forged).slice(7, 23)}\n${forged}` });
    const again = new FileState(folder.root, folder.path('memo'), now, to).digest('f');
    return (again as { digest: string }).digest === digestText('known from the memo');
  };
  assert.is(known(racyWindowMs + 1, 'one', 'one'), true, 'the same boot');
  assert.is(known(writeBackMs, 'one', 'two'), false, 'its content may not have reached the disk');
  assert.is(known(writeBackMs + 1, 'one', 'two'), true, 'at rest for long');
  assert.is(known(writeBackMs, '', ''), false, 'where nothing tells one boot from another');
  assert.is(known(writeBackMs + 1, '', ''), true, 'at rest for long, there too');
});

test('new content of the old size, with the old modification time, is seen', ({ folder }) => {
  folder.write({ f: 'aaaa' });
  const state = new FileState(folder.root, folder.path('memo'), late);
  const { atime, mtime } = statSync(folder.path('f'));
  utimesSync(folder.path('f'), atime, mtime);
  const before = statSync(folder.path('f'));
  assert.is((state.digest('f') as { digest: string }).digest, digestText('aaaa'));
  rewrite(folder.path('f'), 'bbbb');
  utimesSync(folder.path('f'), atime, mtime);
  assert.is(statSync(folder.path('f')).mtimeMs, before.mtimeMs);
  assert.is(statSync(folder.path('f')).size, before.size);
  assert.is((state.digest('f') as { digest: string }).digest, digestText('bbbb'));
});

test('another file renamed into the place, older and of the same size, is seen', ({ folder }) => {
  folder.write({ f: 'aaaa', g: 'bbbb' });
  const { atime, mtime } = statSync(folder.path('f'));
  utimesSync(folder.path('g'), atime, mtime);
  const state = new FileState(folder.root, undefined, late);
  state.digest('f');
  renameSync(folder.path('g'), folder.path('f'));
  assert.is((state.digest('f') as { digest: string }).digest, digestText('bbbb'));
});

test('a memo that is damaged in any way is as good as none', ({ folder }) => {
  folder.write({ f: 'text' });
  const state = new FileState(folder.root, folder.path('memo'), late);
  state.digest('f');
  state.save();
  const good = memo(folder);
  const right = { digest: digestText('text'), bytes: 4 };
  for (let cut = 0; cut <= good.length; cut += 3) {
    folder.write({ memo: good.slice(0, cut) });
    assert.equal(new FileState(folder.root, folder.path('memo'), late).digest('f'), right, `cut at ${cut}`);
  }
  for (const bad of [
    'evalmake-filestate 2\n',
    'evalmake-filestate 3\n',
    good.replace('evalmake-filestate 2', 'evalmake-filestate 3'),
    good.replace(/^.*/, 'evalmake-filestate 1'),
    'rubbish',
    '\n\n\n',
    good.replaceAll(' ', '  '),
    '\0'.repeat(100),
  ]) {
    folder.write({ memo: bad });
    assert.equal(new FileState(folder.root, folder.path('memo'), late).digest('f'), right);
  }
});

test('no flipped bit of a memo is ever believed', ({ folder }) => {
  folder.write({ f: 'text', g: 'other' });
  const state = new FileState(folder.root, folder.path('memo'), late);
  for (const name of ['f', 'g']) state.digest(name);
  state.save();
  const good = Buffer.from(memo(folder));
  for (let at = 0; at < good.length; at++) {
    for (const mask of [1, 2, 0x10, 0x80]) {
      const bytes = Buffer.from(good);
      bytes[at] = (bytes[at] as number) ^ mask;
      folder.write({ memo: bytes });
      const again = new FileState(folder.root, folder.path('memo'), late);
      assert.equal(again.digest('f'), { digest: digestText('text'), bytes: 4 }, `byte ${at}, mask ${mask}`);
      assert.equal(again.digest('g'), { digest: digestText('other'), bytes: 5 }, `byte ${at}, mask ${mask}`);
    }
  }
});

test('names with spaces are remembered, names with line breaks are not', ({ folder }) => {
  folder.write({ 'a b  c': '1', 'd\ne': '2' });
  const state = new FileState(folder.root, folder.path('memo'), late);
  state.digest('a b  c');
  state.digest('d\ne');
  state.save();
  assert.match(memo(folder), / a b {2}c\n$/);
  assert.is(
    memo(folder)
      .split('\n')
      .filter((line) => line.includes('sha256:')).length,
    1,
  );
});

test('nothing is written when nothing was learnt, nor without a file, nor where it cannot be', ({
  folder,
}) => {
  folder.write({ f: 'text', taken: '' });
  const state = new FileState(folder.root, folder.path('memo'), late);
  state.save();
  assert.is(memo(folder), '');
  const nowhere = new FileState(folder.root, folder.path('taken/memo'), late);
  nowhere.digest('f');
  nowhere.save();
  new FileState(folder.root, undefined, late).save();
});

test('a file that may not be read is missing, not unchanged', ({ folder }) => {
  folder.write({ f: 'text' });
  chmodSync(folder.path('f'), 0o000);
  const state = new FileState(folder.root, undefined, late);
  const found = state.digest('f');
  // The superuser may read everything.
  if (process.getuid?.() !== 0) assert.is(found, undefined);
});

test('whatever happens to files, a digest is that of the content now', ({ folder }) => {
  const name = fc.constantFrom('a', 'b');
  const content = fc.constantFrom('1', '2', '33');
  const step = fc.oneof(
    fc.record({ kind: fc.constant('write' as const), name, content }),
    fc.record({ kind: fc.constant('backdate' as const), name, content }),
    fc.record({ kind: fc.constant('rename' as const), name, content }),
    fc.record({ kind: fc.constant('remove' as const), name, content }),
    fc.record({ kind: fc.constant('save' as const), name, content }),
    fc.record({ kind: fc.constant('forget' as const), name, content }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 10 }), (steps) => {
      for (const file of ['a', 'b', 'memo']) rmSync(folder.path(file), { force: true });
      const disk = new Map<string, string>();
      let state = new FileState(folder.root, folder.path('memo'), Date.now);
      for (const { kind, name: file, content: text } of steps) {
        const path = folder.path(file);
        if (kind === 'write' || (kind === 'backdate' && !disk.has(file))) {
          writeFileSync(path, text);
          disk.set(file, text);
        } else if (kind === 'backdate') {
          const { atime, mtime } = statSync(path);
          writeFileSync(path, text);
          utimesSync(path, atime, mtime);
          disk.set(file, text);
        } else if (kind === 'rename' && disk.has(file)) {
          renameSync(path, folder.path(file === 'a' ? 'b' : 'a'));
          disk.set(file === 'a' ? 'b' : 'a', disk.get(file) as string);
          disk.delete(file);
        } else if (kind === 'remove') {
          rmSync(path, { force: true });
          disk.delete(file);
        } else if (kind === 'save') {
          state.save();
          state = new FileState(folder.root, folder.path('memo'), Date.now);
        } else if (kind === 'forget') rmSync(folder.path('memo'), { force: true });
        for (const known of ['a', 'b']) {
          const text = disk.get(known);
          assert.equal(
            state.digest(known),
            text === undefined ? undefined : { digest: digestText(text), bytes: text.length },
          );
        }
      }
    }),
  );
});

test.run();
