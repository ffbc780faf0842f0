// The build: the one loop that starts what is ready, takes in what has ended, and advances the plan.
import {
  advance,
  type Decision,
  type EndCounts,
  type Event,
  hasErrors,
  isWanted,
  type Plan,
  type Problem,
  type Task,
  verdictCounts,
} from '@evalmake/core';
import { blockedEvents } from './blocked.ts';
import { countEnd, exitOf, missingInputs, type Tally } from './build-counts.ts';
import { decideAnew } from './build-decide.ts';
import { setChanged, setsAreKnown } from './build-sets.ts';
import { Crew } from './crew.ts';
import { Outbox } from './outbox.ts';
import { plannedTasks } from './planned.ts';
import { makePlan, type PlanRequest } from './planner.ts';
import { ReadyQueues } from './ready.ts';
import type { RunLog } from './run-log.ts';
import { Stages } from './stages.ts';
import type { TaskEnd } from './task-end.ts';

import { trespassEvent } from './territory.ts';
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
  private readonly crew: Crew;
  private stages: Stages;
  private queues: ReadyQueues;
  private readonly carried = new Map<string, 'running' | 'failed' | 'done'>();
  private readonly problems: Problem[] = [];
  private stopStarting = false;
  private replanFor: string | undefined;
  private readonly tally: Tally = { ran: 0, cutOff: 0, rechecked: 0, failed: 0 };
  private flushedAt = 0;
  private readonly started: number;

  constructor(private readonly options: BuildOptions) {
    this.plan = options.plan;
    this.outbox = new Outbox(options.emit);
    this.crew = new Crew({ workspace: options.workspace, log: options.log, outbox: this.outbox });
    this.stages = new Stages(options.workspace, options.plan.graph, options.plan);
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
    this.stopStarting = true;
    this.crew.stop(signal);
  }

  /** Runs until nothing can be started any more. `last` is given the final plan before the end is told. */
  async run(last: (plan: Plan) => void = () => {}): Promise<BuildResult> {
    const { workspace, log } = this.options;
    this.emit({
      event: 'planned',
      version: 1,
      run: log.number,
      at: this.now(),
      pipeline: workspace.pipeline.name,
      counts: verdictCounts(this.plan),
      tasks: plannedTasks(this.plan),
    });
    this.stages.touchStale();
    const refused = !this.options.keepGoing && missingInputs(this.plan);
    try {
      if (!refused) await this.loop();
    } catch (error) {
      // A mistake of ours must not leave commands running that nobody watches.
      this.stop('SIGKILL');
      throw error;
    }
    this.takeTrespasses(true);
    this.stages.flush(new Set());
    this.crew.tidy();
    workspace.files.save();
    const result: BuildResult = {
      exit: this.exitCode(),
      counts: this.counts(),
      plan: this.plan,
      problems: this.problems,
    };
    last(this.plan);
    this.emit({
      event: 'ended',
      at: this.now(),
      exit: result.exit,
      ms: workspace.options.nowMs() - this.started,
      counts: result.counts,
    });
    return result;
  }

  private async loop(): Promise<void> {
    for (;;) {
      this.startReady();
      if (this.crew.idle) await this.crew.settled();
      if (this.crew.broken !== undefined) this.breakOff(this.crew.broken);
      if (this.crew.idle) {
        if (this.replanFor !== undefined && !this.stopStarting && this.replan()) continue;
        return;
      }
      for (const { task, end } of await this.crew.next()) this.take(task, end);
      this.takeTrespasses(false);
      this.flushSometimes();
      if (this.replanFor !== undefined && setsAreKnown(this.plan, this.replanFor) && !this.stopStarting)
        this.replan();
    }
  }

  /** A record that cannot be written ends a build: what runs is finished, nothing more is started. */
  private breakOff(message: string): void {
    this.stopStarting = true;
    this.crew.broken = undefined;
    this.tally.failed++;
    this.emit({ event: 'warn', at: this.now(), text: message });
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
      this.replanFor ??=
        (this.plan.graph.tasks[task.setOn[0] as number] as Task | undefined)?.target.name ?? '';
      return true;
    }
    return this.replanFor !== undefined && task.setOn.length > 0;
  }

  private startOne(index: number): void {
    const task = this.plan.graph.tasks[index] as Task;
    const before = this.plan.decisions[index] as Decision;
    const decision = decideAnew(this.plan, index, this.options.workspace.snapshot);
    const unsure = before.reasons.some((r) => r.code === 'upstream-runs' || r.code === 'set-may-change');
    if (decision.verdict === 'fresh') {
      advance(this.plan, { kind: 'settled', task: index, decision });
      if (unsure && task.target.run !== undefined) {
        this.tally.cutOff++;
        this.emit({ event: 'cut-off', at: this.now(), task: task.id });
      }
      return;
    }
    if (decision.verdict === 'run' || decision.verdict === 'recheck') {
      advance(this.plan, { kind: 'started', task: index });
      this.queues.took(index);
      this.carried.set(task.id, 'running');
      this.crew.start(task, decision, this.plan.graph);
      return;
    }
    this.block(index, decision);
  }

  /** Takes in how a task ended. Its index may have changed meanwhile, its name has not. */
  private take(task: Task, end: TaskEnd): void {
    this.queues.ended(task);
    this.stages.touch(task);
    const index = this.plan.graph.byId.get(task.id);
    if (end.ok) {
      this.carried.set(task.id, 'done');
      if (end.again) this.tally.rechecked++;
      else this.tally.ran++;
      if (index === undefined) return;
      if (setChanged(this.plan, index, end.record)) this.replanFor = task.target.name;
      advance(this.plan, {
        kind: 'settled',
        task: index,
        decision: {
          ...(this.plan.decisions[index] as Decision),
          verdict: 'fresh',
          reasons: [],
          record: end.record,
        },
      });
      return;
    }
    if (end.asks === true) {
      this.carried.delete(task.id);
      if (index !== undefined)
        this.block(index, decideAnew(this.plan, index, this.options.workspace.snapshot));
      return;
    }
    this.carried.set(task.id, 'failed');
    if (end.reason !== 'stopped') this.tally.failed++;
    if (!this.options.keepGoing) this.stopStarting = true;
    if (index === undefined) return;
    this.tellBlocked(advance(this.plan, { kind: 'failed', task: index }));
  }

  private block(index: number, decision: Decision): void {
    const blocked = advance(this.plan, { kind: 'blocked', task: index, decision });
    this.tellBlocked([index, ...blocked]);
  }

  private tellBlocked(indexes: readonly number[]): void {
    for (const event of blockedEvents(this.plan, indexes, this.now())) this.emit(event);
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
    stale.flush(this.crew.names());
    this.stages = new Stages(this.options.workspace, this.plan.graph, this.plan);
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
    this.crew.tidy();
    this.stages.flush(this.crew.names());
  }

  private counts(): EndCounts {
    return countEnd(this.plan, this.tally);
  }

  /** A file of a task was written by somebody else: the task is not done any more, and what needs it must not read it. */
  private takeTrespasses(last: boolean): void {
    for (const { owner, message } of this.crew.territory.trespasses(last)) {
      this.tally.failed++;
      this.carried.set(owner, 'failed');
      if (!this.options.keepGoing) this.stopStarting = true;
      this.emit(trespassEvent(owner, message, this.now()));
      const index = this.plan.graph.byId.get(owner);
      if (index === undefined || !isWanted(this.plan, index)) continue;
      this.tellBlocked(advance(this.plan, { kind: 'failed', task: index }));
    }
  }

  private exitCode(): number {
    return exitOf(
      { ...this.counts(), failed: this.tally.failed },
      this.crew.signal,
      this.problems.length > 0,
    );
  }
}
