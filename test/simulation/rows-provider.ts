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

/** What decides an answer. */
export interface Question {
  readonly target: string;
  readonly prompt: string;
  readonly warmth: string;
  readonly q: string;
}

/** What a client keeps before it submits, so that it finds its job again. */
interface Intent {
  readonly tag: string;
  readonly target: string;
  readonly prompt: string;
  readonly warmth: string;
  readonly rows: readonly AskedRow[];
}

/** The answer to a question: it names all that decides it, so it is the key of a bill as well. */
export function answerTo({ target, prompt, warmth, q }: Question): string {
  return `${target}/${prompt}/${warmth}: ${q}`;
}

/** The line that answers a row. */
export function answerLine(question: Question, { id }: AskedRow): string {
  return JSON.stringify({ id, a: answerTo(question) });
}

/** All answers that a text holds. */
export function answersIn(text: string): string[] {
  return [...text.matchAll(/"a":"([^"]+)"/g)].map((match) => match[1] as string);
}

/** In how many attempts a row may fail, as the pipeline has it. */
const maxAttempts = 3;

/** Answers rows, and counts what it was paid for. */
export class RowsProvider {
  readonly #jobs = new Map<string, Submitted>();
  /** How often each question was answered for money. */
  readonly answered = new Map<string, number>();
  /** How often each question failed, for money too. */
  readonly failed = new Map<string, number>();
  billed = 0;
  #next = 1;
  /** How likely a row fails, a job is not done at a look, and a client breaks off. */
  unlucky = 0;
  /** Whether a job is found by its tag before one is made, in place of one made at most once per tag. */
  readonly #looksUp: boolean;
  /** Whether a client writes answers down bit by bit, in place of all at once in the end. */
  readonly #appends: boolean;

  constructor(
    private readonly random: Random,
    /** The question that never gets an answer. */
    private readonly hopeless: string,
  ) {
    this.#looksUp = random.chance(0.5);
    this.#appends = random.chance(0.7);
  }

  /** Questions that were paid for more often than they may be. */
  get doubles(): string[] {
    const tooOften = (counts: ReadonlyMap<string, number>, most: number): string[] =>
      [...counts].filter(([, n]) => n > most).map(([key, n]) => `${key} ${n} times`);
    return [...tooOften(this.answered, 1), ...tooOften(this.failed, maxAttempts)];
  }

  /** What a command does: it goes on with the job of its state, or submits one. */
  *client(job: Job, disk: MemoryDisk, root: string): Generator<void, number> {
    const full = (word = ''): string => (word.startsWith('/') ? word : `${root}/${word}`);
    const [target = '', todo, prompt, state, done, warmth = ''] = job.argv;
    yield;
    const path = `${full(state)}/intent.json`;
    let intent = readIntent(disk, path);
    if (intent === undefined) {
      intent = {
        tag: `tag-${this.#next++}`,
        target,
        prompt: String(disk.readFileSync(full(prompt), 'utf8')).trim(),
        warmth,
        rows: linesOf(disk, full(todo)).map((line) => JSON.parse(line) as AskedRow),
      };
      yield;
      writeDurably(disk, path, `${JSON.stringify(intent)}\n`);
    }
    yield;
    let submitted = this.#jobs.get(intent.tag);
    if (this.#looksUp) yield;
    submitted ??= this.#submit(intent);
    yield;
    job.onLine({ kind: 'job', provider: 'simulated', id: intent.tag });
    if (submitted.polls-- > 0) {
      job.onLine({ kind: 'wait', seconds: 1, text: 'in progress' });
      return 75;
    }
    return yield* this.#write(disk, full(done), submitted.lines);
  }

  *#write(disk: MemoryDisk, path: string, lines: readonly string[]): Generator<void, number> {
    const text = (some: readonly string[]): string => some.map((line) => `${line}\n`).join('');
    if (!this.#appends) {
      disk.writeFileSync(`${path}.tmp`, text(lines));
      yield;
      if (this.random.chance(this.unlucky)) return 1;
      disk.renameSync(`${path}.tmp`, path);
      return 0;
    }
    const half = Math.floor(lines.length / 2);
    disk.writeFileSync(path, text(lines.slice(0, half)));
    yield;
    if (this.random.chance(this.unlucky)) return 1;
    for (const line of lines.slice(half)) {
      append(disk, path, line.slice(0, 5));
      yield;
      append(disk, path, `${line.slice(5)}\n`);
    }
    return 0;
  }

  /** A job of this tag is made once, whoever asks for it how often; its rows are billed then. */
  #submit({ tag, rows, ...asked }: Intent): Submitted {
    const lines = rows.map((row) => {
      this.billed++;
      const question = { ...asked, q: row.q };
      const key = answerTo(question);
      const failed = this.failed.get(key) ?? 0;
      if (row.q === this.hopeless || (failed < maxAttempts - 1 && this.random.chance(this.unlucky))) {
        this.failed.set(key, failed + 1);
        return JSON.stringify({ id: row.id, error: { message: 'no luck' } });
      }
      this.answered.set(key, (this.answered.get(key) ?? 0) + 1);
      return answerLine(question, row);
    });
    const made = {
      lines: this.random.some(lines, lines.length),
      polls: this.random.chance(this.unlucky) ? this.random.int(4) : 0,
    };
    this.#jobs.set(tag, made);
    return made;
  }

  /** What stands nowhere any more, because a person has removed it, may be bought again. */
  forgive(known: ReadonlySet<string>): void {
    for (const key of this.answered.keys()) if (!known.has(key)) this.answered.delete(key);
  }

  /** The state to come back to. */
  keep(): () => void {
    const [jobs, answered, failed] = [
      new Map([...this.#jobs].map(([tag, job]) => [tag, { ...job }])),
      new Map(this.answered),
      new Map(this.failed),
    ];
    const { billed } = this;
    return () => {
      const refill = <T>(map: Map<string, T>, from: ReadonlyMap<string, T>, copy: (v: T) => T): void => {
        map.clear();
        for (const [key, value] of from) map.set(key, copy(value));
      };
      refill(this.#jobs, jobs, (job) => ({ ...job }));
      refill(this.answered, answered, (n) => n);
      refill(this.failed, failed, (n) => n);
      this.billed = billed;
    };
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
