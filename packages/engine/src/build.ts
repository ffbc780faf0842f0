// The build: the one loop that starts what is ready, takes in what has ended, and advances the plan.
import {
  acceptedRecord, advance, type Decision, decideNow, type EndCounts, type Event, hasErrors, type Plan, type Problem, type Task,
  type TaskRecord, verdictCounts,
} from '@evalmake/core'; // biome-ignore format: a list of names
import { removeFolder } from './disk.ts';
import type { Running } from './local.ts';
import { Outbox } from './outbox.ts';
import { makePlan, type PlanRequest } from './planner.ts';
import { plannedTasks } from './planned.ts';
import { ReadyQueues } from './ready.ts';
import { recheckTask } from './recheck.ts';
import type { RunLog } from './run-log.ts';
import { Stages } from './stages.ts';
import { runTask, type TaskEnd } from './task-run.ts';
import { isoTime, type Workspace } from './workspace.ts';

/** How to build. */
export interface BuildOptions {
  readonly workspace: Workspace;
  readonly request: PlanRequest;
  readonly plan: Plan;
  readonly jobs: number;
  readonly keepGoing: boolean;
  readonly log: RunLog;
  readonly emit: (event: Event) => void;
}

/** What a build came to. */
export interface BuildResult {
  readonly exit: number;
  readonly counts: EndCounts;
  readonly plan: Plan;
  readonly problems: readonly Problem[];
}

/** A running build that can be stopped. */
export class Build {
  private plan: Plan;
  private readonly outbox: Outbox;
  private stages: Stages;
  private queues: ReadyQueues;
  private readonly running = new Map<string, Running | undefined>();
  private readonly carried = new Map<string, 'running' | 'failed' | 'done'>();
  private readonly problems: Problem[] = [];
  private readonly ends: { task: Task; end: TaskEnd }[] = [];
  private wake: (() => void) | undefined;
  private signal: NodeJS.Signals | undefined;
  private stopStarting = false;
  private replanFor: string | undefined;
  private ran = 0;
  private cutOff = 0;
  private rechecked = 0;
  private failed = 0;
  private flushedAt = 0;
  /** Folders of attempts that are over. Removing each at once would wait for every other task's fdatasync. */
  private readonly folders: string[] = [];
  /** Writes that go on beside the loop; a build ends when they have. */
  private readonly pending = new Set<Promise<void>>();
  private readonly started: number;

  constructor(private readonly options: BuildOptions) {
    this.plan = options.plan;
    this.outbox = new Outbox(options.emit);
    this.stages = new Stages(options.workspace, options.plan.graph);
    this.queues = new ReadyQueues(options.plan, options.jobs);
    this.started = options.workspace.options.nowMs();
    this.flushedAt = this.started;
  }

  private emit(event: Event): void {
    this.outbox.push(event);
  }

  private now(): string {
    return isoTime(this.options.workspace.options.nowMs());
  }

  /** Stops a build: the first time starts nothing more and passes the signal on, the second time ends everything. */
  stop(signal: NodeJS.Signals): void {
    const again = this.signal !== undefined;
    this.signal ??= signal;
    this.stopStarting = true;
    for (const running of this.running.values()) running?.signal(again ? 'SIGKILL' : signal);
    if (!again) {
      const timer = setTimeout(() => this.stop(signal), 10_000);
      timer.unref();
    }
    this.wake?.();
  }

  /** Runs until nothing can be started any more. `last` is given the final plan before the end is told. */
  async run(last: (plan: Plan) => void = () => {}): Promise<BuildResult> {
    const { workspace, log } = this.options;
    this.emit({
      event: 'planned', version: 1, run: log.number, at: this.now(), pipeline: workspace.pipeline.name,
      counts: verdictCounts(this.plan), tasks: plannedTasks(this.plan),
    }); // biome-ignore format: one event
    this.stages.touchStale();
    const refused = !this.options.keepGoing && this.missingInputs();
    if (!refused) await this.loop();
    this.stages.flush(new Set());
    for (const folder of this.folders.splice(0)) removeFolder(folder);
    workspace.files.save();
    const result: BuildResult = { exit: this.exitCode(), counts: this.counts(), plan: this.plan, problems: this.problems };
    last(this.plan);
    this.emit({ event: 'ended', at: this.now(), exit: result.exit, ms: workspace.options.nowMs() - this.started, counts: result.counts });
    return result;
  }

  /** A source that is missing is found before hour three: nothing is started unless the user said to keep going. */
  private missingInputs(): boolean {
    return this.plan.decisions.some((d) => d?.verdict === 'blocked' && d.reasons.some((r) => r.code === 'input-missing' || r.code === 'secret-missing'));
  }

