// A TaskCommand is the command of one attempt: started with today's secrets, heard while it runs, and judged by how it ended.
import { join } from 'node:path';
import type { Decision, Job, Submission, Task } from '@evalmake/core';
import { fixedPlaces } from './aside.ts';
import type { Attempt } from './attempt.ts';
import { commandEnv } from './check-outputs.ts';
import type { ChildLine } from './child-lines.ts';
import { exitText, Failure } from './failure.ts';
import type { Job as Command, JobEnd, Running } from './job.ts';
import { remoteAttempt as remoteLine } from './journal-line.ts';
import { Payments } from './payments.ts';
import type { RemoteAttempt } from './remote-attempt.ts';
import { readEnvFile } from './secrets.ts';
import type { TaskRunContext } from './task-run-context.ts';
import { notYet, outcomeUnknown, Waiting, waitMs } from './waiting.ts';
import { isoTime } from './workspace.ts';

/** When a job that goes on elsewhere is looked at again. */
const leftMs = 1000;

/** What a command is run for. */
export interface TaskCommandOptions {
  readonly task: Task;
  readonly decision: Decision;
  readonly context: TaskRunContext;
  /** Names the fingerprint of the attempt. */
  readonly fp: string;
}

/** What it said is kept here: of costs, jobs, metrics, and how long to wait. */
export class TaskCommand {
  tail: readonly string[] = [];
  readonly payments: Payments;
  readonly metrics: Record<string, number> = {};
  /** Those of the attempt that waited before count too. */
  readonly jobs: Job[] = [];
  wait: { readonly untilMs: number; readonly text: string } | undefined;
  /** Where it runs, when that is not this machine. */
  remote: RemoteAttempt | undefined;
  /** What goes on elsewhere, and is left for another build. */
  left: Submission | undefined;
  private readonly task: Task;
  private readonly context: TaskRunContext;

  constructor(private readonly options: TaskCommandOptions) {
    const { task, decision, context } = options;
    this.task = task;
    this.context = context;
    const { workspace, log, emit } = context;
    const last = workspace.world.records.lastAttempt(task.id);
    if (last?.kind === 'waiting')
      this.jobs.push(...(last.jobs ?? []).filter(({ id }) => id !== last.remote?.id));
    const { ledger, spending } = workspace;
    const now = () => this.now();
    const { estimate } = decision;
    this.payments = new Payments({ ledger, spending, task, estimate, run: log.number, now, emit });
  }

  /** What an attempt waits for: what its command told of, and the job that it is itself. */
  get waitingJobs(): readonly Job[] {
    return this.left === undefined ? this.jobs : [...this.jobs, ...(remoteLine(this.left).jobs ?? [])];
  }

  private now(): string {
    return isoTime(this.context.workspace.options.nowMs());
  }

  /** Tells a command that a person has forced it: what it may have bought counts as lost. */
  private get consent(): Record<string, string> {
    const forced = this.options.decision.reasons.some((r) => r.code === 'forced');
    return forced ? { EVALMAKE_FORCE: '1' } : {};
  }

  /** Starts the command and hears what it says, until it has ended. */
  async run(attempt: Attempt, what: Pick<Attempt, 'argv' | 'cwd' | 'env'>): Promise<JobEnd> {
    const { task, context } = this;
    const { workspace } = context;
    const fromFile = readEnvFile(workspace.root, task.target.envFile);
    const secrets: Record<string, string> = {};
    for (const name of task.target.secrets)
      secrets[name] = workspace.options.env[name] ?? fromFile[name] ?? '';
    const job: Command = {
      argv: what.argv,
      cwd: join(workspace.root, what.cwd),
      env: commandEnv(workspace, { ...secrets, ...what.env, ...this.consent }),
      secrets: Object.values(secrets),
      log: join(workspace.root, context.log.taskLog(task.id)),
      timeoutMs: task.target.timeoutMs,
      onLine: (line) => this.take(line),
      onSpawn: (pid, started) => {
        const value = {
          at: this.now(),
          run: context.log.number,
          host: workspace.machine.processes.host,
          pid,
          started,
          fp: this.options.fp,
          ...fixedPlaces(attempt, context.graph),
        };
        workspace.journal.append('spawned', task.id, value, false);
      },
    };
    const declared = new Set(Object.keys({ ...secrets, ...what.env, ...this.consent }));
    const running =
      this.remote === undefined
        ? await workspace.machine.start(job)
        : await this.elsewhere(this.remote, job, declared);
    context.onRunning(running);
    const end = await running.end;
    context.onRunning(undefined);
    this.tail = end.tail;
    if (end.left !== undefined) {
      this.left = this.remote?.submission;
      this.wait = { untilMs: workspace.options.nowMs() + leftMs, text: end.left };
    }
    if (end.leftovers)
      context.emit({
        event: 'warn',
        at: this.now(),
        task: task.id,
        text: 'the command left processes behind; they were ended',
      });
    return end;
  }

