// The local executor: a command in a process group of its own, its output in a log, its progress lines understood.

import { LineReader, Tail } from './child-lines.ts';
import { openMaking, writeAll } from './disk.ts';
import { Failure } from './failure.ts';
import { closeSync } from './fs.ts';
import type { Job, JobEnd, Running } from './job.ts';
import { localProcesses } from './processes.ts';
import { Redactor } from './secrets.ts';

const graceMs = 5000;
const { signalGroup, startTime } = localProcesses;

/** Starts a command. Its whole process group ends with it: nothing is left that could still write. */
export async function startLocal(job: Job): Promise<Running> {
  const { execa } = await import('execa');
  // Made first: when there is no room for it, nothing has been started yet.
  const output = new OutputLog(job);
  const [file, ...args] = job.argv as [string, ...string[]];
  const child = execa(file, args, {
    cwd: job.cwd,
    env: { ...job.env },
    extendEnv: false,
    detached: true,
    cleanup: false,
    reject: false,
    buffer: false,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  for (const stream of [child.stdout, child.stderr]) {
    const one = output.stream();
    stream?.on('data', (chunk: Buffer) => one.take(chunk));
  }
  const group = child.pid;
  if (group !== undefined) await told(job, group, child, output);
  const limit = new TimeLimit(job.timeoutMs, group);
  const exited = new Promise<void>((done) => {
    child.once('exit', () => done());
    child.once('error', () => done());
  });
  const end = exited.then(async (): Promise<JobEnd> => {
    limit.clear();
    // A grandchild left behind could write into outputs that count as done, and keeps the pipes open.
    const leftovers = group !== undefined && signalGroup(group, 0) && signalGroup(group, 'SIGKILL');
    const result = await child;
    return {
      code: result.exitCode ?? null,
      signal: (result.signal as NodeJS.Signals | undefined) ?? null,
      timedOut: limit.reached,
      tail: output.end(),
      leftovers,
      ...(group === undefined
        ? { error: String(result.originalMessage ?? result.message ?? 'it could not be started') }
        : {}),
    };
  });
  return { end, signal: (signal) => group !== undefined && signalGroup(group, signal) };
}

/** Tells of a command that lives. When that cannot be written down, the command must not go on unknown. */
async function told(job: Job, group: number, child: PromiseLike<unknown>, output: OutputLog): Promise<void> {
  try {
    job.onSpawn(group, startTime(group));
  } catch (error) {
    signalGroup(group, 'SIGKILL');
    await child;
    output.end();
    throw error;
  }
}

/** Where a command's output goes: to its log with secrets hidden, and through the reader of its lines. */
class OutputLog {
  private readonly fd: number;
  private readonly streams: OutputStream[] = [];
  private readonly tail = new Tail();
  private lost: string | undefined;

  constructor(private readonly job: Job) {
    try {
      this.fd = openMaking(job.log, 'w');
    } catch (error) {
      throw new Failure('could-not-start', `the log cannot be written: ${(error as Error).message}`);
    }
  }

  /** One stream more: half a line of one is not continued by the other. */
  stream(): OutputStream {
    const made = new OutputStream(this.job, this.tail, (bytes) => this.write(bytes));
    this.streams.push(made);
    return made;
  }

  private write(bytes: Buffer): void {
    if (this.lost !== undefined) return;
    try {
      writeAll(this.fd, bytes);
    } catch (error) {
      // A full disk costs the log, not the command: what it writes itself is judged when it has ended.
      this.lost = String((error as Error).message);
    }
  }

  end(): readonly string[] {
    for (const stream of this.streams) stream.end();
    closeSync(this.fd);
    const tail = this.tail.lines;
    return this.lost === undefined
      ? tail
      : [...tail, `(the rest of the log could not be written: ${this.lost})`];
  }
}

/** One stream of a command's output. */
class OutputStream {
  private readonly redactor: Redactor;
  private readonly reader: LineReader;

  constructor(
    job: Job,
    tail: Tail,
    private readonly write: (bytes: Buffer) => void,
  ) {
    this.redactor = new Redactor(job.secrets);
    this.reader = new LineReader(job.onLine, tail);
  }

  take(chunk: Buffer): void {
    this.pass(this.redactor.take(chunk));
  }

  end(): void {
    this.pass(this.redactor.end());
    this.reader.end();
  }

  private pass(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.reader.take(bytes);
    this.write(bytes);
  }
}

/** Ends a process group that takes too long. */
class TimeLimit {
  reached = false;
  private readonly timer: NodeJS.Timeout | undefined;

  constructor(ms: number | undefined, group: number | undefined) {
    if (ms === undefined || group === undefined) return;
    // Node fires a longer timer at once; such a limit is as good as none.
    const most = 2 ** 31 - 1;
    this.timer = setTimeout(
      () => {
        this.reached = true;
        stopGroup(group, 'SIGTERM');
      },
      Math.min(ms, most),
    );
  }

  clear(): void {
    clearTimeout(this.timer);
  }
}

/** Asks a process group to end, and ends it after a grace period. */
export function stopGroup(group: number, signal: NodeJS.Signals): void {
  signalGroup(group, signal);
  const timer = setTimeout(() => signalGroup(group, 'SIGKILL'), graceMs);
  timer.unref();
}
