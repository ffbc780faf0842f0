// The disk in memory held against the real one: the same calls, made on both.
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { anyCalls, type Call, callOf } from './memory-disk-random-call.ts';
import { compare } from './memory-disk-twins.ts';

// The same seed in every run, so that a failure in one place is a failure in all; EVALMAKE_FUZZ_SEED tries another.
const seed = Number(process.env['EVALMAKE_FUZZ_SEED'] ?? 20_261_120);
const numRuns = Number(process.env['EVALMAKE_FUZZ_RUNS'] ?? 120);

test(`random calls do the same in memory and on disk (seed ${seed})`, () => {
  const run = fc.check(fc.property(anyCalls, compare), { seed, numRuns });
  if (!run.failed) return;
  const calls = run.counterexample?.[0].map(({ says }, index) => `${index + 1}. ${says.slice(0, 300)}`) ?? [];
  assert.unreachable(`${(run.errorInstance as Error).message}\n${calls.join('\n')}`);
});

test('gaps are zeros, also where something was before', () => {
  const bytes: Call['run'] = (disk) => disk.readFileSync('a', 'latin1');
  const calls: Call['run'][] = [
    (disk, slots) => {
      slots[0] = disk.openSync('a', 'w+');
    },
    (disk, slots) => disk.writeSync(slots[0]!, 'something that was there'),
    (disk, slots) => disk.ftruncateSync(slots[0]!, 2),
    (disk, slots) => disk.ftruncateSync(slots[0]!, 9),
    bytes,
    (disk, slots) => disk.ftruncateSync(slots[0]!, 2),
    (disk, slots) => disk.writeSync(slots[0]!, 'x', 12),
    bytes,
    (disk, slots) => disk.ftruncateSync(slots[0]!),
    (disk, slots) => disk.writeSync(slots[0]!, 'y'),
    bytes,
  ];
  compare(calls.map(callOf));
});

test('a copy takes over the mode; a folder copied over a file takes the file away', () => {
  const calls: Call['run'][] = [
    (disk) => disk.writeFileSync('a', 'x', { mode: 0o755 }),
    (disk) => disk.writeFileSync('b', 'old', { mode: 0o600 }),
    (disk) => disk.copyFileSync('a', 'b'),
    (disk) => disk.copyFileSync('a', 'c'),
    (disk) => disk.mkdirSync('d'),
    (disk) => disk.copyFileSync('d', 'b'),
    (disk) => disk.chmodSync('d', 0o700),
    (disk) => disk.cpSync('d', 'e', { recursive: true, verbatimSymlinks: true }),
  ];
  compare(calls.map(callOf));
});

test('renames that cannot be: into itself, onto what is above, onto what is not empty', () => {
  const calls: Call['run'][] = [
    (disk) => disk.mkdirSync('a/b/c', { recursive: true }),
    (disk) => disk.writeFileSync('a/b/f', ''),
    (disk) => disk.mkdirSync('d'),
    (disk) => disk.writeFileSync('f', ''),
    (disk) => disk.symlinkSync('a', 'l'),
    ...[
      ['a', 'a/b/x'],
      ['a', 'l/x'],
      ['a/b', 'a'],
      ['a/b/f', 'a'],
      ['d', 'a'],
      ['f', 'd'],
      ['d', 'f'],
      ['d', 'l'],
      ['d', 'l/'],
      ['f', 'x/'],
      ['a/.', 'x'],
      ['f', '.'],
      ['d', 'a/b/c'],
      ['f', 'a/b/f'],
    ].map(
      ([from, to]): Call['run'] =>
        (disk) =>
          disk.renameSync(from!, to!),
    ),
  ];
  compare(calls.map(callOf));
});

test('a slash at the end of a path asks for a folder', () => {
  const calls: Call['run'][] = [
    (disk) => disk.mkdirSync('d/'),
    (disk) => disk.writeFileSync('f', 'x'),
    (disk) => disk.symlinkSync('d', 'l'),
    ...['d/', 'f/', 'l/', 'none/'].flatMap((path): Call['run'][] => [
      (disk) => disk.existsSync(path),
      (disk) => disk.readdirSync(path),
      (disk) => disk.openSync(path, 'wx'),
      (disk) => disk.writeFileSync(path, 'y'),
      (disk) => disk.linkSync('f', path),
      (disk) => disk.unlinkSync(path),
      (disk) => disk.rmSync(path, { recursive: true, force: true }),
      (disk) => disk.rmdirSync(path),
    ]),
  ];
  compare(calls.map(callOf));
});

test.run();
