// The nature of the disk in memory: its clock, its inodes, links, the order of names, and snapshots.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MemoryDisk } from './memory-disk.ts';

/** Checks that a call fails with this code. */
function fails(code: string, call: () => unknown): void {
  assert.throws(call, (error: NodeJS.ErrnoException) => error.code === code, `expected ${code}`);
}

test('times come from the clock, in steps; renames and links touch ctime only', () => {
  let now = 1_000_000.25;
  const disk = new MemoryDisk({ now: () => now, granularity: 4 });
  disk.writeFileSync('a', 'x');
  assert.is(disk.statSync('a').mtimeMs, 1_000_000);
  now += 3;
  disk.writeFileSync('a', 'y');
  assert.is(disk.statSync('a').mtimeMs, 1_000_000, 'a change within a step cannot be seen');
  now += 100;
  disk.renameSync('a', 'b');
  assert.is(disk.statSync('b').mtimeMs, 1_000_000);
  assert.is(disk.statSync('b').ctimeMs, 1_000_100);
  assert.is(disk.statSync('.').mtimeMs, 1_000_100);
  now += 100;
  disk.linkSync('b', 'c');
  assert.is(disk.statSync('b').ctimeMs, 1_000_200);
  disk.utimesSync('b', 5, 5.5);
  const exact = disk.statSync('b', { bigint: true });
  assert.is(exact.mtimeNs, 5_500_000_000n);
  assert.is(exact.ctimeNs, 1_000_200_000_000n);
  const fine = new MemoryDisk({ now: () => 1_700_000_000_000.25 });
  fine.writeFileSync('a', '');
  assert.is(fine.statSync('a', { bigint: true }).mtimeNs, 1_700_000_000_000_250_000n);
});

test('numbers of inodes come again, but not while a file is open', () => {
  const disk = new MemoryDisk();
  disk.writeFileSync('a', '');
  const { ino } = disk.statSync('a');
  const fd = disk.openSync('a', 'r');
  disk.unlinkSync('a');
  disk.writeFileSync('b', '');
  assert.is.not(disk.statSync('b').ino, ino);
  disk.closeSync(fd);
  disk.writeFileSync('c', '');
  assert.is(disk.statSync('c').ino, ino);
  disk.mkdirSync('d/e/f', { recursive: true });
  assert.is(disk.statSync('d/e').nlink, 3);
  disk.renameSync('d/e/f', 'd/f');
  assert.equal([disk.statSync('d').nlink, disk.statSync('d/e').nlink], [4, 2]);
});

test('links lead upwards, and not too far; relative paths start at cwd; nobody has a /proc', () => {
  const disk = new MemoryDisk({ cwd: '/here/and/there' });
  disk.mkdirSync('d');
  disk.symlinkSync('../a', 'd/up');
  disk.writeFileSync('d/up', 'x');
  assert.is(disk.readFileSync('/here/and/there/a', 'utf8'), 'x');
  assert.is(disk.realpathSync('d/up'), '/here/and/there/a');
  for (let i = 0; i <= 41; i++) disk.symlinkSync(i === 0 ? 'a' : `l${i - 1}`, `l${i}`);
  assert.ok(disk.existsSync('l39'));
  fails('ELOOP', () => disk.statSync('l40', { throwIfNoEntry: false }));
  disk.cwd = '/here/and';
  assert.is(disk.readFileSync('there/a', 'utf8'), 'x');
  fails('ENOENT', () => disk.readFileSync('/proc/self/stat'));
  fails('ENOENT', () => disk.readdirSync('/proc'));
});

test('folders can be listed in the order in which names came', () => {
  const disk = new MemoryDisk({ order: 'inserted' });
  for (const name of ['c', 'a', 'b']) disk.writeFileSync(name, '');
  disk.renameSync('a', 'd');
  assert.equal(disk.readdirSync('.'), ['c', 'b', 'd']);
});

test('a snapshot is the disk of then, as often as it is restored', () => {
  const disk = new MemoryDisk();
  disk.mkdirSync('d');
  const log = disk.openSync('d/log', 'a');
  disk.writeSync(log, 'one\n');
  disk.linkSync('d/log', 'same');
  const then = disk.tree();
  const snapshot = disk.snapshot();
  disk.writeSync(log, 'two\n');
  disk.writeSync(disk.openSync('same', 'r+'), 'ONE');
  for (const text of ['three', 'four']) {
    disk.restore(snapshot);
    assert.equal(disk.tree(), then);
    assert.is(disk.statSync('same').nlink, 2);
    const fd = disk.openSync('same', 'a');
    disk.writeSync(fd, text);
    assert.is(disk.readFileSync('d/log', 'utf8'), `one\n${text}`, 'a file with two names is still one file');
    disk.writeSync(disk.openSync('same', 'r+'), 'ONE');
    disk.rmSync('d', { recursive: true });
    disk.mkdirSync('d');
  }
  fails('EBADF', () => disk.writeSync(log, 'x'));
});

test.run();
