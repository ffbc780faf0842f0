// A TaskAttempt is one try of one task: command, outputs, checks, publication, record; or everything as it was before.
import { join } from 'node:path';
import { asksFirst, type Decision, sameOutputs, stateKey, type Task, type TaskRecord } from '@evalmake/core';
import { fixedPlaces, restoreAside, setAside } from './aside.ts';
import { type Attempt, prepareAttempt } from './attempt.ts';
import { discoveredParts } from './deps-file.ts';
import { Failure, messageOf } from './failure.ts';
import { keepFormer } from './former.ts';
import { InputGuard } from './input-guard.ts';
import { ChecksFailed, type Collected, collect, judgeAttempt, outputsOf } from './outcome.ts';
import { HalfPublished, publish, publishing } from './publish.ts';
import { remoteAttempt } from './remote-attempt.ts';
import { resultOf } from './result.ts';
import { answerRows, type RowsResult } from './rows-run.ts';
import { wantedOf } from './store.ts';
import { TaskCommand } from './task-command.ts';
import type { TaskEnd, TaskRunContext } from './task-run-context.ts';
import type { Waiting } from './waiting.ts';
import { isoTime } from './workspace.ts';

type Judged = Pick<TaskRecord, 'outputs' | 'checks'>;

/** One try of a task. */
export class TaskAttempt {
  private prepared: Attempt | undefined;
  private asideDone = false;
  private readonly started: number;
  private readonly command: TaskCommand;
  /** The folder in which results are kept that fail their checks and are not to be made again unasked. */
  kept: string | undefined;

  constructor(
    private readonly task: Task,
    private readonly decision: Decision,
    private readonly context: TaskRunContext,
    private readonly number: number,
  ) {
    this.started = context.workspace.options.nowMs();
    this.command = new TaskCommand({ task, decision, context, fp: this.fp });
  }

  /** The time now, ISO 8601. */
  now(): string {
    return isoTime(this.context.workspace.options.nowMs());
  }

  /** What the result cost, as a member of its record. */
  private get cost(): { readonly costUsd?: number } {
    const costUsd = this.command.payments.usageUsd;
    return costUsd === undefined ? {} : { costUsd };
  }

  /** Names the fingerprint of the attempt. */
  private get fp(): string {
    return stateKey(this.decision.fingerprint.parts, this.context.workspace.world.digest);
  }

  /** Whether nothing may make its results again unasked, as a whole; answers to rows are kept one by one. */
  private get isKept(): boolean {
    return asksFirst(this.task.target) && this.task.target.rows === undefined;
  }

  private get ms(): number {
    return Math.max(0, this.context.workspace.options.nowMs() - this.started);
  }

  /** Runs it to its end. @throws Failure, Waiting, DecideAnew, PartialMismatch, LockLost */
  async run(partial: readonly string[] | undefined): Promise<TaskEnd> {
    const { task, decision, context } = this;
    const { workspace, graph, onRunning } = context;
    workspace.journal.lock?.check();
    const remote = await remoteAttempt(task, decision, context);
    this.command.remote = remote;
    const attempt = prepareAttempt({ workspace, graph, task, decision, partial, own: remote?.own });
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
        ...(remote?.before === undefined ? {} : { remote: remote.before }),
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
    const judging = judgeAttempt(attempt, collected, { workspace, graph, onRunning });
    const judged = await this.judged(judging, (failed) => this.keep(attempt, collected, failed));
    const record = this.record(attempt, judged, rows);
    return await this.finish(attempt, collected, record);
  }

  /** What is recorded of it, by what it wrote and what its checks said. */
  private record(attempt: Attempt, judged: Judged, rows?: RowsResult): TaskRecord {
    const { task, decision, context } = this;
    return {
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
      ...(this.command.jobs.length === 0 ? {} : { jobs: this.command.jobs }),
    };
  }

  /** Runs the command, or answers the rows of a target that has them. */
  private async work(attempt: Attempt): Promise<RowsResult | undefined> {
    const { task, decision, context } = this;
    if (task.target.rows === undefined) {
      this.command.check(await this.command.run(attempt, attempt));
      return undefined;
    }
    const [answers, keys] = task.outputs.map((output) => attempt.places.output(output));
    return await answerRows({
      task,
      decision,
      context,
      now: () => this.now(),
      command: (frozen) => this.command.run(attempt, frozen),
      jobs: () => this.command.jobs,
      wait: () => {
        const { wait } = this.command;
        return wait === undefined ? undefined : { until: isoTime(wait.untilMs), text: wait.text };
      },
      check: (end) => this.command.check(end),
      places: { answers: answers as string, keys: keys as string },
    });
  }

