// Running one task: attempt, command, outputs, checks, publication, record; and on failure everything as it was before.
import { join } from 'node:path';
import { type Decision, type Job, sameOutputs, type Task, type TaskRecord } from '@evalmake/core';
import { fixedPlaces, restoreAside, setAside } from './aside.ts';
import { type Attempt, prepareAttempt, stateKey } from './attempt.ts';
import { commandEnv } from './check-outputs.ts';
import type { ChildLine } from './child-lines.ts';
import { discoveredParts } from './deps-file.ts';
import { exitText, Failure } from './failure.ts';
import { LockLost } from './held-lock.ts';
import { InputGuard } from './input-guard.ts';
import type { JobEnd } from './job.ts';
import { type Collected, collect, judgeAttempt, PartialMismatch } from './outcome.ts';
import { Payments } from './payments.ts';
import { HalfPublished, publish, publishing } from './publish.ts';
import { answerRows, DecideAnew, type RowsResult } from './rows-run.ts';
import { readEnvFile } from './secrets.ts';
import type { TaskEnd, TaskRunContext } from './task-run-context.ts';
import { notYet, outcomeUnknown, Waiting, waitMs } from './waiting.ts';
import { isoTime } from './workspace.ts';

/**
 * Runs a task with its retries. Never throws for what a command or the disk does.
 * @throws LockLost when somebody else has become the writer: then nothing is touched any more
 */
export async function runTask(task: Task, decision: Decision, context: TaskRunContext): Promise<TaskEnd> {
  let partial = task.target.rebuild === 'missing' ? decision.partial : undefined;
  for (let attempt = 1; ; ) {
    const one = new TaskAttempt(task, decision, context, attempt);
    try {
      return await one.run(partial);
    } catch (error) {
      if (error instanceof LockLost) throw error;
      if (error instanceof Waiting) return one.waits(error);
      if (error instanceof DecideAnew) {
        one.undo();
        return { ok: false, reason: 'collected', message: '' };
      }
      if (error instanceof PartialMismatch && partial !== undefined) {
        partial = undefined;
        one.undo();
        context.emit({
          event: 'note',
          at: one.now(),
          task: task.id,
          text: `${error.message} came out different: the whole set is built again`,
        });
        continue;
      }
      const failure =
        error instanceof Failure
          ? error
          : new Failure('could-not-start', String((error as Error).message ?? error));
      const again =
        !['stopped', 'outcome-unknown'].includes(failure.kind) && !(failure instanceof HalfPublished);
      const retry = attempt <= task.target.retries && again && context.mayStart();
      one.fail(failure, retry);
      const asks = failure.kind === 'outcome-unknown';
      if (!retry) return { ok: false, reason: failure.kind, message: failure.message, asks };
      attempt++;
    }
  }
}

class TaskAttempt {
  private prepared: Attempt | undefined;
  private asideDone = false;
  private readonly started: number;
  private tail: readonly string[] = [];
  private readonly payments: Payments;
  private readonly metrics: Record<string, number> = {};
  private readonly jobs: Job[] = [];
  private wait: { readonly untilMs: number; readonly text: string } | undefined;

  constructor(
    private readonly task: Task,
    private readonly decision: Decision,
    private readonly context: TaskRunContext,
    private readonly number: number,
  ) {
    const { workspace, log, emit } = context;
    this.started = workspace.options.nowMs();
    const last = workspace.world.records.lastAttempt(task.id);
    if (last?.kind === 'waiting') this.jobs.push(...(last.jobs ?? []));
    const { ledger, spending } = workspace;
    const now = () => this.now();
    const { estimate } = decision;
    this.payments = new Payments({ ledger, spending, task, estimate, run: log.number, now, emit });
  }

  now(): string {
    return isoTime(this.context.workspace.options.nowMs());
  }

  /** What the result cost, as a member of its record. */
  private get cost(): { readonly costUsd?: number } {
    const costUsd = this.payments.usageUsd;
    return costUsd === undefined ? {} : { costUsd };
  }

  /** Tells a command that a person has forced it: what it may have bought counts as lost. */
  private get consent(): Record<string, string> {
    return this.decision.reasons.some((r) => r.code === 'forced') ? { EVALMAKE_FORCE: '1' } : {};
  }

  /** Names the fingerprint of the attempt. */
  private get fp(): string {
    return stateKey(this.decision.fingerprint.parts, this.context.workspace.world.digest);
  }

  private get ms(): number {
    return Math.max(0, this.context.workspace.options.nowMs() - this.started);
  }

  async run(partial: readonly string[] | undefined): Promise<TaskEnd> {
    const { task, decision, context } = this;
    const { workspace, graph, onRunning } = context;
    workspace.journal.lock?.check();
    const attempt = prepareAttempt({ workspace, graph, task, decision, partial });
    this.prepared = attempt;
    const guard = new InputGuard(decision, workspace);
    workspace.journal.append(
      'started',
      task.id,
      {
        at: this.now(),
        run: context.log.number,
        host: workspace.machine.processes.host,
        fp: this.fp,
        ...fixedPlaces(attempt, graph),
      },
      false,
    );
    await workspace.journal.durable();
    if (context.stopping()) throw new Failure('stopped', 'stopped');
    workspace.journal.lock?.check();
    setAside(attempt, workspace.root);
    this.asideDone = true;
    context.emit({
      event: 'started',
      at: this.now(),
      task: task.id,
      reasons: decision.reasons,
      attempt: this.number,
    });
    const rows = await this.work(attempt);
    guard.verify();
    const collected = await collect(attempt, graph, workspace.root);
    const judged = await this.judged(judgeAttempt(attempt, collected, { workspace, graph, onRunning }));
    const record: TaskRecord = {
      task: task.id,
      target: task.target.name,
      parts: { ...decision.fingerprint.parts, ...this.discovered(attempt) },
      outputs: judged.outputs,
      checks: judged.checks,
      at: this.now(),
      run: context.log.number,
      ms: this.ms,
      ...this.cost,
      ...(rows === undefined ? {} : { rows }),
      ...(this.jobs.length === 0 ? {} : { jobs: this.jobs }),
    };
    return await this.finish(attempt, collected, record);
  }

