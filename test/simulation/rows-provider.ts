// A provider of the simulation answers rows for money: outside the machine that crashes, with a bill for every row.
import type { Job } from '@evalmake/engine/job';
import type { MemoryDisk } from './memory-disk.ts';
import type { Random } from './random.ts';

/** One row that is asked. */
export interface AskedRow {
  readonly id: string;
  readonly q: string;
}

interface Submitted {
  readonly lines: readonly string[];
  polls: number;
}

/** What a client keeps before it submits, so that it finds its job again. */
interface Intent {
  readonly job: string;
  readonly prompt: string;
  readonly rows: readonly AskedRow[];
}

/** What decides an answer. */
export function rowKey(prompt: string, q: string): string {
  return `${prompt}\0${q}`;
}

/** The line that answers a row. */
export function answerLine(prompt: string, { id, q }: AskedRow): string {
  return JSON.stringify({ id, a: `${prompt}: ${q}` });
}

/** Answers rows, and counts what it was paid for. */
export class RowsProvider {
  readonly #jobs = new Map<string, Submitted>();
  /** How often each row was answered for money. */
  readonly answered = new Map<string, number>();
  /** How often each row failed. */
  readonly #failed = new Map<string, number>();
  billed = 0;
  #next = 1;
  /** How likely a row fails, a job is not done at a look, and a client breaks off. */
  unlucky = 0;

  constructor(private readonly random: Random) {}

  /** What a command does: it goes on with the job of its state, or submits one. */
  *client(job: Job, disk: MemoryDisk, root: string): Generator<void, number> {
    const [, todo, prompt, state, done] = job.argv.map((word) =>
      word.startsWith('/') ? word : `${root}/${word}`,
    );
    yield;
    const path = `${state as string}/intent.json`;
    let intent = readIntent(disk, path);
    if (intent === undefined) {
      intent = {
        job: `job-${this.#next++}`,
        prompt: String(disk.readFileSync(prompt as string, 'utf8')).trim(),
        rows: linesOf(disk, todo as string).map((line) => JSON.parse(line) as AskedRow),
      };
      yield;
      writeDurably(disk, path, `${JSON.stringify(intent)}\n`);
    }
    yield;
    const submitted = this.#submit(intent);
    yield;
    job.onLine({ kind: 'job', provider: 'simulated', id: intent.job });
    if (submitted.polls-- > 0) {
      job.onLine({ kind: 'wait', seconds: 1, text: 'in progress' });
      return 75;
    }
    const { lines } = submitted;
    const half = Math.floor(lines.length / 2);
    disk.writeFileSync(
      done as string,
      lines
        .slice(0, half)
        .map((l) => `${l}\n`)
        .join(''),
    );
    yield;
    if (this.random.chance(this.unlucky)) return 1;
    for (const line of lines.slice(half)) {
      append(disk, done as string, line.slice(0, 5));
      yield;
      append(disk, done as string, `${line.slice(5)}\n`);
    }
    return 0;
  }

  /** A job of this name is made once, whoever asks for it how often; its rows are billed then. */
  #submit({ job, prompt, rows }: Intent): Submitted {
    const known = this.#jobs.get(job);
    if (known !== undefined) return known;
    const lines = rows.map((row) => {
      this.billed++;
      const key = rowKey(prompt, row.q);
      const failed = this.#failed.get(key) ?? 0;
      if (failed < 2 && this.random.chance(this.unlucky)) {
        this.#failed.set(key, failed + 1);
        return JSON.stringify({ id: row.id, error: { message: 'no luck' } });
      }
      this.answered.set(key, (this.answered.get(key) ?? 0) + 1);
      return answerLine(prompt, row);
    });
    const made = {
      lines: this.random.some(lines, lines.length),
      polls: this.random.chance(this.unlucky) ? this.random.int(4) : 0,
    };
    this.#jobs.set(job, made);
    return made;
  }
}

function linesOf(disk: MemoryDisk, path: string): string[] {
  return String(disk.readFileSync(path, 'utf8'))
    .split('\n')
    .filter((line) => line !== '');
}

/** No file stays open from one step to the next: a machine that dies closes it. */
function append(disk: MemoryDisk, path: string, text: string): void {
  const fd = disk.openSync(path, 'a');
  disk.writeSync(fd, text);
  disk.closeSync(fd);
}

function readIntent(disk: MemoryDisk, path: string): Intent | undefined {
  try {
    const text = String(disk.readFileSync(path, 'utf8'));
    return text.endsWith('\n') ? (JSON.parse(text) as Intent) : undefined;
  } catch {
    return undefined;
  }
}

function writeDurably(disk: MemoryDisk, path: string, text: string): void {
  const fd = disk.openSync(`${path}.tmp`, 'w');
  disk.writeSync(fd, text);
  disk.fsyncSync(fd);
  disk.closeSync(fd);
  disk.renameSync(`${path}.tmp`, path);
  const folder = disk.openSync(path.slice(0, path.lastIndexOf('/')), 'r');
  disk.fsyncSync(folder);
  disk.closeSync(folder);
}
