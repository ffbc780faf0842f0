// The journal: what is appended is there after any crash, and damage costs only the task it hits.
import * as node from 'node:fs';
import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import type { TaskRecord } from '@evalmake/core';
import { useDisk } from '@evalmake/engine/fs';
import { Journal } from '@evalmake/engine/journal';
import { JournalFile } from '@evalmake/engine/journal-file';
import { header, headerOf, type LineType } from '@evalmake/engine/journal-line';
import { readJournal } from '@evalmake/engine/journal-text';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TemporaryFolder } from './doubles/temporary-folder.ts';

const test = suite<{ folder: TemporaryFolder; path: string }>('journal');
test.before.each((context) => {
  context.folder = new TemporaryFolder();
  context.path = context.folder.path('state/journal.jsonl');
});
test.after.each(({ folder }) => folder.remove());

function recordOf(task: string, command: string): TaskRecord {
  const file = { path: `out/${task}`, digest: `sha256:${'0'.repeat(64)}`, bytes: 1 };
  return {
    task,
    target: task,
    parts: { command },
    outputs: { '': [file] },
    checks: [],
    at: 't',
    run: 1,
    ms: 1,
  };
}

function opened(path: string): Journal {
  const journal = new Journal(path);
  journal.open();
  return journal;
}

type Line = readonly [LineType, string, object];
const started = (task: string): Line => ['started', task, { at: 'then', run: 1, host: 'h' }];
const spawned = (task: string): Line => [
  'spawned',
  task,
  { at: 'then', run: 1, host: 'h', pid: 7, started: '1' },
];
const finished = (task: string, command: string): Line => ['finished', task, recordOf(task, command)];
const failed = (task: string, message: string): Line => [
  'failed',
  task,
  { kind: 'failed', message, at: 'then' },
];
const publishing = (task: string, command: string): Line => [
  'publishing',
  task,
  { record: recordOf(task, command), moves: [{ from: 'x', to: 'y', digest: 'd' }], remove: [] },
];
const revoked = (task: string): Line => ['revoked', task, { because: 'check' }];

function write(path: string, lines: readonly Line[]): void {
  const journal = opened(path);
  for (const [type, task, value] of lines) journal.append(type, task, value, false);
  journal.close();
}

const commands = (journal: Journal, task: string) => journal.records(task).map((r) => r.parts.command);

/** All that a journal tells. */
function told(journal: Journal): unknown {
  const names = [...journal.names()].sort();
  return {
    records: names.map((n) => [n, journal.records(n)]).filter(([, list]) => (list as unknown[]).length > 0),
    last: names.flatMap((n) => (journal.lastAttempt(n) === undefined ? [] : [[n, journal.lastAttempt(n)]])),
    interrupted: journal
      .interrupted()
      .map(({ doubtful: _, ...rest }) => rest)
      .sort((a, b) => (a.task < b.task ? -1 : 1)),
    unwritten: [...journal.unwritten].filter((n) => !journal.interrupted().some((i) => i.task === n)).sort(),
    manifests: [...journal.manifests].sort(),
  };
}

test('no journal is an empty one, and looking at it writes nothing', ({ path, folder }) => {
  const journal = new Journal(path);
  assert.equal([...journal.names()], []);
  assert.equal(journal.records('a'), []);
  assert.equal(folder.tree(), {});
});

test('what was appended is there at once, and after reading it again', ({ path }) => {
  const journal = opened(path);
  journal.append('started', 'a', { at: 'then', run: 1, host: 'h' });
  journal.append('finished', 'a', recordOf('a', 'one'));
  assert.equal(commands(journal, 'a'), ['one']);
  journal.close();
  assert.equal(commands(new Journal(path), 'a'), ['one']);
  assert.equal(new Journal(path).records('a'), [{ ...recordOf('a', 'one'), source: 'journal' }]);
});

test('records are newest first, the last three', ({ path }) => {
  write(
    path,
    ['1', '2', '3', '4'].map((c) => finished('a', c)),
  );
  assert.equal(commands(new Journal(path), 'a'), ['4', '3', '2']);
});

