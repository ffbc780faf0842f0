// A Cluster in this process: sbatch, squeue, scancel and scontrol over jobs that take simulated time and write real results.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { randomOf } from './clock.mjs';

// How long the programs take, milliseconds. Measured on an idle Slurm 22.05: sbatch of one job 10, of an array of 1,000
// 24, squeue -r with 1,100 rows 73; assumed: that both grow evenly, and that scancel takes 5 for each word.
const sbatchMs = (jobs) => 10 + jobs * 0.014;
const squeueMs = (rows) => 10 + rows * 0.057;
const scancelMs = (names) => 5 * names;

const going = new Set(['PENDING', 'RUNNING']);

export class Cluster {
  commands = { sbatch: 0, squeue: 0, sacct: 0, scancel: 0, scontrol: 0 };
  /** Rows and bytes of all answers of squeue, and the most of one. */
  rows = { all: 0, most: 0, bytes: 0 };
  /** What scancel named, and the longest command line. */
  named = 0;
  longest = 0;
  running = 0;
  mostRunning = 0;
  #ranMs = 0;
  /** CPU time that the simulation took itself, milliseconds. */
  ownMs = 0;
  #arrays = new Map();
  #jobs = new Set();
  #pending = [];
  #head = 0;
  #last = 1000;

  constructor({ clock, root, slots, meanS, seed, minJobAgeMs = 300_000, maxArraySize = 1001, produce }) {
    Object.assign(this, { clock, root, slots, meanS, minJobAgeMs, maxArraySize, produce });
    this.random = randomOf(seed);
  }

  /** Counts from now on. */
  countAnew() {
    this.commands = { sbatch: 0, squeue: 0, sacct: 0, scancel: 0, scontrol: 0 };
    this.rows = { all: 0, most: 0, bytes: 0 };
    this.#ranMs = -this.#sinceMs();
  }

  /** How long jobs have run in all since it counts. */
  get busyMs() {
    return this.#ranMs + this.#sinceMs();
  }

  /** How long those that run now have run in all. */
  #sinceMs() {
    let ms = 0;
    for (const { state, startedMs } of this.#jobs)
      if (state === 'RUNNING') ms += this.clock.nowMs - startedMs;
    return ms;
  }

  /** Runs one of the programs, as the engine asks for it. */
  run = (argv) => {
    const answer = this.#own(() => this.#answer(argv));
    return new Promise((done) => {
      this.clock.after(answer.ms, () => done({ code: 0, err: '', out: '', ...answer.said }), true);
    });
  };

