// The local executor: its streams are read apart, secrets stay hidden, and a command nobody could note down is ended.
import type { ChildLine } from '@evalmake/engine/child-lines';
import type { Job } from '@evalmake/engine/job';
import { startLocal } from '@evalmake/engine/local';
import { localProcesses } from '@evalmake/engine/processes';
import { localTimer } from '@evalmake/engine/timer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TemporaryFolder } from './doubles/temporary-folder.ts';

const test = suite<{ folder: TemporaryFolder }>('local');
test.before.each((context) => {
  context.folder = new TemporaryFolder();
});
test.after.each(({ folder }) => folder.remove());

const machine = { processes: localProcesses, timer: localTimer };

function job(folder: TemporaryFolder, script: string, more: Partial<Job> = {}): Job {
  return {
    argv: ['bash', '-c', script],
    cwd: folder.root,
    env: { PATH: process.env.PATH },
    log: folder.path('logs/t.log'),
    secrets: [],
    timeoutMs: undefined,
    onLine: () => {},
    onSpawn: () => {},
    ...more,
  };
}

test('half a line of one stream is not continued by the other', async ({ folder }) => {
  const lines: ChildLine[] = [];
  const onLine = (line: ChildLine): void => {
    lines.push(line);
    folder.write({ [line.kind]: '' });
  };
  const script = String.raw`
    printf 'evalmake:note go\nhalf'
    until [ -e note ]; do :; done
    echo evalmake:cost usd=1 >&2
    until [ -e cost ]; do :; done
    echo ' a line'`;
  const { end } = await startLocal(job(folder, script, { onLine, timeoutMs: 5000 }), machine);
  assert.equal((await end).tail, ['half a line']);
  assert.equal(
    lines.map((line) => line.kind),
    ['note', 'cost'],
  );
});

test('a secret reaches neither the log nor the tail', async ({ folder }) => {
  const { end } = await startLocal(
    job(folder, 'printf "key hunt"; echo other >&2; echo "er2!"', { secrets: ['hunter2!'] }),
    machine,
  );
  assert.equal([...(await end).tail].sort(), ['key ***', 'other']);
  assert.not.match(folder.read('logs/t.log'), /hunt/);
});

test('a command that cannot be noted down is ended', async ({ folder }) => {
  let group = 0;
  const onSpawn = (pid: number): void => {
    group = pid;
    throw new Error('no room');
  };
  try {
    await startLocal(job(folder, 'while :; do :; done', { onSpawn }), machine);
    assert.unreachable();
  } catch (error) {
    assert.is((error as Error).message, 'no room');
  }
  assert.is(localProcesses.signalGroup(group, 0), false);
});

test('a log that cannot be made stops the command before it starts', async ({ folder }) => {
  folder.write({ logs: 'a file' });
  try {
    await startLocal(job(folder, 'touch started'), machine);
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /^the log cannot be written: /);
  }
  assert.equal(Object.keys(folder.tree()), ['logs']);
});

test.run();