  private async loop(): Promise<void> {
    for (;;) {
      this.startReady();
      if (this.running.size === 0 && this.ends.length === 0 && this.pending.size > 0) await Promise.all(this.pending);
      if (this.running.size === 0 && this.ends.length === 0) {
        if (this.replanFor !== undefined && !this.stopStarting && this.replan()) continue;
        return;
      }
      if (this.ends.length === 0) {
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
        this.wake = undefined;
      }
      for (const { task, end } of this.ends.splice(0)) this.take(task, end);
      this.flushSometimes();
      if (this.replanFor !== undefined && this.setsAreKnown(this.replanFor) && !this.stopStarting) this.replan();
    }
  }

  private startReady(): void {
    while (!this.stopStarting) {
      const index = this.queues.next((i) => this.held(i));
      if (index === undefined) return;
      this.startOne(index);
    }
  }

  /** An instance whose set may have changed waits until it is known whether it still exists. */
  private held(index: number): boolean {
    const task = this.plan.graph.tasks[index] as Task;
    if (task.placeholder) {
      this.replanFor ??= (this.plan.graph.tasks[task.setOn[0] as number] as Task | undefined)?.target.name ?? '';
      return true;
    }
    return this.replanFor !== undefined && task.setOn.length > 0;
  }

  private startOne(index: number): void {
    const task = this.plan.graph.tasks[index] as Task;
    const before = this.plan.decisions[index] as Decision;
    const decision = this.decideFresh(index, before);
    const unsure = before.reasons.some((r) => r.code === 'upstream-runs' || r.code === 'set-may-change');
    if (decision.verdict === 'fresh') {
      advance(this.plan, { kind: 'settled', task: index, decision });
      if (unsure && task.target.run !== undefined) {
        this.cutOff++;
        this.emit({ event: 'cut-off', at: this.now(), task: task.id });
      }
      return;
    }
    if (decision.verdict === 'run' || decision.verdict === 'recheck') {
      advance(this.plan, { kind: 'started', task: index });
      this.queues.took(index);
      this.launch(task, decision);
      return;
    }
    this.block(index, decision);
  }

  /** Decides again from the disk as it is now: a plan may be hours old when a task's turn comes. */
  private decideFresh(index: number, before: Decision): Decision {
    const task = this.plan.graph.tasks[index] as Task;
    if (task.target.run === undefined) return { ...before, verdict: 'fresh', reasons: [] };
    const { snapshot } = this.options.workspace;
    for (const { paths } of before.fingerprint.files) snapshot.forget(paths);
    const scripts = Object.keys(before.fingerprint.parts).filter((l) => l.startsWith('script:'));
    snapshot.forget(scripts.map((l) => l.slice('script:'.length)));
    this.plan.memo.delete(`code\0${task.target.name}`);
    this.plan.memo.delete(`code\0${task.id}`);
    return decideNow(this.plan, index);
  }

  private launch(task: Task, decision: Decision): void {
    const { workspace, log } = this.options;
    this.running.set(task.id, undefined);
    this.carried.set(task.id, 'running');
    const context = {
      workspace,
      graph: this.plan.graph,
      log,
      emit: (event: Event) => this.emit(event),
      emitWhen: (written: Promise<void>, event: Event) => this.outbox.pushWhen(written, event),
      onRunning: (running: Running | undefined) => {
        this.running.set(task.id, running);
        if (this.signal !== undefined) running?.signal(this.signal);
      },
      stopping: () => this.signal !== undefined,
      emptied: (folder: string) => void this.folders.push(folder),
    };
    const work = decision.verdict === 'recheck' ? recheckTask(task, decision, context) : runTask(task, decision, context);
    const done = (end: TaskEnd): void => {
      this.ends.push({ task, end });
      this.wake?.();
    };
    work.then(done, (error: unknown) => {
      done({ ok: false, reason: 'publish', message: `evalmake could not record what happened: ${String((error as Error).message ?? error)}` });
    });
  }

  /** A record that could not be made durable is a failure of its task, however late it is known. */
  private await(durable: Promise<void>, task: Task): void {
    const done = durable.catch((error: unknown) => {
      this.ends.push({ task, end: { ok: false, reason: 'publish', message: `its record could not be written: ${String((error as Error).message)}` } });
      this.wake?.();
    });
    this.pending.add(done);
    done.then(() => this.pending.delete(done));
  }

  /** Takes in how a task ended. Its index may have changed meanwhile, its name has not. */
  private take(task: Task, end: TaskEnd): void {
    this.running.delete(task.id);
    this.queues.ended(task);
    this.stages.touch(task);
    const index = this.plan.graph.byId.get(task.id);
    if (end.ok) {
      if (end.durable !== undefined) this.await(end.durable, task);
      this.carried.set(task.id, 'done');
      if (end.again) this.rechecked++;
      else this.ran++;
      if (index === undefined) return;
      this.noteSets(index, end.record);
      advance(this.plan, { kind: 'settled', task: index, decision: { ...(this.plan.decisions[index] as Decision), verdict: 'fresh', reasons: [], record: end.record } });
      return;
    }
    this.carried.set(task.id, 'failed');
    this.failed++;
    if (!this.options.keepGoing) this.stopStarting = true;
    if (index === undefined) return;
    this.tellBlocked(advance(this.plan, { kind: 'failed', task: index }));
  }

