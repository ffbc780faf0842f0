// Judging again: kept results go where their attempt had written them, are judged by the checks of today, and published.
import { join } from 'node:path';
import {
  type Decision,
  type KeptResult,
  recordFiles,
  sameOutputs,
  stateKey,
  type Task,
  type TaskRecord,
} from '@evalmake/core';
import { fixedPlaces, isStaged, restoreAside, setAside } from './aside.ts';
import { type Attempt, prepareAttempt } from './attempt.ts';
import { Failure, messageOf } from './failure.ts';
import { keepFormer } from './former.ts';
import { LockLost } from './held-lock.ts';
import { InputGuard } from './input-guard.ts';
import { ChecksFailed, type Collected, judgeAttempt, type Written } from './outcome.ts';
import { contentOf, HalfPublished, publish, publishing } from './publish.ts';
import { prepareApart } from './restore.ts';
import { resultOf } from './result.ts';
import { wantedOf } from './store.ts';
import type { TaskEnd, TaskRunContext } from './task-run-context.ts';
import { isoTime } from './workspace.ts';

/**
 * Judges kept results again, those made last first, and publishes the first that passes. No command of the task runs. When
 * none passes, what its checks said is noted, a person is asked, and all of them stay.
 * @throws LockLost when somebody else has become the writer
 */
export async function rejudgeTask(task: Task, decision: Decision, context: TaskRunContext): Promise<TaskEnd> {
  const failures: string[] = [];
  for (const kept of decision.kept ?? []) {
    const one = new Rejudging(task, { decision, kept, context });
    try {
      return await one.run();
    } catch (error) {
      if (error instanceof LockLost) throw error;
      const failure = one.failed(error);
      if (failure.kind !== 'check-failed')
        return { ok: false, reason: failure.kind, message: failure.message };
      failures.push(failure.message);
    }
  }
  const at = isoTime(context.workspace.options.nowMs());
  context.emit({ event: 'rechecked', at, task: task.id, passed: false });
  return { ok: false, reason: 'check-failed', message: failures.join('; '), asks: true };
}

/** What was kept is not there any more as it was made. */
class NotAsKept extends Failure {}

interface RejudgingOptions {
  readonly decision: Decision;
  readonly kept: KeptResult;
  readonly context: TaskRunContext;
}

/** One kept result on its way: like an attempt whose command copies files. */
class Rejudging {
  /** Of one that is put in place: what has been saved. */
  private aside: Attempt | undefined;

  constructor(
    private readonly task: Task,
    private readonly options: RejudgingOptions,
  ) {}

  private get now(): string {
    return isoTime(this.options.context.workspace.options.nowMs());
  }

  /** What lines of the journal say of it: a crash leaves nothing that may have been bought. */
  private get line(): { readonly fp: string; readonly kept: string; readonly restore: true } {
    const { decision, kept, context } = this.options;
    const fp = stateKey(decision.fingerprint.parts, context.workspace.world.digest);
    return { fp, kept: kept.folder, restore: true };
  }

  /** A command may look at the very places of outputs: then they are put there first, as the attempt had done. */
  private get inPlace(): boolean {
    const { task } = this;
    const { graph } = this.options.context;
    const fixed = task.outputs.some((output) => !isStaged(task, output, graph));
    return fixed && task.target.checks.some((c) => c.demand.kind === 'command');
  }

  /** Judges and publishes it. @throws Failure, LockLost, or what the disk says */
  async run(): Promise<TaskEnd> {
    const { task, inPlace } = this;
    const { decision, kept, context } = this.options;
    const { workspace, graph, onRunning, log } = context;
    const { root, journal, machine } = workspace;
    journal.lock?.check();
    const attempt = inPlace
      ? prepareAttempt({ workspace, graph, task, decision, partial: undefined })
      : prepareApart(task, decision, context);
    const guard = new InputGuard(decision, workspace);
    const { host } = machine.processes;
    const places = inPlace ? fixedPlaces(attempt, graph) : {};
    const begun = { at: this.now, run: log.number, host, ...this.line, ...places };
    journal.append('started', task.id, begun, false);
    await journal.durable();
    if (context.stopping()) throw new Failure('stopped', 'stopped');
    journal.lock?.check();
    if (inPlace) {
      setAside(attempt, root);
      this.aside = attempt;
    }
    const collected = this.brought(attempt);
    const judged = await judgeAttempt(attempt, collected, { workspace, graph, onRunning });
    guard.verify();
    if (context.stopping()) throw new Failure('stopped', 'stopped');
    const { source: _, ...plain } = kept.record;
    return await this.finish(attempt, collected, { ...plain, ...judged, at: this.now, run: log.number });
  }