test('text of every kind comes back as it was', ({ path }) => {
  const odd = 'é 𝄞 "q" \n \\ \u2028 \0';
  write(path, [finished('a', odd), ['manifest', 'm%20x.json', { digest: '', tasks: [] }]]);
  assert.equal(commands(new Journal(path), 'a'), [odd]);
  assert.equal(new Journal(path).warnings, []);
});

test('how the last attempt ended', ({ path }) => {
  write(path, [started('a'), failed('a', 'exit code 1'), started('b'), started('c'), finished('c', 'x')]);
  const journal = new Journal(path);
  assert.equal(journal.lastAttempt('a'), { kind: 'failed', message: 'exit code 1', at: 'then' });
  const cutOff = { kind: 'interrupted', message: '', at: 'then', open: 'started', run: 1 };
  assert.equal(journal.lastAttempt('b'), cutOff);
  assert.is(journal.lastAttempt('c'), undefined);
  assert.is(journal.lastAttempt('d'), undefined);
});

test('a failed attempt leaves the good record before it', ({ path }) => {
  write(path, [finished('a', 'good'), started('a'), failed('a', 'no')]);
  assert.equal(commands(new Journal(path), 'a'), ['good']);
});

test('what a crash left: started, spawned with its process, publishing with its list', ({ path }) => {
  write(path, [
    started('a'),
    started('b'),
    spawned('b'),
    started('c'),
    spawned('c'),
    publishing('c', 'x'),
    started('d'),
    finished('d', 'y'),
  ]);
  const left = new Map(new Journal(path).interrupted().map((i) => [i.task, i]));
  assert.equal([...left.keys()], ['a', 'b', 'c']);
  assert.is(left.get('b')?.started?.pid, 7);
  assert.is(left.get('b')?.publishing, undefined);
  assert.equal(left.get('c')?.publishing?.moves, [{ from: 'x', to: 'y', digest: 'd' }]);
  assert.is(left.get('c')?.started?.pid, 7);
});

test('a revoked record does not count, one made after it does', ({ path }) => {
  write(path, [finished('a', '1'), finished('b', '1'), revoked('a')]);
  assert.equal([commands(new Journal(path), 'a'), commands(new Journal(path), 'b')], [[], ['1']]);
  write(path, [finished('a', '2')]);
  assert.equal(commands(new Journal(path), 'a'), ['2']);
});

test('which records are newer than their manifest', ({ path }) => {
  write(path, [finished('a', '1'), finished('b', '1'), failed('c', 'no')]);
  const journal = opened(path);
  journal.manifestWritten('out/a b.json', 'digest', ['a', 'c']);
  journal.close();
  assert.equal([...new Journal(path).unwritten], ['b']);
  assert.equal([...new Journal(path).manifests], [['out/a b.json', 'digest']]);
});

test('builds that record nothing leave one header and no damage', ({ path, folder }) => {
  for (let i = 0; i < 3; i++) write(path, []);
  assert.is(folder.read('state/journal.jsonl'), `${header}\n`);
  write(path, [finished('a', '1')]);
  assert.equal(new Journal(path).warnings, []);
});

test('appending to a journal that is not open is an error', ({ path }) => {
  assert.throws(() => new Journal(path).append('failed', 'a', {}), /not open/);
});

test('reload sees what another has appended', ({ path }) => {
  write(path, [finished('a', '1')]);
  const journal = new Journal(path);
  write(path, [finished('a', '2')]);
  assert.equal(commands(journal, 'a'), ['1']);
  journal.reload();
  assert.equal(commands(journal, 'a'), ['2', '1']);
  journal.reload();
  assert.equal(commands(journal, 'a'), ['2', '1']);
});

const story: readonly Line[] = [
  started('a'),
  spawned('a'),
  finished('a', 'été'),
  started('b'),
  finished('b', '1'),
  revoked('b'),
  started('b'),
  publishing('b', '2'),
];

test('torn at any byte: all whole lines count, and the next build appends where they end', ({ path }) => {
  write(path, story);
  const whole = readFileSync(path);
  // Waiting for the disk a thousand times would prove nothing here.
  const real = useDisk({ ...node, fdatasyncSync: () => {}, fsyncSync: () => {} });
  try {
    tornAnywhere(path, whole);
  } finally {
    useDisk(real);
  }
});

