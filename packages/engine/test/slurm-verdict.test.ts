// Two witnesses of one job, its own result and Slurm's state, and what both together are taken for.
import { type JobLine, SlurmCommands, type ToolAnswer } from '@evalmake/engine/slurm/commands';
import { sbatchOptions } from '@evalmake/engine/slurm/resources';
import { meaningOf, stateWord, stuckText } from '@evalmake/engine/slurm/states';
import { submission } from '@evalmake/engine/slurm/tools';
import { type Evidence, judge, type Verdict } from '@evalmake/engine/slurm/verdict';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const result = (code: number, timedOut = false) => ({
  token: 't',
  code,
  timedOut,
  node: 'n1',
  job: '1',
  started: 0,
  ended: 1,
  files: 0,
});
const nothing: Evidence = { result: undefined, state: undefined, absent: 0, absentMs: 0, overMs: 0 };
const told = (seen: Partial<Evidence>): string => {
  const verdict: Verdict = judge({ ...nothing, ...seen });
  return verdict.kind === 'going'
    ? 'going'
    : verdict.kind === 'done'
      ? `done ${verdict.result.code}`
      : verdict.failure;
};
const long = 10 * 60_000;

test('a result counts once Slurm calls the job over, and never before', () => {
  assert.is(told({ result: result(0), state: 'RUNNING' }), 'going');
  assert.is(told({ result: result(0), state: 'COMPLETING' }), 'going');
  assert.is(told({ result: result(0), state: 'COMPLETED' }), 'done 0');
  assert.is(told({ result: result(7), state: 'FAILED' }), 'done 7');
});

test('a result of 0 does not hide what cut the job off', () => {
  for (const [state, failure] of [
    ['OUT_OF_MEMORY', 'out-of-memory'],
    ['TIMEOUT', 'timeout'],
    ['NODE_FAIL', 'node-fail'],
    ['PREEMPTED', 'preempted'],
    ['CANCELLED', 'cancelled'],
  ] as const)
    assert.is(told({ result: result(0), state, overMs: long }), failure);
});

test('completed without a result waits, and is then no success', () => {
  assert.is(told({ state: 'COMPLETED', overMs: 1000 }), 'going');
  assert.is(told({ state: 'COMPLETED', overMs: long }), 'job-lost');
});

test('failed without a result says what its exit code means', () => {
  assert.is(told({ state: 'FAILED', exit: '0:53', overMs: 1000 }), 'going');
  for (const exit of ['0:53', '91:0', '92:0'])
    assert.is(told({ state: 'FAILED', exit, overMs: long }), 'could-not-start');
  assert.is(told({ state: 'FAILED', exit: '0:9', overMs: long }), 'job-lost');
});

test('a job that Slurm does not know is believed by its result, and lost only after several healthy answers', () => {
  assert.is(told({ result: result(0), absent: 1 }), 'going');
  assert.is(told({ result: result(0), absent: 2 }), 'done 0');
  assert.is(told({ absent: 0, absentMs: long }), 'going');
  assert.is(told({ absent: 3, absentMs: long }), 'going');
  assert.is(told({ absent: 9, absentMs: 1000 }), 'going');
  assert.is(told({ absent: 4, absentMs: long }), 'job-lost');
});

test('a word of a later Slurm is a job that still runs', () => {
  assert.is(told({ state: 'TELEPORTED', overMs: long }), 'going');
  assert.is(meaningOf('constructor').kind, 'going');
  assert.is(stateWord('CANCELLED by 0'), 'CANCELLED');
  assert.is(stateWord('COMPLETED+'), 'COMPLETED');
});

test('reasons that never pass are told, those that do are not', () => {
  assert.is(stuckText('Priority'), undefined);
  assert.is(stuckText('Resources'), undefined);
  for (const reason of [
    'PartitionConfig',
    'PartitionTimeLimit',
    'DependencyNeverSatisfied',
    'AssocGrpCpuLimit',
  ])
    assert.match(stuckText(reason) ?? '', new RegExp(`^${reason}: `));
});

