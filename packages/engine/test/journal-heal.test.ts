// Healing: versions are upgraded, damage is noticed wherever it is, kept as evidence, mended once, and told once.
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import type { TaskRecord } from '@evalmake/core';
import { Journal } from '@evalmake/engine/journal';
import { header, headerOf, type LineType, lineOf } from '@evalmake/engine/journal-line';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TemporaryFolder } from './doubles/temporary-folder.ts';

const test = suite<{ folder: TemporaryFolder; path: string }>('journal-heal');
test.before.each((context) => {
  context.folder = new TemporaryFolder();
  context.path = context.folder.path('state/journal.jsonl');
});
test.after.each(({ folder }) => folder.remove());

function recordOf(task: string, command: string): TaskRecord {
  const outputs = { '': [{ path: `out/${task}`, digest: `sha256:${'0'.repeat(64)}`, bytes: 1 }] };
  return { task, target: task, parts: { command }, outputs, checks: [], at: 't', run: 1, ms: 1 };
}

const commands = (journal: Journal, task: string) => journal.records(task).map((r) => r.parts.command);
const text = (path: string) => readFileSync(path, 'utf8');
const linesIn = (path: string) => text(path).split('\n').slice(0, -1);
const put = (path: string, lines: readonly string[]) => writeFileSync(path, `${lines.join('\n')}\n`);

function opened(path: string): Journal {
  const journal = new Journal(path);
  journal.open();
  return journal;
}

/** A journal of five tasks with one record each; gives its lines, the first line included. */
function five(path: string): string[] {
  const journal = opened(path);
  for (const task of ['a', 'b', 'c', 'd', 'e']) journal.append('finished', task, recordOf(task, '1'), false);
  journal.close();
  return linesIn(path);
}

const evidence = (folder: TemporaryFolder) =>
  readdirSync(folder.path('state'))
    .filter((name) => name.includes('.corrupt-'))
    .sort();

/** What a journal says of the five, and whether it complains: before it is opened, while it is healed, and afterwards. */
function healing(path: string): { known: string; before: string[]; during: string[]; after: string[] } {
  const reader = new Journal(path);
  const writer = opened(path);
  writer.close();
  const again = opened(path);
  again.close();
  const known = (journal: Journal) =>
    ['a', 'b', 'c', 'd', 'e'].filter((t) => commands(journal, t)[0] === '1').join('');
  assert.is(known(writer), known(reader));
  assert.is(known(again), known(reader));
  return {
    known: known(reader),
    before: reader.warnings,
    during: writer.warnings,
    after: again.warnings,
  };
}

test('a journal of version 1 is read as it is, and upgraded by who opens it for writing', ({
  path,
  folder,
}) => {
  const line = (type: LineType, task: string, value: object) =>
    lineOf(undefined, { type, task, json: JSON.stringify(value) });
  const old = `${headerOf(1)}\n${line('finished', 'a', recordOf('a', 'one'))}${line('finished', 'a', recordOf('a', 'two'))}${line('failed', 'b', { kind: 'failed', message: 'm', at: 't' })}`;
  assert.is(headerOf(1), 'evalmake-journal 1');
  folder.write({ 'state/journal.jsonl': old });
  const reader = new Journal(path);
  assert.equal([commands(reader, 'a'), reader.lastAttempt('b')?.message], [['two', 'one'], 'm']);
  assert.equal([reader.warnings, text(path)], [[], old]);
  const writer = opened(path);
  writer.append('finished', 'c', recordOf('c', '1'));
  writer.close();
  assert.equal([writer.warnings, evidence(folder)], [[], []]);
  assert.is(linesIn(path)[0], header);
  const again = new Journal(path);
  assert.equal(
    [commands(again, 'a'), again.lastAttempt('b')?.message, commands(again, 'c'), again.warnings],
    [['two', 'one'], 'm', ['1'], []],
  );
});