  /** Starts the command on a cluster. What is noted of it is durable before it can start, and before it counts as started. */
  private elsewhere(remote: RemoteAttempt, job: Command, declared: ReadonlySet<string>): Promise<Running> {
    const { task, context } = this;
    const { workspace } = context;
    const { journal, machine, root } = workspace;
    const { host } = machine.processes;
    const env = { ...job.env, EVALMAKE_ATTEMPT: remote.submission.token };
    const open = workspace.rows.attempts.find(task.id);
    const more = {
      task: task.id,
      group: task.target.name,
      declared,
      writes: open === undefined ? [] : [join(root, open.files.done)],
      detach: context.detach,
      note: async (submission: Submission) => {
        const { number: run } = context.log;
        const { fp } = this.options;
        journal.append('spawned', task.id, { at: this.now(), run, host, fp, remote: submission }, false);
        await journal.durable();
      },
      tell: (kind: 'note' | 'warn', text: string) =>
        context.emit({ event: kind, at: this.now(), task: task.id, text }),
    };
    return remote.start({ ...job, env }, more, root);
  }

  /**
   * What it means how a command ended.
   * @throws Waiting when it is not done yet, Failure when it did not end well
   */
  check(end: JobEnd): void {
    const { task, context } = this;
    if (end.left !== undefined && this.wait !== undefined)
      throw new Waiting(this.wait.untilMs, this.wait.text);
    if (context.stopping() && (end.signal !== null || end.code !== 0))
      throw new Failure('stopped', 'stopped');
    if (end.code === notYet && this.wait !== undefined) throw new Waiting(this.wait.untilMs, this.wait.text);
    if (end.code === outcomeUnknown && task.target.paid !== undefined)
      throw new Failure('outcome-unknown', end.tail.at(-1) ?? 'its command cannot know what was bought');
    if (end.error !== undefined) throw new Failure('could-not-start', end.error);
    if (end.cause !== undefined) {
      const { kind, text, begun } = end.cause;
      // Nobody has seen it end: it may have bought something, and may still be at it.
      const unknown =
        task.target.paid !== undefined && begun && (kind === 'node-fail' || kind === 'job-lost');
      throw new Failure(unknown ? 'outcome-unknown' : kind, text);
    }
    if (end.timedOut)
      throw new Failure(
        'timeout',
        `took longer than its timeout of ${(task.target.timeoutMs ?? 0) / 1000} s and was ended`,
      );
    if (end.signal === null && end.code === notYet)
      throw new Failure(
        'exit',
        `exit code ${notYet}, which means "not yet", without a line "evalmake:wait SECONDS TEXT" that says how long to wait`,
      );
    if (end.signal !== null || end.code !== 0)
      throw new Failure(end.signal === null ? 'exit' : 'signal', exitText(end.code, end.signal));
  }

  private take(line: ChildLine): void {
    const { task, context } = this;
    if (this.payments.heard(line)) return;
    if (line.kind === 'wait') {
      const { world, options } = context.workspace;
      const untilMs = options.nowMs() + waitMs(line.seconds, world.digest(task.id));
      this.wait = { untilMs, text: line.text };
    } else if (line.kind === 'job') {
      const { provider, id } = line;
      if (!this.jobs.some((j) => j.provider === provider && j.id === id))
        this.jobs.push({ provider, id, at: this.now() });
    }
    if (line.kind === 'progress')
      context.emit({
        event: 'progress',
        at: this.now(),
        task: task.id,
        done: line.done,
        of: line.of,
        text: line.text,
      });
    else if (line.kind === 'note' || line.kind === 'warn')
      context.emit({ event: line.kind, at: this.now(), task: task.id, text: line.text });
    else if (line.kind === 'metric') this.metrics[line.name] = line.value;
  }
}