  /** What the checks said; one that was told to end has said nothing about the outputs. */
  private async judged<T>(judging: Promise<T>, onFailure: (failed: ChecksFailed) => void): Promise<T> {
    try {
      return await judging;
    } catch (error) {
      if (this.context.stopping() && error instanceof Failure) throw new Failure('stopped', 'stopped');
      if (error instanceof ChecksFailed) onFailure(error);
      throw error;
    }
  }

  /** Keeps results that fail their checks; that they were is known also where there is no room for them. */
  private keep(attempt: Attempt, collected: Collected, { results: checks, facts }: ChecksFailed): void {
    if (!this.isKept) return;
    const { kept } = this.context.workspace;
    const record = this.record(attempt, { outputs: outputsOf(collected, facts), checks });
    this.kept = kept.place(record, this.decision.fingerprint.parts);
    const places = new Map([...collected.values()].flat().map(({ path, at }) => [path, at]));
    try {
      kept.keep(this.kept, record, (path) => places.get(path) ?? path);
    } catch (error) {
      const text = `what the attempt made cannot be kept in ${this.kept}: ${messageOf(error)}`;
      this.context.emit({ event: 'warn', at: this.now(), task: this.task.id, text });
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
    await this.command.payments.durable();
    const unkept = keepFormer(attempt, record, workspace);
    if (unkept !== undefined) context.emit({ event: 'warn', at: this.now(), task: task.id, text: unkept });
    const list = publishing(attempt, collected, { record, root: workspace.root });
    const durably = task.outputs.some((output) => output.kind !== 'file');
    await publish(list, { journal: workspace.journal, root: workspace.root, durably });
    workspace.store.forget(wantedOf(task, record.parts));
    if (this.isKept) workspace.kept.putOut(task.id, this.decision.fingerprint.parts);
    const written = Object.values(record.outputs).flat();
    workspace.snapshot.forget([...written.map((f) => f.path), ...list.remove]);
    this.command.payments.done();
    for (const dir of new Set([attempt.dir, attempt.given])) context.emptied(join(workspace.root, dir));
    const changed = !sameOutputs(this.decision.record, record);
    const { decision } = this;
    const { outputs } = record;
    const result = resultOf(task, { decision, outputs, told: this.command.metrics }, context);
    // Told when it is durable. The loop need not wait: what starts next waits for the same write.
    const durable = workspace.journal.durable();
    context.emitWhen(durable, {
      event: 'finished',
      at: this.now(),
      task: task.id,
      ms: this.ms,
      changed,
      ...this.cost,
      ...result,
    });
    return { ok: true, record, changed, durable };
  }

  /** Ends an attempt whose command is not done yet: nothing has failed, and what stood at fixed paths is put back. */
  waits({ untilMs, text }: Waiting): TaskEnd {
    const { task, context } = this;
    const { workspace, log } = context;
    workspace.journal.lock?.check();
    this.undo();
    const until = isoTime(untilMs);
    const { fp } = this;
    const { waitingJobs: jobs, left } = this.command;
    const remote = left === undefined ? {} : { remote: left };
    const line = {
      kind: 'waiting',
      message: text,
      at: this.now(),
      run: log.number,
      until,
      jobs,
      fp,
      ...remote,
    };
    workspace.journal.append('waiting', task.id, line);
    this.command.payments.flush();
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
    this.command.payments.flush();
    workspace.journal.lock?.check();
    if (failure instanceof HalfPublished) workspace.snapshot.forgetAll();
    else {
      this.undo();
      const known = ['stopped', 'input-moved', 'outcome-unknown'];
      const kind = known.includes(failure.kind) ? failure.kind : 'failed';
      const { message } = failure;
      const kept = this.kept === undefined ? {} : { kept: this.kept };
      // What its answers make is merged again at any time; only what was said of it is to be known.
      const judged = failure instanceof ChecksFailed && task.target.rows !== undefined;
      const checks = judged ? { checks: failure.results } : {};
      workspace.journal.append('failed', task.id, {
        kind,
        message,
        at: this.now(),
        fp: this.fp,
        ...kept,
        ...checks,
      });
    }
    context.emit({
      event: 'failed',
      at: this.now(),
      task: task.id,
      ms: this.ms,
      reason: failure.kind,
      message: failure.message,
      log: context.log.taskLog(task.id),
      tail: this.command.tail,
      retry,
    });
  }
}
