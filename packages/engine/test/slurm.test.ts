// Slurm with faults: lost answers, ids used twice, nodes that are declared dead, controllers that are silent, files seen late.
import { existsSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Submission } from '@evalmake/core';
import type { ChildLine } from '@evalmake/engine/child-lines';
import * as assert from 'uvu/assert';
import type { FakeCluster } from './doubles/fake-cluster.ts';
import { SlurmBench } from './doubles/slurm-bench.ts';
import { held, slurmSuite, until } from './doubles/slurm-suite.ts';
import type { TemporaryFolder } from './doubles/temporary-folder.ts';

const test = slurmSuite('slurm');

const submitted = (bench: SlurmBench, task: string): Submission => bench.noted.get(task) as Submission;
const jobOf = (bench: SlurmBench, task: string): string => {
  const { id, index } = submitted(bench, task);
  return `${id}_${index}`;
};
/** A command that leaves a line in a log of its own each time it is started, and ends when a file is there. */
const once = (go = 'go'): string => `echo ran >> ran; echo evalmake:cost usd=1; ${held(go)}`;
const runs = (folder: TemporaryFolder): number =>
  existsSync(folder.path('ran')) ? folder.read('ran').trim().split('\n').length : 0;

test('a submission whose answer is lost is found by its name, and not made again', async (c) => {
  c.cluster.set('next-sbatch', 'lose');
  const running = await c.bench.start('t', once());
  await until(() => runs(c.folder) === 1 && submitted(c.bench, 't').id !== undefined);
  c.folder.write({ go: '' });
  assert.is((await running.end).code, 0);
  assert.is(c.cluster.calls('sbatch'), 1);
  assert.is(runs(c.folder), 1);
});

test('one that never arrived is made again, under the same name', async (c) => {
  c.cluster.set('next-sbatch', 'drop');
  const running = await c.bench.start('t', 'echo ran >> ran');
  assert.is((await running.end).code, 0);
  assert.is(c.cluster.calls('sbatch'), 2);
});

test('one that was noted before it is submitted, and its id after', async ({ bench }) => {
  const notes: Submission[] = [];
  const note = async (s: Submission): Promise<void> => void notes.push(s);
  await (await bench.start('t', 'true', { remote: { note } })).end;
  assert.equal(
    notes.map((n) => n.id !== undefined),
    [false, true],
  );
  assert.match(notes[0]?.name ?? '', /^em-/);
});

test('what Slurm refuses is told in its own words, and not tried again', async ({ bench, cluster }) => {
  cluster.set('next-sbatch', 'refuse');
  const end = await (await bench.start('t', 'true')).end;
  assert.match(end.error ?? '', /invalid partition specified: nowhere/);
  assert.is(cluster.calls('sbatch'), 1);
});

test('a full cluster is asked again', async ({ bench, cluster }) => {
  cluster.set('next-sbatch', 'busy');
  assert.is((await (await bench.start('t', 'true')).end).code, 0);
  assert.match(bench.told.join(), /AssocMaxSubmitJobLimit; it is tried again/);
});

test('a controller that is down changes nothing: the job goes on and is collected', async (c) => {
  const running = await c.bench.start('t', once());
  await until(() => runs(c.folder) === 1 && c.cluster.of(jobOf(c.bench, 't'), 'state') === 'RUNNING');
  c.cluster.set('down');
  c.folder.write({ go: '' });
  await until(() => c.bench.told.some((text) => text.includes('does not answer')));
  c.cluster.unset('down');
  assert.is((await running.end).code, 0);
  assert.is(runs(c.folder), 1);
});

test('a node that is declared failed while its job runs: the attempt is over, and what it still writes is in its own folder', async (c) => {
  const script = `echo ran >> ran; ${held()}; echo late`;
  const running = await c.bench.start('t', script);
  await until(() => runs(c.folder) === 1 && submitted(c.bench, 't').id !== undefined);
  c.cluster.write(jobOf(c.bench, 't'), 'state', 'NODE_FAIL');
  const end = await running.end;
  assert.is(end.cause?.kind, 'node-fail');
  const first = submitted(c.bench, 't');
  c.folder.write({ go: '' });
  const again = await (await c.bench.start('t', script)).end;
  assert.is(again.code, 0);
  assert.is.not(submitted(c.bench, 't').dir, first.dir);
  assert.is.not(submitted(c.bench, 't').token, first.token);
});

