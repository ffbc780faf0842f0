// What every executor must do with a command: one suite for this machine, for the scripted cluster and for a real one.
import type { ChildLine } from '@evalmake/engine/child-lines';
import { exitText } from '@evalmake/engine/failure';
import type { Job, JobEnd, Running } from '@evalmake/engine/job';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TemporaryFolder } from './doubles/temporary-folder.ts';

/** An executor under test. */
export interface Bench {
  /** Starts a script of bash, or words. */
  start(
    task: string,
    command: string | readonly string[],
    more?: Partial<Omit<Job, 'remote'>>,
  ): Promise<Running>;
  end?(): Promise<void>;
}

interface Context {
  folder: TemporaryFolder;
  bench: Bench;
}

/** Runs the suite. */
export function conformance(name: string, bench: (folder: TemporaryFolder) => Bench): void {
  const test = suite<Context>(`executor: ${name}`);
  test.before.each((context) => {
    context.folder = new TemporaryFolder();
    context.bench = bench(context.folder);
  });
  test.after.each(async ({ folder, bench: used }) => {
    await used.end?.();
    folder.remove();
  });
  const run = async (
    { bench: used }: Context,
    command: string | readonly string[],
    more: Partial<Omit<Job, 'remote'>> = {},
  ): Promise<JobEnd> => (await used.start('t', command, more)).end;

  test('a command that ends well is told as that, with its output in the log and its last lines', async (c) => {
    const end = await run(c, 'echo one; echo two >&2; echo made > made');
    assert.is(end.code, 0);
    assert.is(end.timedOut, false);
    assert.equal([...end.tail].sort(), ['one', 'two']);
    assert.equal(c.folder.read('logs/t.log').trim().split('\n').sort(), ['one', 'two']);
    assert.is(c.folder.read('made'), 'made\n');
  });

  test('an exit code comes back as it is', async (c) => {
    assert.is((await run(c, 'exit 7')).code, 7);
    assert.is((await run(c, 'exit 75')).code, 75);
  });

  test('a death by signal is told by its name', async (c) => {
    const { code, signal } = await run(c, 'kill -SEGV $$');
    assert.match(exitText(code, signal), /SIGSEGV/);
  });

  test('a command that is not there has failed', async (c) => {
    const end = await run(c, ['surely-no-such-program']);
    assert.ok(end.error !== undefined || end.code === 127);
  });

  test('words and variables arrive as they are, whatever they hold', async (c) => {
    const hostile = 'a b\n$(touch bad) `x` "q" \'s\' \\ ü *';
    const end = await run(
      c,
      ['bash', '-c', 'printf %s "$1" > word; printf %s "$VALUE" > value', 'x', hostile],
      {
        env: { PATH: process.env.PATH, VALUE: hostile },
      },
    );
    assert.is(end.code, 0);
    assert.is(c.folder.read('word'), hostile);
    assert.is(c.folder.read('value'), hostile);
    assert.not.ok(Object.keys(c.folder.tree()).includes('bad'));
  });

  test('lines of the protocol are heard, each once, and are no output', async (c) => {
    const lines: ChildLine[] = [];
    const onLine = (line: ChildLine): void => void lines.push(line);
    const script = 'echo evalmake:progress 1/2 half; echo evalmake:cost usd=0.5 >&2; echo text';
    const end = await run(c, script, { onLine });
    assert.equal(lines.map((l) => l.kind).sort(), ['cost', 'progress']);
    assert.equal(end.tail, ['text']);
  });

  test('a secret reaches neither the log nor the last lines', async (c) => {
    const env = { PATH: process.env.PATH, KEY: 'hunter2!' };
    const end = await run(c, 'echo "key $KEY"', { env, secrets: ['hunter2!'] });
    assert.equal(end.tail, ['key ***']);
    assert.not.match(c.folder.read('logs/t.log'), /hunter2/);
  });

  test('a command that takes too long is ended, with what it has started', async (c) => {
    const end = await run(c, 'echo begun; tail -f /dev/null & wait', { timeoutMs: 1000 });
    assert.is(end.timedOut, true);
    assert.equal(end.tail[0], 'begun');
  });

  test('one that is told to end ends', async (c) => {
    let begun: () => void = () => {};
    const seen = new Promise<void>((done) => {
      begun = done;
    });
    const running = await c.bench.start('t', 'echo evalmake:note begun; tail -f /dev/null', {
      onLine: () => begun(),
    });
    await seen;
    running.signal('SIGTERM');
    const end = await running.end;
    assert.is.not(end.code, 0);
  });

  test('much output arrives whole', async (c) => {
    await run(c, 'yes 0123456789abcde | head -c 3000000');
    assert.is(c.folder.read('logs/t.log').length, 3_000_000);
  });

  test('many at once do not mix', async (c) => {
    const names = Array.from({ length: 12 }, (_, i) => `t${i}`);
    const running = await Promise.all(names.map((t) => c.bench.start(t, `echo ${t}; echo ${t} > made-${t}`)));
    const ends = await Promise.all(running.map((r) => r.end));
    assert.equal(
      ends.map((e) => e.tail[0]),
      names,
    );
    assert.equal(
      names.map((t) => c.folder.read(`made-${t}`).trim()),
      names,
    );
  });
  test.run();
}
