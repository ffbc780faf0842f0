// Load: what many jobs of Slurm cost here, and how seldom its controller is asked.
import { readdirSync, readlinkSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { held, slurmSuite, until } from './doubles/slurm-suite.ts';
import type { TemporaryFolder } from './doubles/temporary-folder.ts';

const test = slurmSuite('slurm load');

/** Prints a line, and ends when a file is there or the folder is gone. */
const once = (): string => `echo begun; ${held()}`;
const begun = (folder: TemporaryFolder) => [0, 1, 2].every((i) => folder.read(`logs/t${i}.log`) !== '');

test('tasks that ask for the same go out as one array, others as another', async ({ bench, cluster }) => {
  const small = [0, 1, 2, 3, 4].map((i) => bench.start(`s${i}`, 'true'));
  const large = [0, 1].map((i) => bench.start(`l${i}`, 'true', { remote: { resources: { gres: 'gpu:4' } } }));
  for (const running of await Promise.all([...small, ...large])) assert.is((await running.end).code, 0);
  assert.is(cluster.calls('sbatch'), 2);
  assert.is(cluster.jobs().length, 7);
});

test('of many jobs that run elsewhere no log is held open here', async (c) => {
  const running = await Promise.all([0, 1, 2].map((i) => c.bench.start(`t${i}`, once())));
  await until(() => begun(c.folder));
  const open = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return ''; // It was open for the listing only.
    }
  });
  assert.equal(
    open.filter((path) => path.startsWith(c.folder.root)),
    [],
  );
  c.folder.write({ go: '' });
  for (const { end } of running) assert.is((await end).code, 0);
  assert.is(c.folder.read('logs/t1.log'), 'begun\n');
});

test('few questions are asked while nothing happens', async (c) => {
  const running = await Promise.all([0, 1, 2].map((i) => c.bench.start(`t${i}`, once())));
  await until(() => begun(c.folder));
  await c.bench.clock.passed(600_000);
  // One for all jobs: after 1, 1.3, 1.7 s … until it is each 30 s.
  const asked = c.cluster.calls('squeue');
  assert.ok(asked > 15 && asked < 40, String(asked));
  c.folder.write({ go: '' });
  for (const { end } of running) assert.is((await end).code, 0);
});

test.run();
