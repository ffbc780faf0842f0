// Digests of files and of directories: the very sha256, and everything in a directory that counts.
import { createHash } from 'node:crypto';
import { chmodSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { digestDir, digestFile, digestText, listDir } from '@evalmake/engine/digest';
import { hashLarge, largeBytes } from '@evalmake/engine/large-files';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TemporaryFolder } from './doubles/temporary-folder.ts';

const test = suite<{ folder: TemporaryFolder }>('digest');
test.before.each((context) => {
  context.folder = new TemporaryFolder();
});
test.after.each(({ folder }) => folder.remove());

function directory(folder: TemporaryFolder, name = 'd', listing = false): string {
  return digestDir(folder.path(name), (path) => digestFile(path).digest, listing).digest;
}

test('the digest of a text is that of its UTF-8', () => {
  assert.is(digestText(''), 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  assert.is(digestText('été'), `sha256:${createHash('sha256').update(Buffer.from('été')).digest('hex')}`);
});

test('a file of any size around the buffer has the digest of its bytes', ({ folder }) => {
  const whole = Buffer.alloc((1 << 21) + 7);
  for (let i = 0; i < whole.length; i++) whole[i] = (i * 31 + (i >> 8)) & 255;
  for (const size of [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 1 << 21, (1 << 21) + 7]) {
    const bytes = whole.subarray(0, size);
    folder.write({ f: bytes });
    const expected = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    assert.equal(digestFile(folder.path('f')), { digest: expected, bytes: size }, `${size}`);
  }
});

test('a file that is not there throws', ({ folder }) => {
  assert.throws(() => digestFile(folder.path('nope')), /ENOENT/);
});

test('large files are hashed ahead, small and missing ones are left', async ({ folder }) => {
  const bytes = Buffer.alloc(largeBytes, 'x');
  folder.write({ large: bytes, small: bytes.subarray(1), dir: '' });
  const made = await hashLarge(['large', 'small', 'nope', ''].map((name) => folder.path(name)));
  const expected = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  assert.equal([...made], [[folder.path('large'), { digest: expected, bytes: largeBytes }]]);
});

test('everything below a directory, in code-unit order, links not followed', ({ folder }) => {
  folder.write({ 'd/b': '', 'd/B': '', 'd/a/z': '', 'd/a-/y': '', 'd/é': '', 'd/empty/': '' });
  symlinkSync('a', folder.path('d/link'));
  assert.equal(
    listDir(folder.path('d')).map((e) => `${e.kind} ${e.path}`),
    ['file B', 'dir a', 'dir a-', 'file a-/y', 'file a/z', 'file b', 'dir empty', 'link link', 'file é'],
  );
});

test('the digest of a directory does not depend on where it is, nor on when its files were made', ({
  folder,
}) => {
  folder.write({ 'd/a': '1', 'd/b/c': '2' });
  folder.write({ 'e/b/c': '2', 'e/a': '1' });
  assert.is(directory(folder), directory(folder, 'e'));
  renameSync(folder.path('d'), folder.path('f'));
  assert.is(directory(folder, 'f'), directory(folder, 'e'));
});

test('content, names, empty folders, the exec bit and links all count', ({ folder }) => {
  folder.write({ 'd/a': '1', 'd/b/c': '2' });
  const seen = new Set([directory(folder)]);
  const changed = (what: string) => {
    const now = directory(folder);
    assert.not.ok(seen.has(now), what);
    seen.add(now);
  };
  writeFileSync(folder.path('d/a'), '2');
  changed('content');
  renameSync(folder.path('d/a'), folder.path('d/z'));
  changed('name');
  folder.write({ 'd/empty/': '' });
  changed('an empty folder');
  chmodSync(folder.path('d/z'), 0o755);
  changed('exec bit');
  symlinkSync('z', folder.path('d/link'));
  changed('a link');
  folder.write({ 'd/zz': '2' });
  changed('a file more');
  const size = digestDir(folder.path('d'), (path) => digestFile(path).digest).bytes;
  assert.is(size, 3);
});

test('the other bits of a mode do not count', ({ folder }) => {
  folder.write({ 'd/a': '1' });
  chmodSync(folder.path('d/a'), 0o644);
  const before = directory(folder);
  chmodSync(folder.path('d/a'), 0o600);
  assert.is(directory(folder), before);
});

test('where a link leads counts, and a file is not its link', ({ folder }) => {
  folder.write({ 'd/f': '1', 'e/f': '1', 'e/g': '1' });
  symlinkSync('f', folder.path('d/g'));
  assert.is.not(directory(folder, 'd'), directory(folder, 'e'));
  folder.write({ 'h/f': '1', 'h/k': '1' });
  symlinkSync('k', folder.path('h/g'));
  assert.is.not(directory(folder, 'd'), directory(folder, 'h'));
});

test('no name can pass for another entry', ({ folder }) => {
  folder.write({ 'd/a': 'x', 'd/b': 'y' });
  folder.write({ 'e/a\nfile - b': 'x' });
  folder.write({ 'f/a/b': 'x' });
  folder.write({ 'g/a b': 'x' });
  assert.is(new Set(['d', 'e', 'f', 'g'].map((name) => directory(folder, name))).size, 4);
});

test('a listing knows names and sizes only', ({ folder }) => {
  folder.write({ 'd/a': '11', 'd/b': '2' });
  const before = directory(folder, 'd', true);
  writeFileSync(folder.path('d/a'), '33');
  assert.is(directory(folder, 'd', true), before);
  writeFileSync(folder.path('d/a'), '333');
  assert.is.not(directory(folder, 'd', true), before);
});

test.run();
