// Slurm with thousands of jobs: what they cost the controller, the file system and the journal. No time passes really.
import * as node from 'node:fs';
import { join } from 'node:path';
import type { Submission } from '@evalmake/core';
import { useDisk } from '@evalmake/engine/fs';
import type { Running } from '@evalmake/engine/job';
import { Journal } from '@evalmake/engine/journal';
import { arrayWords, type RunTool, SlurmCommands, type ToolAnswer } from '@evalmake/engine/slurm/commands';
import { GivenUp } from '@evalmake/engine/slurm/given-up';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SlurmBench } from './doubles/slurm-bench.ts';
import { TemporaryFolder } from './doubles/temporary-folder.ts';
import { VirtualClock } from './doubles/virtual-clock.ts';

const config = 'AccountingStorageType = (null)/none\nMinJobAge = 300 sec\nMaxArraySize = 1001\n';

/** A controller whose jobs are rows of squeue, and which notes what it is asked. */
class Controller {
  readonly calls: string[][] = [];
  rows: string[] = [];
  /** How long squeue takes, milliseconds. */
  slowMs = 0;
  asked: () => void = () => {};

  constructor(private readonly clock: VirtualClock) {}

  readonly run: RunTool = async (argv): Promise<ToolAnswer> => {
    this.calls.push([...argv]);
    if (argv[0] === 'squeue' && this.slowMs > 0)
      await new Promise<void>((done) => void this.clock.timer(this.slowMs, done));
    return { code: 0, out: this.answer(argv), err: '' };
  };

  private answer(argv: readonly string[]): string {
    const [tool] = argv;
    if (tool === 'scontrol') return config;
    if (tool === 'squeue') {
      this.asked();
      return this.rows.join('\n');
    }
    if (tool !== 'sbatch') return '';
    const name = argv.find((a) => a.startsWith('--job-name='))?.slice(11);
    const last = Number(/--array=0-(\d+)/.exec(argv.join(' '))?.[1]);
    const id = 100 + this.count('sbatch');
    for (let i = 0; i <= last; i++) this.rows.push(`${id}|${i}|RUNNING|None|n1|${name}`);
    return `${id}\n`;
  }

  count(tool: string): number {
    return this.calls.filter((argv) => argv[0] === tool).length;
  }

  /** Gives all jobs another state. */
  become(state: string): void {
    this.rows = this.rows.map((row) => row.replace(/\|[A-Z]+\|/, `|${state}|`));
  }
}

interface Context {
  folder: TemporaryFolder;
  clock: VirtualClock;
  controller: Controller;
  bench: SlurmBench;
}

const test = suite<Context>('slurm-many');
test.before.each((context) => {
  context.folder = new TemporaryFolder();
  context.clock = new VirtualClock();
  context.controller = new Controller(context.clock);
  context.bench = benchOf(context);
});
test.after.each(({ folder, bench }) => {
  bench.executor.abandon();
  folder.remove();
});

function benchOf({ folder, clock, controller }: Omit<Context, 'bench'>): SlurmBench {
  const { timer, nowMs } = clock;
  const pace = { lookMs: 200, lookMostMs: 2000, queryMs: 1000, queryMostMs: 30_000 };
  const patience = { resultMs: 60_000, failedMs: 5000, absentMs: 60_000 };
  const quick = { gatherMs: 20, retryMs: 20 };
  return new SlurmBench(folder, {}, { run: controller.run, timer, nowMs, pace, patience, ...quick });
}

/** Starts jobs and lets them be submitted. */
async function startMany({ bench, clock }: Context, count: number): Promise<Running[]> {
  const quiet = { log: undefined };
  const running = Array.from({ length: count }, (_, i) => bench.start(`t${i}`, 'true', quiet));
  await clock.pass(100);
  return await Promise.all(running);
}

/** Counts calls to the disk that are of interest. */
async function counting<K extends keyof typeof node>(
  name: K,
  wanted: (args: readonly unknown[]) => boolean,
  body: (seen: unknown[]) => Promise<void>,
): Promise<void> {
  const seen: unknown[] = [];
  const disk: Record<string, unknown> = { ...node };
  const call = disk[name] as (...args: unknown[]) => unknown;
  const counted = (...args: unknown[]): unknown => {
    if (wanted(args)) seen.push(args[0]);
    return call(...args);
  };
  const before = useDisk({ ...node, [name]: counted });
  try {
    await body(seen);
  } finally {
    useDisk(before);
  }
}

test('jobs of an array are named by one word', () => {
  const jobs = [9, 0, 1, 2, 7, 8].map((index) => ({ id: '12', index }));
  assert.equal(arrayWords([...jobs, { id: '13', index: 5 }]), ['12_[0-2,7-9]', '13_5']);
  assert.equal(arrayWords([]), []);
});

test('accounting is asked for many arrays in parts, and one that gives no answer is no answer', async () => {
  const asked: string[] = [];
  let code = 0;
  const run: RunTool = async (argv) => {
    const ids = argv[argv.indexOf('-j') + 1] as string;
    asked.push(ids);
    return { code, out: `${ids.split(',')[0]}_0|COMPLETED|0:0|n1|em`, err: '' };
  };
  const commands = new SlurmCommands(run, async () => {});
  const ids = Array.from({ length: 2500 }, (_, i) => String(10_000_000 + i));
  assert.is((await commands.account(ids))?.length, 3);
  assert.is(asked.join(','), ids.join(','));
  assert.ok(asked.every((text) => text.length < 100_000));
  code = 1;
  assert.is(await commands.account(ids), undefined);
});