test('a bad line in a journal of version 1 costs that line', ({ path, folder }) => {
  const lines = ['a', 'b', 'c'].map((task) =>
    lineOf(undefined, { type: 'finished', task, json: JSON.stringify(recordOf(task, '1')) }),
  );
  folder.write({ 'state/journal.jsonl': `${headerOf(1)}\n${lines.join('').replace('out/b', 'out/B')}` });
  const { known, before, after } = healing(path);
  assert.is(known, 'ac');
  assert.match(before[0] as string, /damaged in line 3;/);
  assert.equal(after, []);
});

test('any flipped bit of the first line is damage: one warning, no refusal, nothing else lost', ({
  path,
  folder,
}) => {
  for (const version of [1, 2]) {
    const lines =
      version === 2
        ? five(path)
        : [
            headerOf(1),
            ...['a', 'b', 'c', 'd', 'e'].map((task) =>
              lineOf(undefined, {
                type: 'finished',
                task,
                json: JSON.stringify(recordOf(task, '1')),
              }).trimEnd(),
            ),
          ];
    const whole = Buffer.from(`${lines.join('\n')}\n`);
    for (let at = 0; at < (lines[0] as string).length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const bytes = Buffer.from(whole);
        bytes[at] = (bytes[at] as number) ^ (1 << bit);
        folder.write({ 'state/journal.jsonl': bytes });
        const reader = new Journal(path);
        const told = ['a', 'b', 'c', 'd', 'e'].filter((t) => commands(reader, t)[0] === '1').join('');
        assert.is(told, 'abcde', `byte ${at}, bit ${bit}`);
        assert.is(reader.warnings.length, 1, `byte ${at}, bit ${bit}`);
      }
    }
    const { before, during, after } = healing(path);
    assert.equal([before.length, during.length, after.length], [1, 1, 0]);
  }
});

test('a first line that is gone, doubled, or one with its next', ({ path }) => {
  const lines = five(path);
  put(path, lines.slice(1));
  assert.is(healing(path).known, 'abcde');
  put(path, [lines[0] as string, ...lines]);
  assert.is(healing(path).known, 'abcde');
  put(path, [`${lines[0]} ${lines[1]}`, ...lines.slice(2)]);
  assert.is(healing(path).known, 'bcde');
});

test('damage heals once: evidence is kept, one warning says where, the next start is silent', ({
  path,
  folder,
}) => {
  const lines = five(path);
  put(path, lines.with(3, (lines[3] as string).replace('out/c', 'out/C')));
  const damaged = text(path);
  const { known, before, during, after } = healing(path);
  assert.is(known, 'abde');
  const [name] = evidence(folder);
  assert.equal(before, ['the journal is damaged in line 4; only what these lines said is lost']);
  assert.equal(during, [
    `${before[0]}; it was written anew, and the damaged one is kept as .evalmake/${name}`,
  ]);
  assert.equal(after, []);
  assert.is(evidence(folder).length, 1);
  assert.is(folder.read(`state/${name}`), damaged);
});

test('who only reads a damaged journal changes nothing', ({ path, folder }) => {
  const lines = five(path);
  writeFileSync(path, `${lines.slice(0, 3).join('\n')}\n${(lines[3] as string).slice(0, 30)}`);
  const before = folder.tree();
  assert.is(new Journal(path).warnings.length, 1);
  assert.equal(folder.tree(), before);
});

test('three damaged journals are kept, the newest ones', ({ path, folder }) => {
  const seen: string[] = [];
  for (let round = 0; round < 5; round++) {
    const journal = opened(path);
    journal.append('finished', `t${round}`, recordOf('t', '1'), false);
    journal.close();
    writeFileSync(path, readFileSync(path).subarray(0, -7));
    utimesSync(path, round, round);
    opened(path).close();
    seen.push(...evidence(folder).filter((name) => !seen.includes(name)));
  }
  assert.is(seen.length, 5);
  assert.equal(evidence(folder), seen.slice(2).sort());
});

