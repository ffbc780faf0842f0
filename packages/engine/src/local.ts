// The local executor: a command in a process group of its own, its output in a log, its progress lines understood.
import { closeSync } from 'node:fs';
import { type ChildLine, LineReader } from './child-lines.ts';
import { openMaking, writeAll } from './disk.ts';
import { signalGroup, startTime } from './process-id.ts';
import { Redactor } from './secrets.ts';

/** What to start. */
export interface Job {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: string;
  /** Values that must not reach the log. */
  readonly secrets: readonly string[];
  readonly timeoutMs: number | undefined;
  readonly onLine: (line: ChildLine) => void;
  /** Called with the process group once the command lives. */
  readonly onSpawn: (group: number, started: string) => void;
}

/** How it ended. */
export interface JobEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  /** The last lines of its output. */
  readonly tail: readonly string[];
  /** Why it could not be started, when it could not. */
  readonly error?: string;
  /** Whether processes of its group had to be killed after the command itself had ended. */
  readonly leftovers: boolean;
}

/** A running command. */
export interface Running {
  readonly end: Promise<JobEnd>;
  signal(signal: NodeJS.Signals): void;
}

const graceMs = 5000;

/** Starts a command. Its whole process group ends with it: nothing is left that could still write. */
export async function startLocal(job: Job): Promise<Running> {
  const { execa } = await import('execa');
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
  const output = new OutputLog(job);
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => output.take(chunk));
  const group = child.pid;
  if (group !== undefined) job.onSpawn(group, startTime(group));
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

/** Where a command's output goes: to its log with secrets hidden, and through the reader of its lines. */
class OutputLog {
  private readonly fd: number;
  private readonly redactor: Redactor;
  private readonly reader: LineReader;
  private lost: string | undefined;

  constructor(job: Job) {
    this.fd = openMaking(job.log, 'w');
    this.redactor = new Redactor(job.secrets);
    this.reader = new LineReader(job.onLine);
  }

  take(chunk: Buffer): void {
    this.write(this.redactor.take(chunk));
  }

  private write(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.reader.take(bytes);
    if (this.lost !== undefined) return;
    try {
      writeAll(this.fd, bytes);
    } catch (error) {
      // A full disk costs the log, not the command: what it writes itself is judged when it has ended.
      this.lost = String((error as Error).message);
    }
  }

  end(): readonly string[] {
    this.write(this.redactor.end());
    closeSync(this.fd);
    const tail = this.reader.end();
    return this.lost === undefined
      ? tail
      : [...tail, `(the rest of the log could not be written: ${this.lost})`];
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
