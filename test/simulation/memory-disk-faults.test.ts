// The faults of the disk in memory: errors on order, short and torn writes, death, full disks and rights.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Died, diskError, MemoryDisk, ShortWrite, TornWrite } from './memory-disk.ts';

/** Checks that a call fails with this code. */
function fails(code: string, call: () => unknown): void {
  assert.throws(call, (error: NodeJS.ErrnoException) => error.code === code, `expected ${code}`);
}

function dies(call: () => unknown): void {
  assert.throws(call, (error: Error) => error instanceof Died);
}

test('each change is announced, with its path and its number; reading is not', () => {
  const disk = new MemoryDisk();
  const seen: string[] = [];
  disk.before = (call, path, count, to) => {
    seen.push(`${count} ${call} ${path}${to === undefined ? '' : ` ${to}`}`);
  };
  disk.mkdirSync('d/e', { recursive: true });
  disk.writeFileSync('d/f', 'x');
  disk.renameSync('d/f', 'd/g');
  disk.linkSync('d/g', 'd/h');
  const fd = disk.openSync('d/g', 'a');
  disk.writeSync(fd, 'y');
  disk.fdatasyncSync(fd);
  disk.ftruncateSync(fd, 1);
  disk.closeSync(fd);
  disk.copyFileSync('d/g', 'd/c');
  disk.readFileSync('d/g');
  disk.statSync('d');
  fails('EEXIST', () => disk.mkdirSync('d'));
  disk.rmSync('d', { recursive: true });
  assert.equal(seen, [
    '1 mkdir d',
    '2 mkdir d/e',
    '3 open d/f',
    '4 write d/f',
    '5 rename d/f d/g',
    '6 link d/g d/h',
    '7 open d/g',
    '8 write d/g',
    '9 fdatasync d/g',
    '10 ftruncate d/g',
    '11 open d/c',
    '12 ftruncate d/c',
    '13 write d/c',
    '14 unlink d/c',
    '15 rmdir d/e',
    '16 unlink d/g',
    '17 unlink d/h',
    '18 rmdir d',
  ]);
});

test('what is thrown in front of a change is thrown by the call, and the change is not made', () => {
  const disk = new MemoryDisk();
  disk.writeFileSync('a', 'old');
  const before = disk.tree();
  disk.before = (call, path) => {
    throw diskError('EIO', call, path);
  };
  for (const change of [
    () => disk.writeFileSync('a', 'new'),
    () => disk.writeFileSync('b', 'new'),
    () => disk.renameSync('a', 'b'),
    () => disk.linkSync('a', 'b'),
    () => disk.symlinkSync('a', 'b'),
    () => disk.unlinkSync('a'),
    () => disk.mkdirSync('b'),
    () => disk.mkdirSync('b/c', { recursive: true }),
    () => disk.copyFileSync('a', 'b'),
    () => disk.cpSync('a', 'b'),
    () => disk.rmSync('a'),
    () => disk.chmodSync('a', 0o700),
  ])
    fails('EIO', change);
  assert.equal(disk.tree(), before);
  assert.not.ok(disk.dead);
  disk.outside(() => disk.writeFileSync('a', 'by a user'));
  assert.is(disk.readFileSync('a', 'utf8'), 'by a user');
});

test('a process that died can do nothing more; the next one finds all that was written', () => {
  const disk = new MemoryDisk();
  const fd = disk.openSync('log', 'a');
  disk.writeSync(fd, 'one\n');
  disk.before = (call) => {
    if (call === 'rename') throw new Died();
  };
  disk.fdatasync(fd, () => assert.unreachable('a sync of the dead came back'));
  const [sync] = disk.syncs;
  dies(() => disk.renameSync('log', 'moved'));
  assert.ok(disk.dead);
  const calls: (() => unknown)[] = [
    () => disk.existsSync('log'),
    () => disk.statSync('log'),
    () => disk.lstatSync('log', { throwIfNoEntry: false }),
    () => disk.fstatSync(fd),
    () => disk.openSync('log', 'r'),
    () => disk.readFileSync('log'),
    () => disk.readSync(fd, Buffer.alloc(1)),
    () => disk.writeSync(fd, 'x'),
    () => disk.writeFileSync('log', 'x'),
    () => disk.ftruncateSync(fd),
    () => disk.fsyncSync(fd),
    () => disk.fdatasyncSync(fd),
    () => disk.fdatasync(fd, () => {}),
    () => disk.closeSync(fd),
    () => disk.mkdirSync('d'),
    () => disk.mkdirSync('d/e', { recursive: true }),
    () => disk.rmdirSync('d'),
    () => disk.rmSync('nothing', { force: true }),
    () => disk.unlinkSync('log'),
    () => disk.renameSync('log', 'b'),
    () => disk.linkSync('log', 'b'),
    () => disk.symlinkSync('log', 'b'),
    () => disk.copyFileSync('log', 'b'),
    () => disk.cpSync('log', 'b'),
    () => disk.readdirSync('.'),
    () => disk.readlinkSync('b'),
    () => disk.realpathSync('log'),
    () => disk.chmodSync('log', 0o700),
    () => disk.utimesSync('log', 1, 1),
  ];
  for (const call of calls) dies(call);
  assert.is(
    disk.outside(() => disk.readFileSync('log', 'utf8')),
    'one\n',
  );
  disk.before = undefined;
  disk.revive();
  sync?.finish();
  assert.equal(disk.tree(), { log: 'one\n' });
  fails('EBADF', () => disk.closeSync(fd));
  assert.is.not(disk.openSync('log', 'r'), fd, 'a descriptor of the dead is given to nobody else');
});

