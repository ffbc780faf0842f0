// The journal on a disk that dies, is full, or lies: nothing that was told before is lost, nothing counts that is not kept.
import * as node from 'node:fs';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { TaskRecord } from '@evalmake/core';
import { type Disk, useDisk } from '@evalmake/engine/fs';
import { Journal } from '@evalmake/engine/journal';
import { headerOf, lineOf } from '@evalmake/engine/journal-line';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { errno, withFaults } from './doubles/faulty-disk.ts';
import { TemporaryFolder } from './doubles/temporary-folder.ts';

const test = suite<{ folder: TemporaryFolder; path: string }>('journal-faults');
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

/** What three journals would each lose: a long one, a damaged one, and one of version 1. */
const kinds: Readonly<Record<string, (path: string) => void>> = {
  long: (path) => {
    const journal = new Journal(path);
    journal.open();
    for (let i = 0; i < 1001; i++) journal.append('finished', 'old', recordOf('old', String(i)), false);
    journal.append('started', 'open', { at: 't', run: 1, host: 'h' }, false);
    journal.close();
  },
  damaged: (path) => {
    const journal = new Journal(path);
    journal.open();
    for (const command of ['0', '1', '998', '999', '1000'])
      journal.append('finished', 'old', recordOf('old', command), false);
    journal.append('started', 'open', { at: 't', run: 1, host: 'h' }, false);
    journal.append('finished', 'lost', recordOf('lost', '1'), false);
    journal.close();
    writeFileSync(path, readFileSync(path).subarray(0, -5));
  },
  'version 1': (path) => {
    const lines = ['998', '999', '1000'].map((command) =>
      lineOf(undefined, { type: 'finished', task: 'old', json: JSON.stringify(recordOf('old', command)) }),
    );
    const open = lineOf(undefined, { type: 'started', task: 'open', json: '{"at":"t","run":1,"host":"h"}' });
    node.mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true });
    writeFileSync(path, `${headerOf(1)}\n${lines.join('')}${open}`);
  },
};

function assertTells(path: string, when: string): void {
  const journal = new Journal(path);
  assert.equal(commands(journal, 'old'), ['1000', '999', '998'], when);
  assert.equal(
    journal.interrupted().map((i) => i.task),
    ['open'],
    when,
  );
}

/** Opens for writing, appends one record, closes. */
function buildOne(path: string): void {
  const journal = new Journal(path);
  journal.open();
  journal.append('finished', 'new', recordOf('new', '1'));
  journal.close();
}

for (const [kind, make] of Object.entries(kinds)) {
  test(`a crash in front of any change, and in the middle of any write, loses nothing: ${kind}`, ({
    path,
    folder,
  }) => {
    make(path);
    const start = readFileSync(path);
    const { changes } = withFaults({}, () => buildOne(path));
    assert.ok(changes > 8, `${changes} changes`);
    for (let dieAt = 1; dieAt <= changes; dieAt++) {
      for (const torn of [undefined, 0, 1, 17, 40, 300]) {
        rmSync(folder.path('state'), { recursive: true });
        folder.write({ 'state/journal.jsonl': start });
        const when = `dies at ${dieAt}, torn at ${torn}`;
        const run = withFaults(torn === undefined ? { dieAt } : { dieAt, torn }, () => buildOne(path));
        assert.ok(run.died, when);
        assertTells(path, when);
        buildOne(path);
        assertTells(path, `${when}, then built`);
        assert.equal(commands(new Journal(path), 'new').slice(0, 1), ['1'], when);
        const third = new Journal(path);
        third.open();
        third.close();
        assert.equal(third.warnings, [], `${when}: the third start is silent`);
      }
    }
  });

  test(`no room for a second journal: the first one goes on, and heals later: ${kind}`, ({
    path,
    folder,
  }) => {
    make(path);
    for (const refused of ['openSync', 'writeSync', 'fdatasyncSync', 'renameSync', 'linkSync']) {
      rmSync(folder.path('state'), { recursive: true });
      make(path);
      const refuse = (call: string, args: readonly unknown[]): void => {
        const whole = call === 'writeSync' && (args[1] as Uint8Array).length > 400;
        const temporary = call === 'openSync' && String(args[0]).includes('.tmp-');
        if (refused === 'openSync' ? temporary : refused === 'writeSync' ? whole : call === refused)
          throw errno('ENOSPC', call);
      };
      // What fails for every file fails for the record too; it is the opening that must not.
      if (refused === 'fdatasyncSync') withFaults({ refuse }, () => new Journal(path).open());
      else withFaults({ refuse }, () => buildOne(path));
      assertTells(path, refused);
      buildOne(path);
      assertTells(path, `${refused}, then room`);
      assert.equal(commands(new Journal(path), 'new').slice(0, 1), ['1'], refused);
      const third = new Journal(path);
      assert.equal(third.warnings, [], refused);
    }
  });
}