  private block(index: number, decision: Decision): void {
    const blocked = advance(this.plan, { kind: 'blocked', task: index, decision });
    this.tellBlocked([index, ...blocked]);
  }

  private tellBlocked(indexes: readonly number[]): void {
    for (const index of indexes) {
      const task = this.plan.graph.tasks[index] as Task;
      this.emit({ event: 'blocked', at: this.now(), task: task.id, reasons: this.plan.decisions[index]?.reasons ?? [] });
    }
  }

  /** Notes that a set which other targets are made of came out different from what the graph was made with. */
  private noteSets(index: number, record: TaskRecord): void {
    const task = this.plan.graph.tasks[index] as Task;
    const sources = new Set(this.plan.graph.pipeline.targets.flatMap((t) => t.each.flatMap((e) => (e.source.kind === 'from' ? [e.source.target] : []))));
    if (!sources.has(task.target.name)) return;
    const before = acceptedRecord(this.plan, index) ?? (this.plan.decisions[index] as Decision).record;
    for (const output of task.outputs) {
      if (output.kind !== 'glob') continue;
      const members = (r: TaskRecord | undefined) => r?.outputs[output.name]?.map((f) => f.path).join('\0');
      const used = (this.plan.decisions[index] as Decision).record;
      if (members(used ?? before) !== members(record)) this.replanFor = task.target.name;
    }
  }

  /** Whether no task of a target can change its set any more. */
  private setsAreKnown(target: string): boolean {
    const tasks = this.plan.graph.byTarget.get(target) ?? [];
    return tasks.every((i) => !['todo', 'ready', 'running'].includes(this.plan.states[i] as string) || (this.plan.graph.tasks[i] as Task).placeholder);
  }

  /** Makes the graph and the plan anew, with what this build has already done. False when that cannot be. */
  private replan(): boolean {
    const because = this.replanFor as string;
    this.replanFor = undefined;
    const made = makePlan(this.options.workspace, { ...this.options.request, carried: this.carried });
    if (made.value === undefined) {
      this.problems.push(...made.problems.filter((p) => hasErrors([p])));
      this.stopStarting = true;
      return false;
    }
    this.plan = made.value;
    const stale = this.stages;
    stale.flush(new Set(this.running.keys()));
    this.stages = new Stages(this.options.workspace, this.plan.graph);
    this.queues = this.queues.over(this.plan);
    const tasks = this.plan.decisions.filter((d) => d !== undefined).length;
    this.emit({ event: 'replanned', at: this.now(), tasks, open: this.openTasks(), because });
    return true;
  }

  /** How many tasks are still to be dealt with. */
  private openTasks(): number {
    return this.plan.states.filter((s) => s === 'todo' || s === 'ready' || s === 'running').length;
  }

  private flushSometimes(): void {
    const now = this.options.workspace.options.nowMs();
    if (now - this.flushedAt < 10_000) return;
    this.flushedAt = now;
    for (const folder of this.folders.splice(0)) removeFolder(folder);
    this.stages.flush(new Set(this.running.keys()));
  }

  private counts(): EndCounts {
    const counts = { fresh: 0, blocked: 0, ask: 0, notStarted: 0 };
    for (const [i, decision] of this.plan.decisions.entries()) {
      const task = this.plan.graph.tasks[i] as Task;
      if (decision === undefined || task.target.run === undefined) continue;
      const state = this.plan.states[i];
      if (state === 'settled') counts.fresh++;
      else if (state === 'blocked') counts[decision.verdict === 'ask' ? 'ask' : 'blocked']++;
      else if (state !== 'failed') counts.notStarted++;
    }
    const done = this.ran + this.cutOff + this.rechecked;
    const off = this.plan.graph.tasks.filter((t) => t.off).length;
    return {
      ran: this.ran, cutOff: this.cutOff, rechecked: this.rechecked, failed: this.failed, off, ...counts,
      fresh: Math.max(0, counts.fresh - done),
    }; // biome-ignore format: counts
  }

  private exitCode(): number {
    if (this.signal !== undefined) return this.signal === 'SIGINT' ? 130 : this.signal === 'SIGHUP' ? 129 : 143;
    if (this.problems.length > 0) return 2;
    const counts = this.counts();
    if (counts.ask > 0) return 5;
    return this.failed > 0 || counts.blocked > 0 ? 1 : 0;
  }
}