  /** Runs the command, or answers the rows of a target that has them. */
  private async work(attempt: Attempt): Promise<RowsResult | undefined> {
    const { task, decision, context } = this;
    if (task.target.rows === undefined) {
      this.check(await this.command(attempt, attempt));
      return undefined;
    }
    const [answers, keys] = task.outputs.map((output) => attempt.places.output(output));
    return await answerRows({
      task,
      decision,
      context,
      now: () => this.now(),
      command: (frozen) => this.command(attempt, frozen),
      jobs: () => this.jobs,
      wait: () =>
        this.wait === undefined ? undefined : { until: isoTime(this.wait.untilMs), text: this.wait.text },
      check: (end) => this.check(end),
      places: { answers: answers as string, keys: keys as string },
    });
  }

  /** What the checks said; one that was told to end has said nothing about the outputs. */
  private async judged<T>(judging: Promise<T>): Promise<T> {
    try {
      return await judging;
    } catch (error) {
      if (this.context.stopping() && error instanceof Failure) throw new Failure('stopped', 'stopped');
      throw error;
    }
  }

  /** What the command has listed in its deps file, less what it wrote itself. */
  private discovered(attempt: Attempt): Record<string, string> {
    if (attempt.depsFile === undefined) return {};
    const own = new Set(this.task.outputs.map((o) => o.path));
    const skip = (path: string) => own.has(path) || path.startsWith(`${attempt.dir}/`);
    return discoveredParts(attempt.depsFile, this.context.workspace, skip);
  }

  /** Publishes and records; from here on the task is done. */
  private async finish(attempt: Attempt, collected: Collected, record: TaskRecord): Promise<TaskEnd> {
    const { task, context } = this;
    const { workspace } = context;
    await this.payments.durable();
    const list = publishing(attempt, collected, { record, root: workspace.root });
    const durably = task.outputs.some((output) => output.kind !== 'file');
    await publish(list, { journal: workspace.journal, root: workspace.root, durably });
    const written = Object.values(record.outputs).flat();
    workspace.snapshot.forget([...written.map((f) => f.path), ...list.remove]);
    this.payments.done();
    context.emptied(join(workspace.root, attempt.dir));
    const changed = !sameOutputs(this.decision.record, record);
    // Told when it is durable. The loop need not wait: what starts next waits for the same write.
    const durable = workspace.journal.durable();
    context.emitWhen(durable, {
      event: 'finished',
      at: this.now(),
      task: task.id,
      ms: this.ms,
      changed,
      ...this.cost,
      ...(Object.keys(this.metrics).length === 0 ? {} : { metrics: this.metrics }),
    });
    return { ok: true, record, changed, durable };
  }

  private async command(attempt: Attempt, what: Pick<Attempt, 'argv' | 'cwd' | 'env'>): Promise<JobEnd> {
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
          fp: this.fp,
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

  private check(end: JobEnd): void {
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

  /** Ends an attempt whose command is not done yet: nothing has failed, and what stood at fixed paths is put back. */
  waits({ untilMs, text }: Waiting): TaskEnd {
    const { task, context } = this;
    const { workspace, log } = context;
    workspace.journal.lock?.check();
    this.undo();
    const until = isoTime(untilMs);
    const { jobs, fp } = this;
    const line = { kind: 'waiting', message: text, at: this.now(), run: log.number, until, jobs, fp };
    workspace.journal.append('waiting', task.id, line);
    this.payments.flush();
    context.emit({ event: 'waiting', at: this.now(), task: task.id, until, text, jobs });
    return { ok: false, reason: 'waiting', message: text, untilMs };
  }

  /** Puts what stands at fixed paths back as it was before. */
  undo(): void {
    if (this.prepared === undefined || !this.asideDone) return;
    const { workspace, graph } = this.context;
    workspace.journal.lock?.check();
    restoreAside(this.prepared, graph, workspace.root);
    workspace.snapshot.forget(this.task.outputs.map((o) => o.path));
    const before = this.decision.record;
    if (before !== undefined)
      workspace.snapshot.forget(
        Object.values(before.outputs)
          .flat()
          .map((f) => f.path),
      );
  }

  /** Puts everything back as it was and records the failure. What was written stays in the attempt's folder to look at. */
  fail(failure: Failure, retry: boolean): void {
    const { task, context } = this;
    const { workspace } = context;
    this.payments.flush();
    workspace.journal.lock?.check();
    if (failure instanceof HalfPublished) workspace.snapshot.forgetAll();
    else {
      this.undo();
      const known = ['stopped', 'input-moved', 'outcome-unknown'];
      const kind = known.includes(failure.kind) ? failure.kind : 'failed';
      const { message } = failure;
      workspace.journal.append('failed', task.id, { kind, message, at: this.now(), fp: this.fp });
    }
    context.emit({
      event: 'failed',
      at: this.now(),
      task: task.id,
      ms: this.ms,
      reason: failure.kind,
      message: failure.message,
      log: context.log.taskLog(task.id),
      tail: this.tail,
      retry,
    });
  }
}