function tornAnywhere(path: string, whole: Buffer): void {
  const ends = [...whole.entries()].flatMap(([i, byte]) => (byte === 10 ? [i + 1] : []));
  for (let cut = 0; cut < whole.length; cut++) {
    writeFileSync(path, whole.subarray(0, cut));
    const lines = Math.max(0, ends.filter((end) => end <= cut).length - 1);
    const kept = story.slice(0, lines);
    const reader = new Journal(path);
    const good = cut === 0 || ends.includes(cut);
    assert.is(reader.warnings.length, good ? 0 : 1, `warnings at ${cut}`);
    const journal = opened(path);
    journal.append('finished', 'z', recordOf('z', 'after'));
    journal.close();
    const again = new Journal(path);
    assert.equal(again.warnings, [], `cut at ${cut}`);
    assert.equal(commands(again, 'z'), ['after'], `cut at ${cut}`);
    writeFileSync(path, '');
    write(path, [...kept, finished('z', 'after')]);
    assert.equal(told(again), told(new Journal(path)), `cut at ${cut}`);
  }
}

test('a bad line costs its own task and no other, and is told with its number', ({ path }) => {
  write(path, [finished('a', '1'), finished('b', '1'), finished('c', '1'), finished('a', '2')]);
  const lines = readFileSync(path, 'utf8').split('\n');
  lines[2] = (lines[2] as string).replace('"command":"1"', '"command":"9"');
  writeFileSync(path, lines.join('\n'));
  const journal = new Journal(path);
  assert.equal(
    [commands(journal, 'a'), commands(journal, 'b'), commands(journal, 'c')],
    [['2', '1'], [], ['1']],
  );
  assert.is(journal.warnings.length, 1);
  assert.match(journal.warnings[0] as string, /damaged in line 3;/);
});

test('damage anywhere in a line costs what that line said, whatever task it seems to name then', ({
  path,
}) => {
  write(path, [finished('t1', '1'), finished('t2', '1'), finished('t1', '2'), finished('t3', '1')]);
  const whole = readFileSync(path);
  const from = whole.indexOf('\n', whole.indexOf(' t2 ')) + 1;
  const to = whole.indexOf('\n', from);
  for (let at = from; at < to; at++) {
    for (const mask of [1, 2, 4, 0x20, 0x80]) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] as number) ^ mask;
      writeFileSync(path, bytes);
      const journal = new Journal(path);
      const all = ['t1', 't2', 't3'].map((task) => commands(journal, task));
      assert.equal(all, [['1'], ['1'], ['1']], `damaged at ${at - from}: ${bytes.subarray(from, to)}`);
      assert.is(journal.warnings.length, 1);
    }
  }
});

test('a byte that is no UTF-8 in one line, and a torn end: what is appended next is whole', ({ path }) => {
  write(path, [finished('a', 'xxxx'), finished('b', '1')]);
  const bytes = readFileSync(path);
  bytes.fill(0xff, bytes.indexOf('xxxx'), bytes.indexOf('xxxx') + 4);
  writeFileSync(path, bytes);
  appendFileSync(path, '0123456789abcdef finished c {"torn');
  write(path, [finished('d', 'after')]);
  const journal = new Journal(path);
  assert.equal(
    [commands(journal, 'a'), commands(journal, 'b'), commands(journal, 'd')],
    [[], ['1'], ['after']],
  );
});

test('a journal of a newer version is refused and left as it is', ({ path, folder }) => {
  const text = `${headerOf(3)}\nwhatever\n`;
  folder.write({ 'state/journal.jsonl': text });
  assert.throws(() => new Journal(path), /newer evalmake \(evalmake-journal 3\)/);
  assert.is(folder.read('state/journal.jsonl'), text);
});

test('rubbish is no journal: everything in it is told of, nothing in it counts, and the next build goes on', ({
  path,
  folder,
}) => {
  folder.write({ 'state/journal.jsonl': '<<<<<<< HEAD\n\n\0\0\0\0\n{"a": 1}\n' });
  const journal = new Journal(path);
  assert.equal([...journal.names()], []);
  assert.is(journal.warnings.length, 1);
  write(path, [finished('a', '1')]);
  assert.equal(commands(new Journal(path), 'a'), ['1']);
});