test('an array of 1,000 costs two flushes of the journal and two durable files', async (c) => {
  const journal = new Journal(c.folder.path('.evalmake/journal.jsonl'));
  journal.open();
  const note = async (remote: Submission): Promise<void> => {
    journal.append('spawned', remote.token, { at: '', run: 1, host: 'h', remote }, false);
    await journal.durable();
  };
  await counting(
    'fdatasync',
    () => true,
    async (flushes) => {
      await counting(
        'fdatasyncSync',
        () => true,
        async (files) => {
          for (let i = 0; i < 1000; i++)
            void c.bench.start(`t${i}`, 'true', { log: undefined, remote: { note } });
          for (let tries = 0; c.controller.rows.length < 1000 && tries < 1000; tries++)
            await c.clock.pass(100);
          await journal.durable();
          assert.is(files.length, 2);
        },
      );
      // One more is this test's own.
      assert.ok(flushes.length <= 3, String(flushes.length));
    },
  );
  assert.is(c.controller.count('sbatch'), 1);
  journal.close();
});

test('of a thousand running jobs a look reads the output of some, and of all in turn', async (c) => {
  await startMany(c, 1000);
  await c.clock.pass(3000);
  const isLog = ([path]: readonly unknown[]): boolean => String(path).endsWith('/log');
  await counting('statSync', isLog, async (seen) => {
    for (let looks = 0; looks < 40; looks++) {
      const before = seen.length;
      await c.clock.pass(200);
      assert.ok(seen.length - before <= 200, String(seen.length - before));
    }
    await c.clock.pass(60_000);
    assert.is(new Set(seen).size, 1000);
  });
});

test('a controller that takes a second to answer is asked a twentieth of the time, whatever happens', async (c) => {
  await startMany(c, 3);
  c.controller.slowMs = 1000;
  const states = ['SUSPENDED', 'RUNNING'];
  // Something happens at each look.
  c.controller.asked = () => c.controller.become(states[c.controller.count('squeue') % 2] as string);
  const before = c.controller.count('squeue');
  await c.clock.pass(200_000);
  const asked = c.controller.count('squeue') - before;
  assert.ok(asked >= 8 && asked <= 12, String(asked));
});

test('jobs of one array whose id was never written down are looked for together', async (c) => {
  await startMany(c, 300);
  const name = c.bench.noted.get('t0')?.name;
  c.bench.executor.abandon();
  const next = benchOf(c);
  const before = c.controller.count('squeue');
  for (let i = 0; i < 300; i++) {
    const { id: _, ...submitted } = c.bench.noted.get(`t${i}`) as Submission;
    void next.start(`t${i}`, 'true', { log: undefined, remote: { submitted } });
  }
  await c.clock.pass(10);
  assert.is(c.controller.count('squeue') - before, 1);
  assert.is(next.noted.size, 300);
  assert.ok([...next.noted.values()].every((s) => s.name === name && s.id === '101'));
  next.executor.abandon();
});

test('jobs that are given up go with one question and one request, and no job of another name', async (c) => {
  const rows = Array.from({ length: 500 }, (_, i) => `7|${i}|RUNNING|None|n1|em-mine`);
  c.controller.rows = [...rows, '7|500|RUNNING|None|n1|em-other', '8|0|COMPLETED|None|n1|em-done'];
  const commands = new SlurmCommands(c.controller.run, async () => {});
  const givenUp = new GivenUp(commands, c.clock.timer, 300);
  const submission = (name: string, index: number): Submission => ({
    ...{ name, index, token: 't', dir: 'd', work: 'w', at: '' },
    id: '7',
  });
  const all = rows.map((_, i) => givenUp.add(submission('em-mine', i)));
  all.push(givenUp.add(submission('em-done', 0)), givenUp.add(submission('em-gone', 500)));
  await c.clock.pass(300);
  await Promise.all(all);
  assert.equal(
    c.controller.calls.filter(([tool]) => tool === 'scancel'),
    [['scancel', '7_[0-499]']],
  );
  assert.is(c.controller.count('squeue'), 1);
});

test('jobs that are cancelled while they wait are over at once, although Slurm forgets them', async (c) => {
  const running = await startMany(c, 50);
  c.controller.become('PENDING');
  await c.clock.pass(30_000);
  c.controller.asked = () => {
    c.controller.rows = [];
  };
  for (const one of running) one.signal('SIGINT');
  await c.clock.pass(3000);
  for (const { end } of running) {
    const { cause } = await end;
    assert.is(cause?.kind, 'cancelled');
    assert.is(cause?.begun, false);
  }
  assert.equal(
    c.controller.calls.filter(([tool]) => tool === 'scancel'),
    [['scancel', '101_[0-49]']],
  );
});

test('what is told to end is cancelled at once, however seldom is looked by then', async (c) => {
  const [running] = await startMany(c, 1);
  await c.clock.pass(120_000);
  running?.signal('SIGINT');
  await c.clock.pass(210);
  assert.is(c.controller.count('scancel'), 1);
});

test('a job that had begun when it was cancelled is not taken for one that waited', async (c) => {
  const [running] = await startMany(c, 1);
  c.controller.become('PENDING');
  await c.clock.pass(30_000);
  const { dir } = c.bench.noted.get('t0') as Submission;
  node.mkdirSync(join(c.folder.root, dir, 'begun'));
  let over = false;
  void running?.end.then(() => {
    over = true;
  });
  running?.signal('SIGINT');
  await c.clock.pass(3000);
  assert.not.ok(over);
  c.controller.become('CANCELLED');
  await c.clock.pass(60_000);
  assert.is((await running?.end)?.cause?.begun, true);
});

test.run();
