// Jobs: the real Slurm executor and the real journal over a simulated cluster, for hours that take seconds.
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useDisk } from '../../packages/engine/dist/fs.js';
import { Journal } from '../../packages/engine/dist/journal.js';
import { SlurmExecutor } from '../../packages/engine/dist/slurm/executor.js';
import { workName } from '../../packages/engine/dist/slurm/names.js';
import { countingDisk, sum, syncs } from './calls.mjs';
import { Clock } from './clock.mjs';
import { Cluster } from './cluster.mjs';

/** A workspace with a head and a cluster, and what is counted of them. */
class Scene {
  constructor({ folder, slots, meanS, seed, logs = true }) {
    this.logs = logs;
    this.root = mkdtempSync(join(folder ?? tmpdir(), 'evalmake-jobs-'));
    mkdirSync(join(this.root, 'logs'));
    this.calls = countingDisk();
    useDisk(this.calls.disk);
    this.clock = new Clock(this.calls.wait);
    this.cluster = new Cluster({ clock: this.clock, root: this.root, slots, meanS, seed });
    this.journal = new Journal(join(this.root, '.evalmake/journal.jsonl'));
    this.journal.open();
    this.noted = new Map();
    this.open = new Map();
    this.ended = 0;
    this.wrong = 0;
    this.head();
  }

  /** A head process: the first, or one that comes after another has died. */
  head() {
    const { root, clock, cluster } = this;
    this.executor = new SlurmExecutor({
      root,
      run: cluster.run,
      timer: clock.timer,
      nowMs: () => clock.nowMs,
    });
  }

  /** Starts a task as the engine does, or goes on with it. */
  async start(n, over = () => {}) {
    const { executor, journal, root } = this;
    const task = `infer@control,part-${String(n).padStart(6, '0')}`;
    const before = this.noted.get(n);
    const work = workName(root, task, 'fp');
    const fresh = { ...executor.attempt(work, task), name: '', index: 0, work, at: '' };
    const dir = join(root, (before ?? fresh).dir);
    if (before === undefined) mkdirSync(join(dir, 'out'), { recursive: true });
    const at = '2026-01-01T00:00:00.000Z';
    const note = async (submission) => {
      this.noted.set(n, submission);
      const fp = 'sha256:'.padEnd(23, '0');
      journal.append('spawned', task, { at, run: 1, host: 'head', fp, remote: submission }, false);
      await journal.durable();
    };
    const more = { task, group: 'infer', dir, resources: {}, declared: new Set(), writes: [], note };
    const remote = { ...more, submitted: before, detach: false, tell: () => {} };

    const nothing = () => {};
    const log = this.logs ? join(root, `logs/${task}.log`) : undefined;
    const what = { argv: ['bash', join(dir, 'run.sh')], cwd: root, env: { PATH: '/bin', HOME: '/' }, log };
    const job = { ...what, secrets: [], timeoutMs: undefined, onLine: nothing, onSpawn: nothing, remote };
    const running = await executor.start(job, before ?? fresh);
    this.open.set(n, running);
    void running.end.then((end) => {
      if (this.open.get(n) !== running) return;
      this.open.delete(n);
      this.ended++;
      if (end.code !== 0) this.wrong++;
      // As the engine does once a result is published; the folder of the task stays.
      rmSync(dir, { recursive: true, force: true });
      over();
    });
  }

  /** CPU seconds of the head alone: all that is not the simulation's. */
  async measured(act) {
    const before = { cpu: process.cpuUsage(), own: this.cluster.ownMs, at: this.clock.nowMs };
    await act();
    const { user, system } = process.cpuUsage(before.cpu);
    const cpuS = ((user + system) / 1000 - (this.cluster.ownMs - before.own)) / 1000;
    return { cpuS, hours: (this.clock.nowMs - before.at) / 3_600_000 };
  }

  /** Files and folders of arrays and attempts that lie there now. */
  entries() {
    return readdirSync(join(this.root, '.evalmake/slurm'), { recursive: true }).length;
  }

  remove() {
    this.journal.close();
    this.executor.abandon();
    rmSync(this.root, { recursive: true, force: true });
  }
}

const peakMb = () => Math.round(process.resourceUsage().maxRSS / 1024);

/**
 * Keeps so many tasks open, and counts from when as many have ended (the first wave goes out at once) until `tasks` more
 * have.
 */