/** Attempts as builds make them; the last of a task may be cut short by a crash. */
const attempts: fc.Arbitrary<Line[]> = fc
  .array(
    fc.tuple(
      fc.constantFrom('finished', 'failed', 'recheck', 'crash', 'crash in publishing'),
      fc.constantFrom('a', 'b', 'c@x,y'),
      fc.nat({ max: 3 }),
    ),
    { maxLength: 8 },
  )
  .map((all) =>
    all.flatMap(([end, task, n]): Line[] => {
      const begun = [started(task), spawned(task)];
      if (end === 'finished') return [...begun, publishing(task, String(n)), finished(task, String(n))];
      if (end === 'failed') return [...begun, failed(task, String(n))];
      if (end === 'recheck') return [revoked(task), ...begun, failed(task, String(n))];
      return end === 'crash' ? begun : [...begun, publishing(task, String(n))];
    }),
  );

test('compaction keeps all that counts', ({ path, folder }) => {
  fc.assert(
    fc.property(attempts, fc.boolean(), (lines, withManifest) => {
      folder.write({ 'state/journal.jsonl': '' });
      const journal = opened(path);
      for (let i = 0; i < 1001; i++)
        journal.append('failed', 'filler', { kind: 'failed', message: '', at: '' }, false);
      for (const [type, task, value] of lines) journal.append(type, task, value, false);
      if (withManifest) journal.manifestWritten('m.json', 'd', ['a']);
      journal.close();
      const before = new Journal(path);
      const bytes = readFileSync(path).length;
      const compacted = opened(path);
      compacted.close();
      assert.ok(readFileSync(path).length < bytes);
      assert.equal(told(new Journal(path)), told(before));
      assert.equal(told(compacted), told(before));
    }),
    { numRuns: 30 },
  );
});

test('after compaction appending goes on in the new file', ({ path }) => {
  const journal = opened(path);
  for (let i = 0; i < 1001; i++) journal.append('finished', 'a', recordOf('a', String(i)), false);
  journal.close();
  const again = opened(path);
  again.append('finished', 'b', recordOf('b', 'x'));
  again.close();
  const read = new Journal(path);
  assert.equal([commands(read, 'a'), commands(read, 'b')], [['1000', '999', '998'], ['x']]);
  assert.ok(readFileSync(path, 'utf8').split('\n').length < 10);
});

test('lines appended without waiting are durable together', async ({ path }) => {
  const journal = opened(path);
  journal.append('finished', 'a', recordOf('a', '1'), false);
  const one = journal.durable();
  journal.append('finished', 'b', recordOf('b', '1'), false);
  await Promise.all([one, journal.durable(), journal.durable()]);
  await journal.durable();
  journal.close();
  await journal.durable();
  assert.equal([...new Journal(path).names()], ['a', 'b']);
});

test('a write that fails throws, and the record does not count', ({ path }) => {
  const journal = opened(path);
  journal.close();
  assert.throws(() => journal.append('finished', 'a', recordOf('a', '1')));
  assert.equal(commands(journal, 'a'), []);
  truncateSync(path, 0);
});

test('a journal that is read in pieces tells the same, however long they are', ({ path }) => {
  write(path, [finished('a', 'ü'), started('b'), failed('b', 'no'), finished('c', 'x'), started('d')]);
  const whole = readFileSync(path);
  const damaged = Buffer.from(whole);
  damaged[whole.indexOf(0x0a) + 40] = 0xff;
  for (const bytes of [whole, damaged, whole.subarray(0, -9), Buffer.from('no line'), Buffer.alloc(0)])
    for (const piece of [1, 7, 100, 300, 1000])
      assert.equal(readJournal(bytes, path, piece), readJournal(bytes, path));
});

test('a journal is written anew in parts, with every line', ({ folder }) => {
  const path = folder.path('j');
  const lines = Array.from({ length: 20_001 }, (_, i) => `line ${i}\n`);
  new JournalFile(path).replace(lines);
  assert.is(readFileSync(path, 'utf8'), lines.join(''));
});

test.run();
