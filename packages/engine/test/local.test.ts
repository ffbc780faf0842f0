// The local executor: its streams are read apart, secrets stay hidden, and a command nobody could note down is ended.
import { existsSync } from 'node:fs';
import type { ChildLine } from '@evalmake/engine/child-lines';
import type { Job, Running } from '@evalmake/engine/job';
import { startLocal } from '@evalmake/engine/local';
import { localProcesses } from '@evalmake/engine/processes';
import { localTimer, type StartTimer } from '@evalmake/engine/timer';
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

/** A timer whose time passes when the test says so; waits of less than a second pass as they are. */
class Hourglass {
  private readonly waiting: { ms: number; call: () => void }[] = [];

  readonly timer: StartTimer = (ms, call) => {
    if (ms < 1000) return localTimer(ms, call);
    const one = { ms, call };
    this.waiting.push(one);
    return () => void this.waiting.splice(0, this.waiting.length, ...this.waiting.filter((w) => w !== one));
  };

  get times(): number[] {
    return this.waiting.map((w) => w.ms);
  }

  pass(): void {
    for (const { call } of this.waiting.splice(0)) call();
  }
}

/** A job that tells its group, and a file that its command waits for. */
async function started(
  folder: TemporaryFolder,
  script: string,
  more: Partial<Job> & { timer?: StartTimer } = {},
): Promise<{ running: Running; group: number }> {
  let group = 0;
  const { timer = localTimer, ...rest } = more;
  const onSpawn = (pid: number): void => {
    group = pid;
  };
  const env = { PATH: process.env.PATH, EVALMAKE_ATTEMPT: folder.root };
  const running = await startLocal(job(folder, script, { onSpawn, env, ...rest }), { ...machine, timer });
  while (!existsSync(folder.path('ready'))) await new Promise((done) => void setImmediate(done));
  return { running, group };
}

const marked = (folder: TemporaryFolder) => localProcesses.marked(new Set([folder.root]));

test('a timeout sends SIGTERM to the whole group, and SIGKILL when its grace is over', async ({ folder }) => {
  const glass = new Hourglass();
  const script = `
    trap 'echo term > leader' TERM
    (trap 'echo term > child' TERM; touch ready; while :; do sleep 0.01; done) &
    while :; do sleep 0.01; done`;
  const { running, group } = await started(folder, script, { timer: glass.timer, timeoutMs: 7000 });
  assert.equal(glass.times, [7000]);
  glass.pass();
  while (!(existsSync(folder.path('child')) && existsSync(folder.path('leader'))))
    await new Promise((done) => void setImmediate(done));
  assert.ok(localProcesses.signalGroup(group, 0), 'it has ignored that');
  assert.equal(glass.times, [5000]);
  glass.pass();
  const end = await running.end;
  assert.equal([end.timedOut, end.signal, end.leftovers], [true, 'SIGKILL', false]);
  assert.not.ok(localProcesses.signalGroup(group, 0));
});

test('a command that obeys its timeout is not killed later: its number may be another group by then', async ({
  folder,
}) => {
  const glass = new Hourglass();
  const script = 'touch ready; while :; do sleep 0.01; done';
  const { running } = await started(folder, script, { timer: glass.timer, timeoutMs: 7000 });
  glass.pass();
  const end = await running.end;
  assert.equal([end.timedOut, end.signal], [true, 'SIGTERM']);
  assert.equal(glass.times, []);
});

test('a command that ends in time cancels its timeout', async ({ folder }) => {
  const glass = new Hourglass();
  const { running } = await started(folder, 'touch ready', { timer: glass.timer, timeoutMs: 7000 });
  assert.is((await running.end).timedOut, false);
  assert.equal(glass.times, []);
});

test('what a shell has started may end in its own time, although the shell is gone at once', async ({
  folder,
}) => {
  const script = `
    bash -c 'trap "until [ -e go ]; do sleep 0.01; done; echo saved > state; exit 0" TERM
      touch ready; while :; do sleep 0.01; done' &
    wait`;
  const { running, group } = await started(folder, script);
  running.signal('SIGTERM');
  while (localProcesses.isAlive(group, '')) await new Promise((done) => void setImmediate(done));
  folder.write({ go: '' });
  const end = await running.end;
  assert.is(folder.read('state'), 'saved\n');
  assert.is(end.leftovers, false);
});

test('what is left of a group that nobody told to end is killed', async ({ folder }) => {
  const { running, group } = await started(folder, 'sleep 100 & touch ready');
  const end = await running.end;
  assert.equal([end.code, end.leftovers], [0, true]);
  assert.not.ok(localProcesses.signalGroup(group, 0));
});

const away = `setsid bash -c 'touch ready; exec sleep 100'`;
const apart = '>/dev/null 2>&1 </dev/null &';

test('what has left its group is killed with a command that was told to end', async ({ folder }) => {
  const { running } = await started(folder, `${away} ${apart}\nwait`);
  assert.ok(marked(folder).length >= 2, 'the shell, and what has left it');
  running.signal('SIGKILL');
  assert.is((await running.end).leftovers, true);
  assert.equal(marked(folder), []);
});

test('what has left its group is killed with a command that fails', async ({ folder }) => {
  const { running } = await started(folder, `${away} ${apart}\nuntil [ -e ready ]; do :; done; exit 3`);
  const end = await running.end;
  assert.equal([end.code, end.leftovers], [3, true]);
  assert.equal(marked(folder), []);
});

test('what has left its group and holds a pipe does not hold up a command that has ended well', async ({
  folder,
}) => {
  const { running } = await started(folder, `${away} &\nuntil [ -e ready ]; do :; done; echo said`);
  const end = await running.end;
  assert.equal([end.code, end.leftovers], [0, true]);
  assert.equal(end.tail, ['said']);
  assert.equal(marked(folder), []);
});

test('nor does one that nobody can find', async ({ folder }) => {
  const hidden = `env -i PATH="$PATH" ${away}`;
  const { running } = await started(folder, `${hidden} &\necho $! > pid; until [ -e ready ]; do :; done`);
  assert.is((await running.end).code, 0);
  process.kill(Number(folder.read('pid')), 'SIGKILL');
});

test('a command without a log has its last lines all the same', async ({ folder }) => {
  const { end } = await startLocal(job(folder, 'echo said; exit 4', { log: undefined }), machine);
  assert.equal([(await end).code, (await end).tail], [4, ['said']]);
  assert.equal(folder.tree(), {});
});

test.run();