export async function throughput(options) {
  const { tasks, open, slots } = options;
  const scene = new Scene(options);
  const { cluster, calls, clock } = scene;
  let next = 0;
  const more = () => void scene.start(next++, more);
  for (let i = 0; i < open; i++) more();
  await clock.until(() => scene.ended >= open);
  cluster.countAnew();
  for (const name of Object.keys(calls.counts)) calls.counts[name] = 0;
  const entries = scene.entries();
  const { cpuS, hours } = await scene.measured(() => clock.until(() => scene.ended >= open + tasks));
  const { counts } = calls;
  const per = (names) => sum(counts, names) / tasks;
  const out = {
    tasks,
    open,
    hours,
    use: cluster.busyMs / (hours * 3_600_000 * Math.min(slots, open)),
    wrong: scene.wrong,
    sbatchPerHour: cluster.commands.sbatch / hours,
    squeuePerHour: cluster.commands.squeue / hours,
    squeueRows: cluster.rows.all / cluster.commands.squeue,
    squeueMostKb: cluster.rows.bytes / 1000,
    squeueRowsPerS: cluster.rows.all / hours / 3600,
    cpuSPer100k: (cpuS / tasks) * 1e5,
    cpuShare: cpuS / (hours * 3600),
    syncsPerTask: per(syncs),
    statsPerTask: per(['statSync']),
    foldersReadPerTask: per(['readdirSync']),
    opensPerTask: per(['openSync']),
    renamesPerTask: per(['renameSync']),
    entriesAdded: (scene.entries() - entries) / tasks,
    entries: scene.entries(),
    peakMb: peakMb(),
  };
  scene.remove();
  return out;
}

/** What one array costs, from the first job to the note of its id. */
export async function oneArray(options) {
  const { tasks } = options;
  const scene = new Scene(options);
  const { counts } = scene.calls;
  const before = { ...counts };
  for (let i = 0; i < tasks; i++) void scene.start(i);
  await scene.clock.until(() => scene.noted.size === tasks && [...scene.noted.values()].every((s) => s.id));
  const since = (names) => sum(counts, names) - sum(before, names);
  const out = {
    tasks,
    syncs: since(syncs),
    opens: since(['openSync']),
    renames: since(['renameSync']),
    folders: since(['mkdirSync']),
  };
  await scene.clock.until(() => scene.ended >= tasks);
  scene.remove();
  return out;
}

/** Cancels everything that runs, as Ctrl-C does. */
export async function cancelAll(options) {
  const { open } = options;
  const scene = new Scene({ ...options, meanS: 1e6 });
  const { cluster, clock } = scene;
  for (let i = 0; i < open; i++) void scene.start(i);
  await clock.until(() => cluster.running === open);
  const before = { ...cluster.commands, at: clock.nowMs };
  const { cpuS, hours } = await scene.measured(async () => {
    for (const running of scene.open.values()) running.signal('SIGINT');
    clock.timer(10_000, () => {
      for (const running of scene.open.values()) running.signal('SIGKILL');
    });
    await clock.until(() => scene.ended >= open);
  });
  const out = {
    open,
    seconds: hours * 3600,
    scancel: cluster.commands.scancel - before.scancel,
    named: cluster.named,
    squeue: cluster.commands.squeue - before.squeue,
    longestCommand: cluster.longest,
    cpuS,
  };
  scene.remove();
  return out;
}

/**
 * A head dies while all jobs run and another one comes. `noted`: whether the ids had been written down.
 * Two heads in one process would hold a file open for each job twice, so there are no logs. Measured is how long it takes until it has collected all of them; they ended before it came.
 */
export async function attach(options) {
  const { open, noted } = options;
  const scene = new Scene({ ...options, meanS: 10, logs: false });
  const { cluster, clock } = scene;
  for (let i = 0; i < open; i++) void scene.start(i);
  await clock.until(() => cluster.mostRunning > 0 && scene.noted.size === open && allHaveIds(scene));
  scene.executor.abandon();
  scene.open.clear();
  if (!noted) for (const [n, { id: _, ...rest }] of scene.noted) scene.noted.set(n, rest);
  const died = clock.nowMs;
  clock.after(200_000, () => {}, true);
  await clock.until(() => clock.nowMs >= died + 200_000);
  scene.ended = 0;
  const before = { ...cluster.commands };
  const { cpuS, hours } = await scene.measured(async () => {
    scene.head();
    for (let i = 0; i < open; i++) void scene.start(i);
    await clock.until(() => scene.ended >= open);
  });
  const out = {
    open,
    seconds: hours * 3600,
    squeue: cluster.commands.squeue - before.squeue,
    wrong: scene.wrong,
    cpuS,
    peakMb: peakMb(),
  };
  scene.remove();
  return out;
}

function allHaveIds(scene) {
  return [...scene.noted.values()].every((s) => s.id !== undefined);
}

/** Tasks whose running jobs are other work by now: all of them are given up. */
export async function giveUpAll(options) {
  const { open } = options;
  const scene = new Scene({ ...options, meanS: 1e6 });
  const { cluster, clock } = scene;
  for (let i = 0; i < open; i++) void scene.start(i);
  await clock.until(() => cluster.running === open);
  const before = { ...cluster.commands };
  let left = open;
  const { cpuS, hours } = await scene.measured(async () => {
    for (const submission of scene.noted.values()) void scene.executor.giveUp(submission).then(() => left--);
    await clock.until(() => left === 0);
  });
  const out = {
    open,
    seconds: hours * 3600,
    squeue: cluster.commands.squeue - before.squeue,
    scancel: cluster.commands.scancel - before.scancel,
    stillRunning: cluster.running,
    cpuS,
  };
  scene.remove();
  return out;
}
