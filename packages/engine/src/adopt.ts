// Adopting: a person vouches for outputs as they lie there; they are judged and recorded as adopted, and nothing runs.
import {
  type CheckResult,
  checkDigestOf,
  compare,
  type Decision,
  type Event,
  type Parts,
  type Plan,
  type Problem,
  type Reason,
  recordFiles,
  sameOutputs,
  type Task,
  type TaskRecord,
  unproven,
  unprovenLabels,
} from '@evalmake/core';
import { type AdoptedTask, group, needsOf, plain, refused, unsettled } from './adopted-task.ts';
import { decideAnew } from './build-decide.ts';
import { judgePublished } from './check-published.ts';
import { listedParts } from './listed-inputs.ts';
import { mentionedSums } from './mentioned-sums.ts';
import { makePlan, type PlanRequest } from './planner.ts';
import { type PresentOutputs, presentOutputs } from './present-outputs.ts';
import { RecordsAhead } from './records-ahead.ts';
import { resultOf } from './result.ts';
import { isoTime, type Workspace } from './workspace.ts';

/** What to adopt. */
export interface AdoptOptions {
  readonly workspace: Workspace;
  /** Selects the tasks that were named; what they need is planned with them, and never adopted unasked. */
  readonly request: PlanRequest;
  readonly reason: string;
  /** Number of the run that the records name. */
  readonly run: number;
  /** Writes records; without it nothing is written and no command of a check is started. */
  readonly write: boolean;
  readonly emit: (event: Event, plan: Plan) => void;
}

/** What an adoption came to. */
export interface AdoptResult {
  readonly tasks: readonly AdoptedTask[];
  readonly plan: Plan | undefined;
  /** Whether records were written. */
  readonly wrote: boolean;
  readonly problems: readonly Problem[];
}

/**
 * Adopts the outputs of the named tasks, producers first, so that adopting one settles it for those that read it. Needs
 * the lock when it writes.
 * @throws Unreadable when a record cannot be written
 */
export async function adopt(options: AdoptOptions): Promise<AdoptResult> {
  return new Adopting(options).run();
}

class Adopting {
  private readonly ahead: RecordsAhead;
  private readonly workspace: Workspace;
  private readonly done = new Map<string, AdoptedTask>();
  private readonly events: Event[] = [];
  private wrote = false;
  private last: Plan | undefined;

  constructor(private readonly options: AdoptOptions) {
    const { workspace } = options;
    this.ahead = new RecordsAhead(workspace.world.records);
    this.workspace = { ...workspace, world: { ...workspace.world, records: this.ahead } };
  }

  async run(): Promise<AdoptResult> {
    for (;;) {
      const made = makePlan(this.workspace, this.options.request);
      const plan = made.value;
      if (plan === undefined) return this.broken(made.problems);
      this.last = plan;
      const { wanted } = this.options.request.select(plan.graph);
      // A task adopted now may settle others, and make a set known: they are planned anew.
      if (!(await this.round(plan, new Set(wanted)))) return this.result(plan, wanted);
    }
  }

  /** With a set that is known now, something named turned out not to exist. */
  private broken(problems: readonly Problem[]): AdoptResult {
    return { tasks: [...this.done.values()], plan: this.last, wrote: this.wrote, problems };
  }

  private result(plan: Plan, wanted: readonly number[]): AdoptResult {
    const chosen = new Set(wanted);
    const tasks = plan.graph.order.flatMap((index) => {
      if (!chosen.has(index)) return [];
      return this.done.get((plan.graph.tasks[index] as Task).id) ?? unsettled(plan, index);
    });
    return { tasks, plan, wrote: this.wrote, problems: [] };
  }

  /** Adopts what stands on settled ground. Returns whether anything was. */
  private async round(plan: Plan, wanted: ReadonlySet<number>): Promise<boolean> {
    for (const index of plan.graph.order) {
      const task = plan.graph.tasks[index] as Task;
      if (!wanted.has(index) || task.placeholder || this.done.has(task.id) || needsOf(plan, index).length > 0)
        continue;
      this.done.set(task.id, await this.one(plan, task));
    }
    const events = this.events.splice(0);
    if (events.length > 0 && this.options.write) await this.workspace.journal.durable();
    for (const event of events) this.options.emit(event, plan);
    return events.length > 0;
  }

  private async one(plan: Plan, task: Task): Promise<AdoptedTask> {
    const { workspace } = this;
    if (task.target.run === undefined) return group(plan, task);
    const decision = decideAnew(plan, task.index, workspace.snapshot);
    if (decision.verdict === 'fresh' && decision.reasons.length === 0) return plain(task, 'fresh');
    if (decision.fingerprint.missing.length > 0) return refused(task, decision.reasons);
    if (task.target.rows !== undefined) return this.rekeyed(plan, task, decision);
    if (task.outputs.length === 0)
      return refused(task, [], 'it declares no outputs: nothing lies there that could be adopted');
    const present = presentOutputs(task, decision.record, workspace);
    if (present.missing.length > 0) return refused(task, present.missing);
    const listed = listedParts(task, decision, { workspace, graph: plan.graph });
    if (typeof listed === 'string') return refused(task, [], listed);
    const judged = await this.judge(plan, task, { decision, present });
    const failed = judged.results.filter((c) => c.status === 'failed');
    if (failed.length > 0) return refused(task, failed.map(checkReason));
    const moved = this.moved(plan, task, { decision, present });
    if (moved.length > 0) return refused(task, moved, 'files changed while they were looked at: adopt again');
    const parts: Parts = { ...decision.fingerprint.parts, ...listed };
    return this.keep(
      task,
      decision,
      { parts, outputs: judged.outputs, checks: judged.results },
      judged.notRun,
    );
  }

