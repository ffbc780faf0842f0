// Plans: the real planner, run loop and journal with many tasks, and whole builds of them on a simulated cluster.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { advance } from '../../packages/core/dist/index.js';
import { runPlan } from '../../packages/engine/dist/build-run.js';
import { useDisk } from '../../packages/engine/dist/fs.js';
import { makePlan, openWorkspace, startWriting } from '../../packages/engine/dist/index.js';
import { Journal } from '../../packages/engine/dist/journal.js';
import { localMachine } from '../../packages/engine/dist/machine.js';
import { ReadyQueues } from '../../packages/engine/dist/ready.js';
import { changes, countingDisk, sum, syncs } from './calls.mjs';
import { Clock } from './clock.mjs';
import { Cluster } from './cluster.mjs';

/** A workspace of n tasks that run on a cluster, and one that needs them all. */
function workspaceOf(folder, n) {
  const root = mkdtempSync(join(folder ?? tmpdir(), 'evalmake-plans-'));
  writeFileSync(join(root, 'prompt.md'), 'Answer.\n');
  writeFileSync(
    join(root, 'pipeline.yaml'),
    `evalmake: 1
name: many
defaults: { executor: slurm }
targets:
  infer:
    each: { part: { range: [1, ${n}] } }
    run: infer --part \${{ part }} --prompt \${{ inputs }} --out \${{ outputs }}
    inputs: prompt.md
    outputs: results/part-\${{ part }}.jsonl
`,
  );
  return root;
}

async function open(root, more = {}) {
  const { value, problems } = await openWorkspace({
    root,
    file: 'pipeline.yaml',
    configs: [],
    sets: [],
    env: process.env,
    nowMs: () => Date.now(),
    write: false,
    build: 'bench',
    warn: (text) => console.error(text),
    ...more,
  });
  if (value === undefined) throw new Error(problems.map((p) => p.message).join('\n'));
  return value;
}

const everything = { select: (graph) => ({ wanted: graph.tasks.map((t) => t.index), problems: [] }) };
const rssMb = () => Math.round(process.memoryUsage.rss() / 2 ** 20);
const peakMb = () => Math.round(process.resourceUsage().maxRSS / 1024);

/** CPU seconds of something. */
async function cpuOf(act) {
  const before = process.cpuUsage();
  const made = await act();
  const { user, system } = process.cpuUsage(before);
  return [made, (user + system) / 1e6];
}

/** Writes the journal that a build of a plan leaves: of each task what it tells of its attempt, and its record. */
function writeJournal({ journal }, plan) {
  journal.open();
  const at = '2026-01-01T00:00:00.000Z';
  const digest = `sha256:${'0'.repeat(64)}`;
  for (const task of plan.graph.tasks) {
    const { parts } = plan.decisions[task.index].fingerprint;
    const token = '0123456789abcdef-0123456789ab';
    const dir = `.evalmake/slurm/attempt/${task.id}/${token}`;
    const fp = '0123456789abcdef';
    const begun = { at, run: 1, host: 'head', fp };
    const remote = { name: 'em-01234567-0123456789ab', index: 500, token, dir, work: fp, at };
    const path = task.outputs[0].path;
    const jobs = [{ provider: 'slurm', id: '123456', at }];
    const outputs = { '': [{ path, digest, bytes: 1000 }] };
    const record = {
      task: task.id,
      target: 'infer',
      parts,
      outputs,
      checks: [],
      at,
      run: 1,
      ms: 600_000,
      jobs,
    };
    const moves = [{ from: `${dir}/out/${path}`, to: path, digest }];
    for (const [type, value] of [
      ['started', begun],
      ['spawned', { ...begun, remote }],
      ['spawned', { ...begun, remote: { ...remote, id: '123456' } }],
      ['publishing', { record, moves, remove: [] }],
      ['finished', record],
    ])
      journal.append(type, task.id, value, false);
  }
  journal.close();
}

/** Plans n tasks, walks through the plan as a build does, and reads the journal that such a build leaves. */
export async function plan({ tasks, folder }) {
  const root = workspaceOf(folder, tasks);
  const workspace = await open(root);
  const [made, planS] = await cpuOf(() => makePlan(workspace, everything).value);
  const planMb = rssMb();
  const [, journalWriteS] = await cpuOf(() => writeJournal(workspace, made));
  const [, loopS] = await cpuOf(() => walk(made));
  const path = join(root, '.evalmake/journal.jsonl');
  const out = { tasks, planS, planMb, loopS, journalWriteS, journalMb: statSync(path).size / 1e6 };
  rmSync(join(root, 'pipeline.yaml'));
  return { ...out, root, peakMb: peakMb() };
}