/** Commands whose tools give one answer. */
function commands(answer: Partial<ToolAnswer>): SlurmCommands {
  const full: ToolAnswer = { code: 0, out: '', err: '', ...answer };
  return new SlurmCommands(
    async () => full,
    async () => {},
  );
}

test('a query that failed says nothing, which is not the same as that there are no jobs', async () => {
  assert.is(await commands({ code: 1 }).queue(), undefined);
  assert.is(await commands({ code: undefined }).queue(), undefined);
  assert.is(await commands({ code: 1 }).account(['1']), undefined);
  assert.equal(await commands({}).queue(), []);
  const lines = (await commands({
    out: '12|3|RUNNING|None|n1|em-x|y\n12|[4-9]|PENDING|Priority||em-x\n',
  }).queue()) as JobLine[];
  assert.equal(
    lines.map((l) => [l.id, l.index, l.state, l.name]),
    [['12', 3, 'RUNNING', 'em-x|y']],
  );
});

test('answers of sbatch are taken apart: taken, refused, not now, nobody knows', async () => {
  const kind = async (answer: Partial<ToolAnswer>) => (await commands(answer).submit([], 's')).kind;
  assert.is(await kind({ out: '42;cluster\n' }), 'taken');
  for (const err of [
    'invalid partition specified: x',
    'Invalid account or account/partition combination specified',
    'Invalid generic resource (gres) specification',
    'Memory specification can not be satisfied',
    'Invalid job array specification',
    'fatal: Could not establish a configuration source',
  ])
    assert.is(await kind({ code: 1, err: `sbatch: error: ${err}` }), 'refused', err);
  const queueFull = 'Slurm temporarily unable to accept job, sleeping and retrying';
  for (const err of ['AssocMaxSubmitJobLimit', 'QOSMaxSubmitJobPerUserLimit', queueFull])
    assert.is(await kind({ code: 1, err: `sbatch: error: ${err}` }), 'busy', err);
  for (const err of [
    'Socket timed out on send/recv operation',
    'Unable to contact slurm controller',
    'new words',
  ])
    assert.is(await kind({ code: 1, err: `sbatch: error: ${err}` }), 'unknown', err);
  assert.is(await kind({ code: undefined }), 'unknown');
  assert.is(await kind({ out: 'hello\n' }), 'unknown');
  // sbatch was cut off while it tried again by itself: it is looked for, and never given up.
  const cut = await commands({ code: undefined, err: `sbatch: error: ${queueFull}` }).submit([], 's');
  assert.equal([cut.kind, cut.kind === 'unknown' && cut.full], ['unknown', true]);
});

test('sbatch is given nothing that a job must not be stored with', () => {
  const env = {
    PATH: '/bin',
    HOME: '/h',
    OPENAI_API_KEY: 'k',
    SLURM_CONF: '/c',
    SBATCH_EXPORT: 'x',
    LC_ALL: 'de',
  };
  const kept = { LC_ALL: 'C', PATH: '/bin', HOME: '/h', SLURM_CONF: '/c' };
  assert.equal(submission(env), { env: kept, option: '--export=ALL' });
  const token = { ...kept, SLURM_JWT: 't' };
  assert.equal(submission({ ...env, SLURM_JWT: 't' }), { env: token, option: '--export=NONE' });
});

test('what is asked becomes options of sbatch, and a time-out leaves room around it', () => {
  assert.equal(sbatchOptions({ partition: 'gpu', cpus: '4', extra: '--nice=5  -C a100' }, 61_000), [
    '--partition=gpu',
    '--cpus-per-task=4',
    '--time=4',
    '--nice=5',
    '-C',
    'a100',
  ]);
  assert.equal(sbatchOptions({ time: '2:00:00' }, 61_000), ['--time=2:00:00']);
  assert.equal(sbatchOptions({}, undefined), []);
});

test.run();