  /**
   * Answers to rows count for what their rows ask today: of those whose question is the same, whatever else has changed.
   * Nothing is recorded as adopted: the next build makes the output of them, and pays nothing for it.
   */
  private rekeyed(plan: Plan, task: Task, decision: Decision): AdoptedTask {
    const { workspace } = this;
    const { write } = this.options;
    const at = isoTime(workspace.options.nowMs());
    const done = workspace.rows.rekey(task, decision, { at, write });
    if (write) decideAnew(plan, task.index, workspace.snapshot);
    const left = done.left === 0 ? 'nothing is left to ask' : `${done.left} rows are left to ask`;
    if (done.carried === 0)
      return refused(task, decision.reasons, `no answer could be carried over; ${left}`);
    return { ...plain(task, 'adopted'), text: `${done.carried} answers count for today's rows; ${left}` };
  }

  /** Runs the checks for real. A dry run takes those that start a command for passed, and says so. */
  private async judge(plan: Plan, task: Task, seen: Seen): Promise<Judged> {
    const { workspace } = this;
    const { write } = this.options;
    const { checks } = task.target;
    const left = write ? [] : checks.filter((c) => c.demand.kind === 'command');
    const run = checks.filter((c) => !left.includes(c));
    const judged = await judgePublished({
      workspace,
      graph: plan.graph,
      task: left.length === 0 ? task : { ...task, target: { ...task.target, checks: run } },
      outputs: seen.present.outputs,
      inputs: seen.decision.fingerprint.files,
    });
    const taken = left.map(
      (spec): CheckResult => ({ id: spec.id, digest: checkDigestOf(spec, workspace), status: 'passed' }),
    );
    return {
      results: [...judged.results, ...taken],
      outputs: judged.outputs,
      notRun: left.map((spec) => spec.id),
    };
  }

  /** What is no longer as it was when the checks began: nobody knows which of the two they saw. */
  private moved(plan: Plan, task: Task, { decision, present }: Seen): Reason[] {
    const now = decideAnew(plan, task.index, this.workspace.snapshot);
    const later = presentOutputs(task, undefined, this.workspace);
    const before = new Map(allFiles(present));
    const after = new Map(allFiles(later));
    const paths = [...new Set([...before.keys(), ...after.keys()])].filter(
      (p) => before.get(p) !== after.get(p),
    );
    return [
      ...compare(decision.fingerprint.parts, now.fingerprint.parts),
      ...paths.map((subject): Reason => ({ code: 'output-modified', root: true, subject })),
    ];
  }

  private keep(
    task: Task,
    decision: Decision,
    found: Pick<TaskRecord, 'parts' | 'outputs' | 'checks'>,
    notRun: readonly string[],
  ): AdoptedTask {
    const base = decision.record;
    const { snapshot } = this.workspace;
    const open = unproven(task, base, { parts: found.parts, snapshot });
    const at = isoTime(this.workspace.options.nowMs());
    // Its record proves all but the checks, and these have just passed: nobody needs to vouch for anything.
    if (base !== undefined && open.length === 0) {
      this.record({ ...base, outputs: found.outputs, checks: found.checks });
      this.events.push({ event: 'rechecked', at, task: task.id, passed: true });
      return { ...plain(task, 'fresh'), text: 'its checks were looked at again and hold', notRun };
    }
    const { reason, run } = this.options;
    const record: TaskRecord = {
      task: task.id,
      target: task.target.name,
      ...found,
      at,
      run,
      ms: 0,
      adopted: reason,
      unproven: unprovenLabels(open),
    };
    // How long it took and what it cost is known of the very files that the run made.
    const made = base !== undefined && sameOutputs(base, record);
    const cost = made && base.costUsd !== undefined ? { costUsd: base.costUsd } : {};
    this.record(made ? { ...record, ms: base.ms, ...cost } : record);
    const emit = (event: Event) => void this.events.push(event);
    const { graph } = this.last as Plan;
    const result = resultOf(
      task,
      { decision, outputs: found.outputs },
      { workspace: this.workspace, graph, emit },
    );
    emit({ event: 'adopted', at, task: task.id, reason, unproven: open, ...result });
    const over = base?.adopted === undefined ? {} : { over: { at: base.at, reason: base.adopted } };
    const mentioned = base === undefined && this.mentioned(task, record);
    const mentionedIn = mentioned && task.manifest !== undefined ? { mentionedIn: task.manifest } : {};
    return { ...plain(task, 'adopted'), unproven: open, ...over, ...mentionedIn, notRun };
  }

  /** Whether the task's manifest, of whatever version, mentions every file: it says which files were meant, not how they were made. */
  private mentioned({ manifest }: Task, record: TaskRecord): boolean {
    if (manifest === undefined) return false;
    const sums = mentionedSums(this.workspace.manifests.content(manifest));
    return recordFiles(record).every((f) => sums.has(f.digest.replace('sha256:', '')));
  }

  private record(made: TaskRecord): void {
    const { source: _, ...record } = made;
    if (this.options.write) {
      this.workspace.journal.open();
      this.workspace.journal.append('finished', record.task, record, false);
      this.wrote = true;
    }
    this.ahead.put({ ...record, source: 'journal' });
  }
}

interface Seen {
  readonly decision: Decision;
  readonly present: PresentOutputs;
}

interface Judged extends Pick<TaskRecord, 'outputs'> {
  readonly results: readonly CheckResult[];
  readonly notRun: readonly string[];
}

function allFiles({ outputs }: PresentOutputs): [string, string][] {
  return Object.values(outputs)
    .flat()
    .map(({ path, digest }) => [path, digest]);
}

function checkReason({ id, message }: CheckResult): Reason {
  return { code: 'check-failed', root: true, subject: `${id}: ${message ?? 'failed'}` };
}