/** Starts and ends every task of a plan, 2,000 at a time. */
function walk(made) {
  const queues = new ReadyQueues(made, 2);
  const running = [];
  for (;;) {
    const index = queues.next(() => false);
    if (index !== undefined) {
      advance(made, { kind: 'started', task: index });
      queues.took(index);
      running.push(index);
      continue;
    }
    if (running.length === 0) return;
    for (const done of running.splice(0, 100)) {
      queues.ended(made.graph.tasks[done]);
      advance(made, { kind: 'settled', task: done, decision: made.decisions[done] });
    }
  }
}

/** Reads the journal of such a build: what the next build begins with. */
export async function fold({ root }) {
  const path = join(root, '.evalmake/journal.jsonl');
  const [journal, readS] = await cpuOf(() => new Journal(path));
  const readMb = rssMb();
  const [, compactS] = await cpuOf(() => journal.open());
  journal.close();
  const compactMb = statSync(path).size / 1e6;
  const [, readCompactS] = await cpuOf(() => new Journal(path));
  const heapLimitMb = Math.round(getHeapStatistics().heap_size_limit / 2 ** 20);
  return { readS, readMb, compactS, compactMb, readCompactS, peakMb: peakMb(), heapLimitMb };
}

/** A node that does what the command of a task would: its output is written where the script says. */
function produce({ folder }) {
  const script = readFileSync(join(folder, 'command.sh'), 'utf8');
  const cwd = /^cd -- (\S+)/.exec(script)[1];
  const run = /(\S+\/run\.sh)/.exec(script)[1];
  const out = /--out (\S+)/.exec(readFileSync(join(cwd, run), 'utf8'))[1];
  mkdirSync(dirname(join(cwd, out)), { recursive: true });
  writeFileSync(join(cwd, out), '{"answer": 42}\n');
}

/** Builds n tasks, all of the engine over the simulated cluster: at most 2,000 of them are open at a time. */
export async function build({ tasks, folder, slots, meanS, seed }) {
  const root = workspaceOf(folder, tasks);
  const { disk, counts, wait } = countingDisk();
  useDisk(disk);
  const clock = new Clock(wait);
  const cluster = new Cluster({ clock, root, slots, meanS, seed, produce });
  const machine = { ...localMachine, timer: clock.timer, tools: cluster.run };
  const workspace = await open(root, { nowMs: () => clock.nowMs, write: true, machine });
  const writing = await startWriting(workspace, { command: 'bench' });
  const made = makePlan(workspace, everything).value;
  const before = { at: clock.nowMs, cpu: process.cpuUsage(), own: cluster.ownMs, counts: { ...counts } };
  let over;
  const options = { workspace, request: everything, plan: made, jobs: 2, keepGoing: true, emit: () => {} };
  void runPlan({ ...options, elapsedMs: () => 0 }).then(
    (result) => {
      over = result;
    },
    (error) => {
      throw error;
    },
  );
  await clock.until(() => over !== undefined);
  const { user, system } = process.cpuUsage(before.cpu);
  const cpuS = ((user + system) / 1000 - (cluster.ownMs - before.own)) / 1000;
  const hours = (clock.nowMs - before.at) / 3_600_000;
  const per = (names) => (sum(counts, names) - sum(before.counts, names)) / tasks;
  const size = (path) => statSync(join(root, path)).size;
  const out = {
    tasks,
    exit: over.exit,
    mostRunning: cluster.mostRunning,
    hours,
    ...cluster.commands,
    cpuShare: cpuS / (hours * 3600),
    syncsPerTask: per(syncs),
    changesPerTask: per(changes),
    statsPerTask: per(['statSync', 'lstatSync', 'existsSync']),
    foldersReadPerTask: per(['readdirSync']),
    journalPerTask: size('.evalmake/journal.jsonl') / tasks,
    eventsPerTask: size('.evalmake/runs/1/events.jsonl') / tasks,
    entriesPerTask: readdirSync(join(root, '.evalmake'), { recursive: true }).length / tasks,
    peakMb: peakMb(),
  };
  writing.end();
  rmSync(root, { recursive: true, force: true });
  return out;
}
