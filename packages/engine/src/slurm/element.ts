// An Element is one job of an array as evalmake follows it: what is known of it, what it has printed, and how it ends.
import { join } from 'node:path';
import type { Submission } from '@evalmake/core';
import { makeDir, writeAll, writeAtomic } from '../disk.ts';
import { closeSync, mkdirSync, openSync, readdirSync, readSync, statSync } from '../fs.ts';
import type { Job, JobEnd, RemoteJob } from '../job.ts';
import { OutputLog } from '../output-log.ts';
import { elementId } from './names.ts';
import { type Result, readSeen, type SeenFile } from './result.ts';
import type { Evidence, Verdict } from './verdict.ts';
import { commandScript, environmentScript } from './wrapper.ts';

const chunk = 1 << 20;

/** One job of an array. */
export class Element {
  readonly end: Promise<JobEnd>;
  readonly remote: RemoteJob;
  isOver = false;
  /** Once somebody has told it to end: how, and when. */
  told: { readonly signal: NodeJS.Signals; readonly atMs: number } | undefined;
  result: Result | undefined;
  state: string | undefined;
  reason = '';
  exit: string | undefined;
  absent = 0;
  absentSinceMs = 0;
  overSinceMs: number | undefined;
  /** Since when its files are waited for. */
  settlingMs: number | undefined;
  private readonly output: OutputLog;
  private readonly stream: ReturnType<OutputLog['stream']>;
  private read = 0;
  private costs = 0;
  private seen: SeenFile[] | undefined;
  private resolve: (end: JobEnd) => void = () => {};

  constructor(
    readonly job: Job & { readonly remote: RemoteJob },
    public submission: Submission,
  ) {
    this.remote = job.remote;
    const { onLine } = job;
    // Each time the log is read from its beginning: a payment without a name of its own counts once all the same.
    this.output = new OutputLog({
      ...job,
      onLine: (line) =>
        onLine(
          line.kind === 'cost' && line.id === undefined
            ? { ...line, id: `${submission.token}.${++this.costs}` }
            : line,
        ),
    });
    this.stream = this.output.stream();
    this.output.rest();
    this.end = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  /** Its id in Slurm's words; undefined as long as that is not known. */
  get id(): string | undefined {
    const { id, index } = this.submission;
    return id === undefined ? undefined : elementId(id, index);
  }

  /** What its command prints, as it comes from the node. */
  private get logPath(): string {
    return join(this.remote.dir, 'log');
  }

  /** Writes the files that its job reads. */
  prepare(): void {
    const { dir, declared, writes } = this.remote;
    makeDir(dir);
    const secret = openSync(join(dir, 'env'), 'w', 0o600);
    try {
      writeAll(secret, environmentScript(this.job.env, declared));
    } finally {
      closeSync(secret);
    }
    const limit = this.job.timeoutMs;
    if (limit !== undefined) writeAtomic(join(dir, 'limit'), String(limit / 1000), false);
    const seen = [this.logPath, join(dir, 'out'), ...writes];
    writeAtomic(join(dir, 'writes'), seen.map((p) => `${p}\0`).join(''), false);
    writeAtomic(join(dir, 'command.sh'), commandScript(this.job, dir), false);
  }

  /** Claims the attempt, so that no job will ever start it. False when one has. */
  claim(): boolean {
    return claim(this.remote.dir);
  }

  /** Takes what was printed since the last look. */
  listen(): void {
    const path = this.logPath;
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (size <= this.read) return;
    const fd = openSync(path, 'r');
    try {
      for (let more = true; more; ) {
        const buffer = Buffer.alloc(Math.min(chunk, Math.max(1, size - this.read)));
        const got = readSync(fd, buffer, 0, buffer.length, this.read);
        this.read += got;
        if (got > 0) this.stream.take(buffer.subarray(0, got));
        more = got > 0 && this.read < size;
      }
    } finally {
      closeSync(fd);
      this.output.rest();
    }
  }

  /** What is known of it now. */
  evidence(nowMs: number): Evidence {
    return {
      result: this.result,
      state: this.state,
      exit: this.exit,
      absent: this.absent,
      absentMs: this.absent === 0 ? 0 : nowMs - this.absentSinceMs,
      overMs: this.overSinceMs === undefined ? 0 : nowMs - this.overSinceMs,
    };
  }

  /** The first file that its node saw and that is not seen here as it was there; undefined when all are. */
  unseen(): string | undefined {
    const { result } = this;
    if (result === undefined || result.files === 0) return undefined;
    this.seen ??= readSeen(join(this.remote.dir, 'seen'), result.files);
    if (this.seen === undefined) return join(this.remote.dir, 'seen');
    return this.seen.find((file) => !this.sees(file))?.path;
  }

  private sees({ path, bytes }: SeenFile): boolean {
    const size = statSync(path, { throwIfNoEntry: false })?.size;
    // What a command has left behind may still print.
    return path === this.logPath ? (size ?? 0) >= bytes : size === bytes;
  }

  /** Ends it by a verdict. */
  finish(verdict: Exclude<Verdict, { kind: 'going' }>, mayHaveBegun = true): void {
    if (verdict.kind === 'done') {
      const { code, timedOut } = verdict.result;
      this.close({ code, timedOut });
    } else {
      // Should it still wait somewhere, it shall never start beside the attempt that follows.
      const begun = !this.claim() && mayHaveBegun;
      const { failure, text } = verdict;
      const node = this.result?.node;
      const where = node === undefined ? '' : ` on ${node}`;
      const cause = {
        kind: failure,
        begun,
        text: `${text} (job ${this.id ?? this.submission.name}${where})`,
      };
      this.close({ code: null, cause });
    }
  }

  /** Ends it before it was ever submitted, or because it could not be. */
  refuse(text: string): void {
    this.close({ code: null, error: text });
  }

  /** Leaves it to run on: another build finds it. */
  leave(text: string): void {
    this.close({ code: null, left: text });
  }

  private close(end: Partial<JobEnd>): void {
    if (this.isOver) return;
    this.isOver = true;
    this.listen();
    const tail = this.output.end();
    this.resolve({ code: null, signal: null, timedOut: false, leftovers: false, ...end, tail });
  }

  /** Takes what Slurm itself said of it, as if its command had. */
  hear(text: string): void {
    this.stream.take(Buffer.from(text));
  }
}

/** Claims an attempt by its folder; `mkdir` succeeds for one of all who try, on shared file systems too. */
export function claim(dir: string): boolean {
  try {
    mkdirSync(join(dir, 'begun'));
    return true;
  } catch {
    return false;
  }
}

/** Asks for a file as it is now: a client of NFS looks again when a folder is read, and when a file is opened. */
export function askAgain(path: string): void {
  refresh(path.slice(0, path.lastIndexOf('/')));
  try {
    closeSync(openSync(path, 'r'));
  } catch {
    // It is not seen yet.
  }
}

/** Looks a folder through, which makes a client of NFS ask again what is in it. */
export function refresh(dir: string): readonly string[] {
  try {
    return readdirSync(dir);
  } catch {
    return []; // Not there, or not yet.
  }
}
