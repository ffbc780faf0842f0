// The local executor: a command in a process group of its own, its output in a log, its progress lines understood.

import type { Job, JobEnd, Running } from './job.ts';
import { OutputLog } from './output-log.ts';
import type { Processes } from './processes.ts';
import type { StartTimer } from './timer.ts';

/** How long a command that took too long has to end by itself. */
const graceMs = 5000;
/** How often it is looked whether a group, or what has left it, has ended. */
const lookMs = 20;
/** How long a pipe may be silent, after the command has ended, before it is asked who holds it; and how often then. */
const pipeMs = 250;
const pipeRounds = 4;

/** What starting and ending commands needs of a machine. */
export interface CommandMachine {
  readonly processes: Processes;
  readonly timer: StartTimer;
}

/** Starts a command. Its whole process group ends with it: nothing is left that could still write. */
export async function startLocal(job: Job, machine: CommandMachine): Promise<Running> {
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
  const pipes = [child.stdout, child.stderr].flatMap((p) => p ?? []);
  const exited = new Promise<void>((done) => {
    child.once('exit', () => done());
    child.once('error', () => done());
  });
  for (const stream of pipes) {
    const one = output.stream();
    stream.on('data', (chunk: Buffer) => one.take(chunk));
  }
  const group = child.pid;
  if (group === undefined) return { end: unstarted(child, output), signal: () => {} };
  await told({ job, group, child, output, machine });
  const command = new LocalCommand(job, group, machine);
  const end = command.ended(exited, { child, pipes }).then(async (leftovers): Promise<JobEnd> => {
    const result = await child;
    return {
      code: result.exitCode ?? null,
      signal: (result.signal as NodeJS.Signals | undefined) ?? null,
      timedOut: command.timedOut,
      tail: output.end(),
      leftovers,
    };
  });
  return { end, signal: (signal) => command.signal(signal) };
}

interface Telling {
  readonly job: Job;
  readonly group: number;
  readonly child: PromiseLike<unknown>;
  readonly output: OutputLog;
  readonly machine: CommandMachine;
}

/** Tells of a command that lives. When that cannot be written down, the command must not go on unknown. */
async function told({ job, group, child, output, machine }: Telling): Promise<void> {
  try {
    job.onSpawn(group, machine.processes.startTime(group));
  } catch (error) {
    machine.processes.signalGroup(group, 'SIGKILL');
    await child;
    output.end();
    throw error;
  }
}

/** A command that could not be started ends at once, and says why. */
async function unstarted(
  child: PromiseLike<{ originalMessage?: string | undefined; message?: string | undefined }>,
  output: OutputLog,
): Promise<JobEnd> {
  const result = await child;
  const error = String(result.originalMessage ?? result.message ?? 'it could not be started');
  return { code: null, signal: null, timedOut: false, tail: output.end(), leftovers: false, error };
}

/** A pipe on which a command writes. */
interface Pipe {
  on(event: 'data', heard: () => void): unknown;
  destroy(): unknown;
}

/** The processes of a command: its group, and what has left that group. */
class LocalCommand {
  timedOut = false;
  /** Whether it was told to end: then its group has time to do so, although the command itself may have ended. */
  private told = false;
  private cancel: () => void;

  constructor(
    private readonly job: Job,
    private readonly group: number,
    private readonly machine: CommandMachine,
  ) {
    const { timeoutMs } = job;
    this.cancel = timeoutMs === undefined ? () => {} : machine.timer(timeoutMs, () => this.timeOut());
  }

  signal(signal: NodeJS.Signals): void {
    this.told = true;
    this.machine.processes.signalGroup(this.group, signal);
  }

  private timeOut(): void {
    this.timedOut = true;
    this.signal('SIGTERM');
    this.cancel = this.machine.timer(graceMs, () => this.signal('SIGKILL'));
  }

  /**
   * Resolves when the command and everything it has started have ended. What is left without having been told to end is
   * killed: it could write into outputs that count as done.
   * @returns whether anything had to be killed
   */
  async ended(
    exited: Promise<void>,
    { child, pipes }: { child: Promise<{ failed: boolean }>; pipes: readonly Pipe[] },
  ): Promise<boolean> {
    const { processes } = this.machine;
    const { group } = this;
    await exited;
    if (!this.told) this.cancel();
    while (this.told && processes.signalGroup(group, 0)) await this.wait(lookMs);
    this.cancel();
    let leftovers = processes.signalGroup(group, 0) && processes.signalGroup(group, 'SIGKILL');
    if (this.told || leftovers) leftovers = (await this.endStrays()) || leftovers;
    // Who holds a pipe after that has left the group.
    const closed = child.then(() => true);
    let heard = false;
    for (const pipe of pipes)
      pipe.on('data', () => {
        heard = true;
      });
    for (let silent = 0; !(await this.within(pipeMs, closed)); heard = false) {
      silent = heard ? 0 : silent + 1;
      if (silent > 0) leftovers = (await this.endStrays()) || leftovers;
      if (silent >= pipeRounds) for (const pipe of pipes) pipe.destroy();
    }
    // One that failed may have left anything behind; one that ended well and closed its pipes is believed.
    if ((await child).failed) leftovers = (await this.endStrays()) || leftovers;
    return leftovers;
  }

  /** Kills processes that have left the group, as a daemon does: the attempt stands in their environment. */
  private async endStrays(): Promise<boolean> {
    const { processes } = this.machine;
    const token = this.job.env.EVALMAKE_ATTEMPT;
    if (token === undefined) return false;
    for (let found = false; ; found = true) {
      const groups = new Set(processes.marked(new Set([token])).map((m) => m.group));
      if (groups.size === 0) return found;
      for (const group of groups) processes.signalGroup(group, 'SIGKILL');
      await this.wait(lookMs);
    }
  }

  private wait(ms: number): Promise<void> {
    return new Promise((done) => {
      this.machine.timer(ms, done);
    });
  }

  /** Whether something happens within a time. */
  private within(ms: number, happened: Promise<boolean>): Promise<boolean> {
    return new Promise((done, fail) => {
      const cancel = this.machine.timer(ms, () => done(false));
      happened.then((answer) => {
        cancel();
        done(answer);
      }, fail);
    });
  }
}