test('a short write says how much it wrote; a torn one is the last thing the process did', () => {
  const disk = new MemoryDisk();
  const fd = disk.openSync('log', 'a');
  disk.before = () => {
    throw new ShortWrite(2);
  };
  assert.is(disk.writeSync(fd, 'abcdef'), 2);
  disk.before = () => {
    throw new TornWrite(3);
  };
  dies(() => disk.writeSync(fd, 'ghijkl'));
  dies(() => disk.readFileSync('log'));
  disk.revive();
  assert.equal(disk.tree(), { log: 'abghi' });
});

test('a full disk takes what fits, then nothing; what is removed makes room', () => {
  const disk = new MemoryDisk({ capacity: 10 });
  disk.writeFileSync('a', '12345678');
  const fd = disk.openSync('b', 'w');
  assert.is(disk.writeSync(fd, 'abcd'), 2);
  fails('ENOSPC', () => disk.writeSync(fd, 'cd'));
  fails('ENOSPC', () => disk.ftruncateSync(fd, 3));
  assert.is(disk.writeSync(fd, 'AB', 0), 2, 'writing over needs no room');
  fails('ENOSPC', () => disk.copyFileSync('b', 'c'));
  assert.not.ok(disk.existsSync('c'));
  const open = disk.openSync('a', 'r');
  disk.unlinkSync('a');
  fails('ENOSPC', () => disk.writeSync(fd, 'cd'));
  disk.closeSync(open);
  assert.is(disk.writeSync(fd, 'cdefghijkl'), 8);
  assert.is(disk.used, 10);
  disk.writeFileSync('b', '');
  assert.is(disk.used, 0);
});

test('rights bind: read-only files and folders', () => {
  const disk = new MemoryDisk();
  disk.mkdirSync('d');
  disk.writeFileSync('d/f', 'x');
  disk.chmodSync('d/f', 0o444);
  fails('EACCES', () => disk.openSync('d/f', 'a'));
  fails('EACCES', () => disk.writeFileSync('d/f', 'y'));
  assert.is(disk.readFileSync('d/f', 'utf8'), 'x');
  disk.chmodSync('d/f', 0o200);
  fails('EACCES', () => disk.readFileSync('d/f'));
  fails('EACCES', () => disk.copyFileSync('d/f', 'g'));
  disk.chmodSync('d', 0o555);
  for (const change of [
    () => disk.writeFileSync('d/new', ''),
    () => disk.unlinkSync('d/f'),
    () => disk.renameSync('d/f', 'f'),
    () => disk.mkdirSync('d/new'),
    () => disk.linkSync('d/f', 'd/new'),
    () => disk.rmSync('d', { recursive: true, force: true }),
  ])
    fails('EACCES', change);
  disk.chmodSync('d', 0o300);
  fails('EACCES', () => disk.readdirSync('d'));
  disk.chmodSync('d', 0o600);
  fails('EACCES', () => disk.statSync('d/f'));
});

test('syncs in the background come back when and in the order that a simulation wants', () => {
  const disk = new MemoryDisk();
  const fd = disk.openSync('log', 'a');
  const back: string[] = [];
  for (const name of ['one', 'two', 'three'])
    disk.fdatasync(fd, (error) => back.push(`${name}${error === null ? '' : ` ${error.message}`}`));
  const [one, two, three] = disk.syncs;
  assert.equal(back, []);
  two?.finish();
  three?.fail(new Error('lost'));
  one?.finish();
  one?.finish();
  assert.equal(back, ['two', 'three lost', 'one']);
  assert.is(disk.syncs.length, 0);
  disk.before = (call, path) => {
    throw diskError('EIO', call, path);
  };
  disk.fdatasync(fd, (error) => back.push(String(error?.code)));
  disk.syncs[0]?.finish();
  assert.is(back.at(-1), 'EIO');
});

test.run();