  /** Copies the files durably to where they are judged, and looks at each byte of them. */
  private brought({ dir }: Attempt): Collected {
    const { task, inPlace } = this;
    const { kept, context } = this.options;
    const { workspace, graph } = context;
    const { root } = workspace;
    const found = task.outputs.map((output) => {
      const before = inPlace && !isStaged(task, output, graph) ? '' : `${dir}/out/`;
      const files = kept.record.outputs[output.name] ?? [];
      return [output, files.map((file): Written => ({ ...file, at: `${before}${file.path}` }))] as const;
    });
    for (const { path, at, digest } of found.flatMap(([, files]) => files)) {
      workspace.kept.bring(kept, path, join(root, at));
      if (contentOf(join(root, at).replace(/\/$/, '')) !== digest)
        throw new NotAsKept('check-failed', `what was kept in ${kept.folder} is damaged`);
    }
    return new Map(found);
  }

  /** Publishes and records, as for an attempt; the money was counted when it was spent. */
  private async finish(attempt: Attempt, collected: Collected, record: TaskRecord): Promise<TaskEnd> {
    const { task } = this;
    const { decision, context } = this.options;
    const { workspace } = context;
    const { root, journal, snapshot } = workspace;
    const unkept = keepFormer(attempt, record, workspace);
    if (unkept !== undefined) context.emit({ event: 'warn', at: this.now, task: task.id, text: unkept });
    const list = publishing(attempt, collected, { record, root });
    const durably = task.outputs.some((output) => output.kind !== 'file');
    await publish(list, { journal, root, durably });
    workspace.store.forget(wantedOf(task, record.parts));
    snapshot.forget([...recordFiles(record).map((f) => f.path), ...list.remove]);
    context.emptied(join(root, attempt.dir));
    const changed = !sameOutputs(decision.record, record);
    const result = resultOf(task, { decision, outputs: record.outputs }, context);
    const durable = journal.durable();
    context.emitWhen(durable, { event: 'rechecked', at: this.now, task: task.id, passed: true, ...result });
    return { ok: true, record, changed, again: true, durable };
  }

  /** Puts everything back as it was, and notes what has become of it. What was kept stays where it is. */
  failed(error: unknown): Failure {
    const { workspace } = this.options.context;
    let failure = this.failureOf(error);
    workspace.journal.lock?.check();
    if (failure instanceof HalfPublished) workspace.snapshot.forgetAll();
    else {
      this.undo();
      failure = this.noted(failure);
      const known = failure.kind === 'stopped' || failure.kind === 'input-moved';
      const kind = known ? failure.kind : 'failed';
      const line = { kind, message: failure.message, at: this.now, ...this.line };
      workspace.journal.append('failed', this.task.id, line);
    }
    if (failure.kind !== 'check-failed') this.tell(failure);
    return failure;
  }

  private failureOf(error: unknown): Failure {
    // A check that was told to end has said nothing about what was kept.
    if (this.options.context.stopping() && error instanceof Failure && !(error instanceof HalfPublished))
      return new Failure('stopped', 'stopped');
    if (error instanceof Failure) return error;
    return new Failure('publish', `what was kept could not be judged again: ${messageOf(error)}`);
  }

  /** Writes down what the checks said, or that the files are damaged: only then nobody looks at it again for nothing. */
  private noted(failure: Failure): Failure {
    const { kept, context } = this.options;
    try {
      if (failure instanceof ChecksFailed) context.workspace.kept.judged(kept, failure.results);
      if (failure instanceof NotAsKept) context.workspace.kept.damaged(kept);
      return failure;
    } catch (error) {
      return new Failure('publish', `${failure.message}; that could not be noted: ${messageOf(error)}`);
    }
  }

  private undo(): void {
    if (this.aside === undefined) return;
    const { workspace, graph } = this.options.context;
    restoreAside(this.aside, graph, workspace.root);
    const before = this.options.decision.record;
    workspace.snapshot.forget(this.task.outputs.map((o) => o.path));
    if (before !== undefined) workspace.snapshot.forget(recordFiles(before).map((f) => f.path));
  }

  private tell({ kind: reason, message }: Failure): void {
    const { emit } = this.options.context;
    emit({ event: 'failed', at: this.now, task: this.task.id, ms: 0, reason, message, retry: false });
  }
}
