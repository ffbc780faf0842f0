// The state of a build: the plan as it stands by now, what became of each task, and whether anything more may start.
import {
  advance,
  type Decision,
  hasErrors,
  isWanted,
  type Plan,
  type Problem,
  type Task,
} from '@evalmake/core';
import type { Tally } from './build-counts.ts';
import { newAsks, planAgain } from './build-money.ts';
import type { BuildOptions } from './build-options.ts';
import type { BuildVoice } from './build-voice.ts';
import { replannedEvent } from './planned.ts';
import { ReadyQueues } from './ready.ts';
import { Stages } from './stages.ts';
import { type Trespass, trespassEvent } from './territory.ts';

/** What a running build knows, and what it tells when that changes. */
export class BuildState {
  plan: Plan;
  stages: Stages;
  queues: ReadyQueues;
  /** What became of tasks, by name: a plan that is made anew goes on from that. */
  readonly carried = new Map<string, 'running' | 'failed' | 'done'>();
  readonly problems: Problem[] = [];
  readonly tally: Tally = { ran: 0, cutOff: 0, rechecked: 0, failed: 0 };
  stopStarting = false;
  /** The target because of which the plan has to be made anew. */
  replanFor: string | undefined;
  private flushedAt: number;

  constructor(
    private readonly options: BuildOptions,
    private readonly voice: BuildVoice,
  ) {
    this.plan = options.plan;
    this.stages = new Stages(options.workspace, this.plan.graph, this.plan);
    this.queues = new ReadyQueues(this.plan, options.jobs);
    this.flushedAt = options.workspace.options.nowMs();
  }

  /** The target because of which the plan is to be made anew; undefined too when nothing more is to start. */
  get replanDue(): string | undefined {
    return this.stopStarting ? undefined : this.replanFor;
  }

  /** The place of a task in the plan; undefined when the plan does not have it any more. */
  indexOf(id: string): number | undefined {
    return this.plan.graph.byId.get(id);
  }

  /** A task that has begun is to begin once more. */
  startAgain(id: string): void {
    this.carried.delete(id);
    const index = this.indexOf(id);
    if (index !== undefined && isWanted(this.plan, index)) advance(this.plan, { kind: 'again', task: index });
  }

  /** A task begins. */
  began(index: number): void {
    advance(this.plan, { kind: 'started', task: index });
    this.queues.took(index);
    this.carried.set((this.plan.graph.tasks[index] as Task).id, 'running');
  }

  /** A task is not to begin, and what needs it neither. */
  block(index: number, decision: Decision): void {
    const blocked = advance(this.plan, { kind: 'blocked', task: index, decision });
    this.voice.blocked(this.plan, [index, ...blocked]);
  }

  /** A task has failed, and what needs it cannot begin. */
  failed(id: string): void {
    this.tally.failed++;
    this.carried.set(id, 'failed');
    if (!this.options.keepGoing) this.stopStarting = true;
    const task = this.indexOf(id);
    if (task !== undefined && isWanted(this.plan, task))
      this.voice.blocked(this.plan, advance(this.plan, { kind: 'failed', task }));
  }

  /** A record that cannot be written ends a build: what runs is finished, nothing more is started. */
  breakOff(message: string): void {
    this.stopStarting = true;
    this.tally.failed++;
    this.voice.say('warn', message);
  }

  /** A file of a task was written by somebody else: the task is not done any more, and what needs it must not read it. */
  trespassed({ owner, message }: Trespass): void {
    this.voice.emit(trespassEvent(owner, message, this.voice.now()));
    this.failed(owner);
  }

  /**
   * Makes the graph and the plan anew, with what this build has already done. False when that cannot be.
   * @param running names of tasks whose stages are not to be written yet
   */
  replan(because: string, running: ReadonlySet<string>): boolean {
    if (because === this.replanFor) this.replanFor = undefined;
    const before = this.plan;
    const made = planAgain(this.options, before, this.carried);
    if (made.value === undefined) {
      this.problems.push(...made.problems.filter((p) => hasErrors([p])));
      this.stopStarting = true;
      return false;
    }
    this.plan = made.value;
    this.stages.flush(running);
    this.stages = new Stages(this.options.workspace, this.plan.graph, this.plan);
    this.queues = this.queues.over(this.plan);
    this.voice.emit(replannedEvent(this.plan, this.voice.now(), because));
    this.voice.blocked(this.plan, newAsks(before, this.plan));
    return true;
  }

  /** Whether so much time has passed that manifests are to be written. */
  isFlushDue(): boolean {
    const now = this.options.workspace.options.nowMs();
    if (now - this.flushedAt < flushMs) return false;
    this.flushedAt = now;
    return true;
  }
}

/** Between two times that manifests are written while a build runs. */
const flushMs = 10_000;