test('a full disk while a line is appended: it is cut back to a whole line, and the record does not count', ({
  path,
}) => {
  const journal = new Journal(path);
  journal.open();
  journal.append('finished', 'a', recordOf('a', '1'));
  const before = readFileSync(path);
  for (const part of [0, 1, 16, 60]) {
    // A short write, then no room for the rest.
    let writes = 0;
    const full = {
      ...node,
      writeSync: (fd: number, bytes: Uint8Array, at: number) => {
        if (writes++ > 0 || part === 0) throw errno('ENOSPC', 'write');
        return node.writeSync(fd, bytes, at, part);
      },
    };
    const real = useDisk(full as unknown as Disk);
    try {
      assert.throws(
        () => journal.append('finished', 'b', recordOf('b', '1')),
        /the journal cannot be written: ENOSPC/,
      );
    } finally {
      useDisk(real);
    }
    assert.equal(commands(journal, 'b'), [], 'what is not written does not count');
    assert.equal(readFileSync(path), before, `part ${part}`);
  }
  journal.append('finished', 'c', recordOf('c', '1'));
  journal.close();
  const again = new Journal(path);
  assert.equal([commands(again, 'a'), commands(again, 'b'), commands(again, 'c')], [['1'], [], ['1']]);
  assert.equal(again.warnings, []);
});

test('who reads while a build appends may see half a line: then it is read once more, and nothing is told', ({
  path,
}) => {
  const journal = new Journal(path);
  journal.open();
  journal.append('finished', 'a', recordOf('a', '1'), false);
  const whole = readFileSync(path);
  // The writer comes to the end of its line right after the reader has looked.
  const half = {
    ...node,
    readFileSync: (file: string) => {
      const bytes = node.readFileSync(file).subarray(0, -5);
      journal.append('finished', 'b', recordOf('b', '1'), false);
      useDisk(real);
      return bytes;
    },
  };
  const real = useDisk(half as unknown as Disk);
  const reader = new Journal(path);
  useDisk(real);
  journal.close();
  assert.equal([reader.warnings, commands(reader, 'a'), commands(reader, 'b')], [[], ['1'], ['1']]);
  assert.ok(readFileSync(path).length > whole.length);
});

test('a flush that fails: what waited for it is not done, and nothing after it is believed', async ({
  path,
}) => {
  const journal = new Journal(path);
  journal.open();
  journal.append('started', 'a', { at: 't', run: 1, host: 'h' }, false);
  const bad = {
    ...node,
    fdatasync: (_: number, done: (error: Error | null) => void) => done(errno('EIO', 'fdatasync')),
  };
  const real = useDisk(bad as unknown as Disk);
  const said = async (): Promise<string> => {
    try {
      await journal.durable();
      return 'durable';
    } catch (error) {
      return (error as Error).message;
    }
  };
  try {
    assert.match(await said(), /the journal cannot be written: EIO/);
  } finally {
    useDisk(real);
  }
  // The kernel calls the pages written now. It is wrong.
  assert.match(await said(), /the journal cannot be written: EIO/);
  assert.throws(() => journal.append('finished', 'a', recordOf('a', '1')), /cannot be written: EIO/);
  journal.append('failed', 'a', { kind: 'failed', message: '', at: '' });
  journal.close();
});

test('a flush that fails at once, of a line that must be durable', ({ path }) => {
  const journal = new Journal(path);
  journal.open();
  const refuse = (call: string): void => {
    if (call === 'fdatasyncSync') throw errno('EIO', call);
  };
  withFaults({ refuse }, () =>
    assert.throws(() => journal.append('finished', 'a', recordOf('a', '1')), /cannot be written: EIO/),
  );
  assert.equal(commands(journal, 'a'), []);
  assert.throws(() => journal.append('finished', 'b', recordOf('b', '1')), /cannot be written: EIO/);
  journal.close();
});

test.run();