test('lines that were cut out, at any place, are noticed and cost only what they said', ({ path }) => {
  const lines = five(path);
  for (let from = 1; from < lines.length - 1; from++) {
    for (let to = from + 1; to < lines.length; to++) {
      put(path, lines.toSpliced(from, to - from));
      const { known, before, after } = healing(path);
      assert.is(known, `${'abcde'.slice(0, from - 1)}${'abcde'.slice(to - 1)}`);
      assert.match(before[0] ?? '', new RegExp(`lacks ${to - from} line`), `${from}-${to}`);
      assert.equal(after, []);
    }
  }
});

test('lines that were copied or moved are put in order, and nothing is lost', ({ path }) => {
  const journal = opened(path);
  for (const command of ['1', '2', '3']) journal.append('finished', 'a', recordOf('a', command), false);
  journal.append('started', 'b', { at: 't', run: 1, host: 'h' }, false);
  journal.append('finished', 'b', recordOf('b', '1'), false);
  journal.close();
  const [first, ...rest] = linesIn(path) as [string, ...string[]];
  const check = (lines: readonly string[], what: string): void => {
    put(path, [first, ...lines]);
    const read = new Journal(path);
    assert.equal(commands(read, 'a'), ['3', '2', '1'], what);
    assert.equal(read.interrupted(), [], what);
    assert.equal(commands(read, 'b'), ['1'], what);
    assert.is(read.warnings.length, 1, what);
  };
  for (let i = 0; i < rest.length; i++) {
    for (let j = 0; j < rest.length; j++) {
      if (i === j) continue;
      const swapped = [...rest];
      [swapped[i], swapped[j]] = [rest[j] as string, rest[i] as string];
      check(swapped, `${i} and ${j} swapped`);
      check(rest.toSpliced(j, 0, rest[i] as string), `${i} copied in front of ${j}`);
    }
  }
  check([...rest, ...rest], 'all of it twice');
  check([...rest].reverse(), 'backwards');
});

test('a line of a type that is not known is left alone, and kept when the journal is written anew', ({
  path,
}) => {
  const lines = five(path);
  const foreign = { type: 'promised', task: 'a', json: '{"new":"thing"}' };
  put(path, [...lines, lineOf(6, foreign).trimEnd()]);
  const journal = opened(path);
  assert.equal([journal.warnings, commands(journal, 'a'), journal.interrupted()], [[], ['1'], []]);
  for (let i = 0; i < 1200; i++)
    journal.append('failed', 'filler', { kind: 'failed', message: '', at: '' }, false);
  journal.close();
  opened(path).close();
  assert.ok(linesIn(path).length < 20, 'it was written anew');
  assert.ok(text(path).includes('promised a {"new":"thing"}'));
  assert.equal(new Journal(path).warnings, []);
});

test('an attempt behind whose last line something is lost is doubtful, until it is dealt with', ({
  path,
}) => {
  const journal = opened(path);
  journal.append('started', 'early', { at: 't', run: 1, host: 'h' }, false);
  journal.append('finished', 'lost', recordOf('lost', '1'), false);
  journal.append('started', 'late', { at: 't', run: 1, host: 'h' }, false);
  journal.append('finished', 'z', recordOf('z', '1'), false);
  journal.close();
  const lines = linesIn(path);
  const doubts = (read: Journal) => read.interrupted().map((i) => `${i.task} ${i.doubtful}`);
  put(path, lines.toSpliced(2, 1));
  assert.equal(doubts(new Journal(path)), ['early true', 'late false']);
  put(path, lines.with(2, 'rubbish'));
  assert.equal(doubts(new Journal(path)), ['early true', 'late false']);
  writeFileSync(path, `${lines.slice(0, 4).join('\n')}\n${(lines[4] as string).slice(0, -9)}`);
  assert.equal(doubts(new Journal(path)), ['early true', 'late true']);
  opened(path).close();
  const healed = opened(path);
  assert.equal(healed.warnings, []);
  assert.equal(doubts(healed), ['early true', 'late true'], 'a crash after healing does not make it sure');
  healed.append('started', 'late', { at: 't', run: 2, host: 'h' }, false);
  healed.close();
  assert.equal(doubts(new Journal(path)), ['early true', 'late false']);
});

test.run();