test('an attempt that is started a second time, as after a requeue, does not run', async (c) => {
  const running = await c.bench.start('t', once());
  await until(() => runs(c.folder) === 1);
  const { name } = submitted(c.bench, 't');
  const { execa } = await import('execa');
  const script = c.folder.path(`.evalmake/slurm/${name}/batch.sh`);
  const second = await execa('bash', [script], { env: { SLURM_ARRAY_TASK_ID: '0' }, reject: false });
  assert.is(second.exitCode, 93);
  c.folder.write({ go: '' });
  assert.is((await running.end).code, 0);
  assert.is(runs(c.folder), 1);
});

test('an id that a restarted controller gives to another job is not taken for ours', async (c) => {
  c.cluster.set('hold');
  const running = await c.bench.start('t', 'echo ran >> ran');
  await until(() => submitted(c.bench, 't')?.id !== undefined);
  c.cluster.write(jobOf(c.bench, 't'), 'name', 'somebody-else');
  c.cluster.write(jobOf(c.bench, 't'), 'state', 'COMPLETED');
  const end = await running.end;
  assert.is(end.cause?.kind, 'job-lost');
  assert.is(runs(c.folder), 0);
});

test('a job that Slurm has forgotten is believed by its result; accounting is asked where there is one', async (c) => {
  const running = await c.bench.start('t', once());
  await until(() => runs(c.folder) === 1 && submitted(c.bench, 't').id !== undefined);
  const { name } = submitted(c.bench, 't');
  c.folder.write({ go: '' });
  await until(() => existsSync(c.folder.path(`.evalmake/slurm/${name}/done/0`)));
  c.cluster.forget(jobOf(c.bench, 't'));
  assert.is((await running.end).code, 0);
});

test('with accounting, how a forgotten job ended is known', async (c) => {
  c.cluster.set('accounting');
  const running = await c.bench.start('t', once());
  await until(() => runs(c.folder) === 1 && submitted(c.bench, 't').id !== undefined);
  c.cluster.write(jobOf(c.bench, 't'), 'state', 'OUT_OF_MEMORY');
  c.cluster.forget(jobOf(c.bench, 't'));
  assert.is((await running.end).cause?.kind, 'out-of-memory');
});

test('a build that comes later goes on with a running job: nothing runs twice, nothing is paid twice', async (c) => {
  await c.bench.start('t', once());
  await until(() => runs(c.folder) === 1 && submitted(c.bench, 't').id !== undefined);
  const lines: ChildLine[] = [];
  await c.bench.end();
  const remote = { submitted: submitted(c.bench, 't') };
  c.bench = new SlurmBench(c.folder, c.cluster.env);
  const running = await c.bench.start('t', once(), { remote, onLine: (line) => void lines.push(line) });
  c.folder.write({ go: '' });
  assert.is((await running.end).code, 0);
  assert.is(runs(c.folder), 1);
  assert.is(c.cluster.calls('sbatch'), 1);
  const costs = lines.filter((line) => line.kind === 'cost');
  assert.is(costs.length, 1);
  assert.is(costs[0]?.kind === 'cost' && costs[0].id, `${remote.submitted.token}.1`);
});

test('one whose id was never written down is found by its name', async (c) => {
  await c.bench.start('t', once());
  await until(() => runs(c.folder) === 1);
  const { id: _, ...submittedBefore } = submitted(c.bench, 't');
  await c.bench.end();
  c.bench = new SlurmBench(c.folder, c.cluster.env);
  const running = await c.bench.start('t', once(), { remote: { submitted: submittedBefore } });
  c.folder.write({ go: '' });
  assert.is((await running.end).code, 0);
  assert.is(runs(c.folder), 1);
});

test('one that was noted and never submitted is lost, and can never start', async (c) => {
  const { token, dir } = c.bench.executor.attempt('w', 't');
  const never: Submission = { name: 'em-never', index: 0, token, dir, work: 'w', at: '' };
  const running = await c.bench.start('t', 'echo ran >> ran', { remote: { submitted: never } });
  assert.is((await running.end).cause?.kind, 'job-lost');
  assert.ok(existsSync(join(c.folder.root, dir, 'begun')));
});

test('an attempt that is given up does not start any more', async (c) => {
  c.cluster.set('hold');
  await c.bench.start('t', 'echo ran >> ran');
  await until(() => submitted(c.bench, 't')?.id !== undefined);
  await c.bench.executor.giveUp(submitted(c.bench, 't'));
  assert.is(c.cluster.of(jobOf(c.bench, 't'), 'state'), 'CANCELLED');
  c.cluster.write(jobOf(c.bench, 't'), 'state', 'PENDING');
  c.cluster.unset('hold');
  await until(() => ['CANCELLED', 'FAILED'].includes(c.cluster.of(jobOf(c.bench, 't'), 'state')));
  assert.is(runs(c.folder), 0);
});