  #own(act) {
    const before = process.cpuUsage();
    const made = act();
    const { user, system } = process.cpuUsage(before);
    this.ownMs += (user + system) / 1000;
    return made;
  }

  #answer([tool, ...args]) {
    this.commands[tool]++;
    this.longest = Math.max(this.longest, args.join(' ').length);
    if (tool === 'sbatch') return this.#submit(args);
    if (tool === 'squeue') return this.#queue();
    if (tool === 'scancel') return this.#cancel(args);
    if (args[1] === 'job') return { ms: 5, said: { code: 1 } };
    const age = this.minJobAgeMs / 1000;
    const out = `AccountingStorageType = accounting_storage/none\nMaxArraySize = ${this.maxArraySize}\nMinJobAge = ${age} sec\n`;
    return { ms: 5, said: { out } };
  }

  #submit(args) {
    const option = (name) => args.find((a) => a.startsWith(`--${name}=`))?.slice(name.length + 3);
    const id = ++this.#last;
    const last = Number(/^0-(\d+)/.exec(option('array'))[1]);
    if (last >= this.maxArraySize)
      return { ms: 5, said: { code: 1, err: 'Invalid job array specification' } };
    const dir = dirname(args.at(-1));
    const lines = readFileSync(join(dir, 'manifest'), 'utf8').split('\n');
    const array = { name: option('job-name'), dir, jobs: [] };
    for (let index = 0; index <= last; index++) {
      const [folder, token] = lines[index].split(' ');
      const job = { id, index, array, folder, token, state: 'PENDING' };
      array.jobs.push(job);
      this.#jobs.add(job);
      this.#pending.push(job);
    }
    this.#arrays.set(String(id), array);
    this.clock.after(0, () => this.#own(() => this.#fill()));
    return { ms: sbatchMs(last + 1), said: { out: `${id}\n` } };
  }

  /** Starts what waits, in its order, as long as there is room. */
  #fill() {
    while (this.running < this.slots && this.#head < this.#pending.length) {
      const job = this.#pending[this.#head++];
      if (job.state === 'PENDING') this.#begin(job);
    }
    if (this.#head > 10_000) {
      this.#pending.splice(0, this.#head);
      this.#head = 0;
    }
  }

  #begin(job) {
    job.state = 'RUNNING';
    job.startedMs = this.clock.nowMs;
    this.running++;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    writeFileSync(join(job.array.dir, `${job.index}.slurm`), '');
    if (!begins(job)) return this.#over(job, 'FAILED');
    const ms = this.#duration();
    this.clock.after(ms, () => this.#own(() => this.#end(job)));
  }

  /** Log-normal: most take about two thirds of the mean, some several times as long. */
  #duration() {
    const sigma = 0.8;
    const normal = Math.sqrt(-2 * Math.log(1 - this.random())) * Math.cos(2 * Math.PI * this.random());
    return Math.exp(Math.log(this.meanS * 1000) - sigma ** 2 / 2 + sigma * normal);
  }

  #end(job) {
    if (job.state !== 'RUNNING') return;
    this.produce?.(job);
    writeFileSync(join(job.folder, 'log'), 'done\n');
    const result = { token: job.token, code: 0, timedOut: false, node: 'n1', job: '1', started: 0, ended: 1 };
    const part = join(job.array.dir, 'done', `.${job.index}`);
    writeFileSync(part, JSON.stringify({ ...result, files: 0 }));
    renameSync(part, join(job.array.dir, 'done', String(job.index)));
    this.#over(job, 'COMPLETED');
  }

  #over(job, state) {
    if (job.state === 'RUNNING') {
      this.running--;
      this.#ranMs += this.clock.nowMs - job.startedMs;
    }
    job.state = state;
    this.clock.after(this.minJobAgeMs, () => this.#jobs.delete(job));
    this.#fill();
  }

  #queue() {
    const lines = [];
    for (const { id, index, state, array } of this.#jobs)
      lines.push(`${id}|${index}|${state}|${state === 'PENDING' ? 'Resources' : 'None'}|n1|${array.name}`);
    const out = lines.join('\n');
    this.rows.all += lines.length;
    this.rows.most = Math.max(this.rows.most, lines.length);
    this.rows.bytes = Math.max(this.rows.bytes, out.length);
    return { ms: squeueMs(lines.length), said: { out } };
  }

  #cancel(words) {
    this.named += words.length;
    for (const word of words) {
      const [id, which = ''] = word.split('_');
      const array = this.#arrays.get(id);
      for (const index of indexesOf(which)) {
        const job = array?.jobs[index];
        if (job === undefined || !going.has(job.state)) continue;
        // One that waited is forgotten at once: squeue shows what was cancelled of an array as one row without an index.
        if (job.state === 'PENDING') this.#jobs.delete(job);
        this.#over(job, 'CANCELLED');
      }
    }
    return { ms: scancelMs(words.length), said: {} };
  }
}

/** Claims an attempt as the batch script does; false for one that was given up. */
function begins({ folder }) {
  try {
    mkdirSync(join(folder, 'begun'));
    return true;
  } catch {
    return false;
  }
}

/** The indexes that a word names: `7`, or `[0-3,7]`. */
function indexesOf(word) {
  return word
    .replace(/[[\]]/g, '')
    .split(',')
    .flatMap((part) => {
      const [from, to = from] = part.split('-').map(Number);
      return Array.from({ length: to - from + 1 }, (_, i) => from + i);
    });
}
