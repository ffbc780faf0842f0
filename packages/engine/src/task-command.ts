// A TaskCommand is the command of one attempt: started with today's secrets, heard while it runs, and judged by how it ended.
import { join } from 'node:path';
import type { Decision, Job, Task } from '@evalmake/core';
import { fixedPlaces } from './aside.ts';
import type { Attempt } from './attempt.ts';
import { commandEnv } from './check-outputs.ts';
import type { ChildLine } from './child-lines.ts';
import { exitText, Failure } from './failure.ts';
import type { JobEnd } from './job.ts';
import { Payments } from './payments.ts';
import { readEnvFile } from './secrets.ts';
import type { TaskRunContext } from './task-run-context.ts';
import { notYet, outcomeUnknown, Waiting, waitMs } from './waiting.ts';
import { isoTime } from './workspace.ts';

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
  private readonly task: Task;
  private readonly context: TaskRunContext;

  constructor(private readonly options: TaskCommandOptions) {
    const { task, decision, context } = options;
    this.task = task;
    this.context = context;
    const { workspace, log, emit } = context;
    const last = workspace.world.records.lastAttempt(task.id);
    if (last?.kind === 'waiting') this.jobs.push(...(last.jobs ?? []));
    const { ledger, spending } = workspace;
    const now = () => this.now();
    const { estimate } = decision;
    this.payments = new Payments({ ledger, spending, task, estimate, run: log.number, now, emit });
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
    const running = await workspace.machine.start({
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
    });
    context.onRunning(running);
    const end = await running.end;
    context.onRunning(undefined);
    this.tail = end.tail;
    if (end.leftovers)
      context.emit({
        event: 'warn',
        at: this.now(),
        task: task.id,
        text: 'the command left processes behind; they were ended',
      });
    return end;
  }

  /**
   * What it means how a command ended.
   * @throws Waiting when it is not done yet, Failure when it did not end well
   */
  check(end: JobEnd): void {
    const { task, context } = this;
    if (context.stopping() && (end.signal !== null || end.code !== 0))
      throw new Failure('stopped', 'stopped');
    if (end.code === notYet && this.wait !== undefined) throw new Waiting(this.wait.untilMs, this.wait.text);
    if (end.code === outcomeUnknown && task.target.paid !== undefined)
      throw new Failure('outcome-unknown', end.tail.at(-1) ?? 'its command cannot know what was bought');
    if (end.error !== undefined) throw new Failure('could-not-start', end.error);
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