test('detached, a job is left as soon as Slurm has it', async (c) => {
  const running = await c.bench.start('t', once(), { remote: { detach: true } });
  const end = await running.end;
  assert.is(end.left, 'a Slurm job');
  assert.ok(submitted(c.bench, 't').id !== undefined);
});

test('a waiting job is cancelled, and that is checked', async (c) => {
  c.cluster.set('hold');
  const running = await c.bench.start('t', 'echo ran >> ran');
  await until(() => submitted(c.bench, 't')?.id !== undefined);
  running.signal('SIGINT');
  assert.is((await running.end).cause?.kind, 'cancelled');
  assert.is(c.cluster.of(jobOf(c.bench, 't'), 'state'), 'CANCELLED');
});

test('when nothing can be cancelled, a second signal leaves the job for the next build', async (c) => {
  const running = await c.bench.start('t', once());
  await until(() => runs(c.folder) === 1 && submitted(c.bench, 't').id !== undefined);
  c.cluster.set('down');
  running.signal('SIGINT');
  running.signal('SIGKILL');
  assert.match((await running.end).left ?? '', /could not be cancelled/);
});

test('why a job will never start is told', async (c) => {
  c.cluster.set('hold');
  c.cluster.set('reason', 'PartitionTimeLimit');
  const running = await c.bench.start('t', 'true');
  await until(() => c.bench.told.some((text) => /^warn: job .* waits: PartitionTimeLimit: /.test(text)));
  c.cluster.unset('hold');
  assert.is((await running.end).code, 0);
});

/** Starts a command whose file can no longer be seen when its job is over. */
async function hidden(c: { folder: TemporaryFolder; cluster: FakeCluster; bench: SlurmBench }) {
  c.cluster.set('hold');
  const running = await c.bench.start('t', 'echo made > .evalmake/slurm/attempt/t/*/out/f');
  await until(() => submitted(c.bench, 't')?.id !== undefined);
  const file = c.folder.path(`${submitted(c.bench, 't').dir}/out/f`);
  c.cluster.set('after', `mv '${file}' '${c.folder.path('hidden')}'`);
  c.folder.write({ [`${submitted(c.bench, 't').dir}/out/f`]: '' });
  c.cluster.unset('hold');
  await until(() => c.cluster.of(jobOf(c.bench, 't'), 'state') === 'COMPLETED');
  return { running, file };
}

test('a file that a node wrote and that is never seen fails its task, by name', async (c) => {
  const { running } = await hidden(c);
  const { cause } = await running.end;
  assert.is(cause?.kind, 'output-missing');
  assert.match(cause?.text ?? '', /out\/f was written on fake1 and cannot be seen here/);
});

test('a file that is seen late is waited for', async (c) => {
  const { running, file } = await hidden(c);
  const before = c.cluster.calls('squeue');
  await until(() => c.cluster.calls('squeue') > before + 2);
  renameSync(c.folder.path('hidden'), file);
  assert.is((await running.end).code, 0);
});

test('the environment goes by a file of its own that nobody else can read, and is gone once it is read', async (c) => {
  c.cluster.set('hold');
  c.bench = new SlurmBench(c.folder, { ...c.cluster.env, KEY: 'hunter2!' });
  const env = { PATH: process.env.PATH, KEY: 'hunter2!', SLURM_CONF: 'here', TMPDIR: '/nowhere', HELD: 'x' };
  const remote = { declared: new Set(['KEY']) };
  const script = 'echo "$KEY-${TMPDIR-unset}-$HELD" > seen';
  const running = await c.bench.start('t', script, { env, remote });
  await until(() => submitted(c.bench, 't')?.id !== undefined);
  const { dir, name } = submitted(c.bench, 't');
  const file = c.folder.path(`${dir}/env`);
  assert.is(statSync(file).mode & 0o777, 0o600);
  assert.match(readFileSync(file, 'utf8'), /hunter2/);
  const calls = readFileSync(join(c.cluster.home, 'calls'), 'utf8');
  assert.not.match(calls, /hunter2/);
  assert.not.match(readFileSync(join(c.cluster.home, 'submitted-from'), 'utf8'), /hunter2|KEY/);
  assert.not.match(c.folder.read(`.evalmake/slurm/${name}/batch.sh`), /hunter2/);
  assert.not.match(c.folder.read(`${dir}/command.sh`), /hunter2/);
  c.cluster.unset('hold');
  assert.is((await running.end).code, 0);
  assert.is(c.folder.read('seen'), 'hunter2!-unset-x\n');
  assert.not.ok(existsSync(file));
});

test.run();
