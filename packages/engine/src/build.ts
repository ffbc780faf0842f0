// The build: the one loop that starts what is ready, takes in what has ended, and advances the plan.
import {
  advance,
  type Decision,
  type Event,
  hasErrors,
  isWanted,
  type Plan,
  type Problem,
  type Task,
} from '@evalmake/core';
import { countEnd, type Ending, exitOf, haltText, missingInputs, type Tally } from './build-counts.ts';
import { decideAnew, settleBy } from './build-decide.ts';
import { endMoney, newAsks, planAgain } from './build-money.ts';
import type { BuildOptions, BuildResult } from './build-options.ts';
import { setChanged, setsAreKnown } from './build-sets.ts';
import { Crew } from './crew.ts';
import { LockLost } from './held-lock.ts';
import { Outbox } from './outbox.ts';
import { Oversight } from './oversight.ts';
import { blockedEvent, plannedEvent, replannedEvent } from './planned.ts';
import { ReadyQueues } from './ready.ts';
import { Sleeping } from './sleeping.ts';
import { Stages } from './stages.ts';
import type { TaskEnd } from './task-run-context.ts';
import { trespassEvent } from './territory.ts';
import { localTimer } from './timer.ts';
import { isoTime } from './workspace.ts';

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
  /** Tasks whose rows another task asks now: they look again when anything has ended. */
  private parked: number[] = [];
  private readonly tally: Tally = { ran: 0, cutOff: 0, rechecked: 0, failed: 0 };
  private flushedAt = 0;
  private readonly started: number;
  private readonly oversight: Oversight;
  private readonly sleeping: Sleeping;

  constructor(private readonly options: BuildOptions) {
    this.plan = options.plan;
    this.outbox = new Outbox(options.emit);
    this.crew = new Crew({ workspace: options.workspace, log: options.log, outbox: this.outbox });
    this.stages = new Stages(options.workspace, options.plan.graph, options.plan);
    this.queues = new ReadyQueues(options.plan, options.jobs);
    this.started = options.workspace.options.nowMs();
    this.flushedAt = this.started;
    const { timer = localTimer } = options.workspace.machine;
    const { nowMs } = options.workspace.options;
    this.sleeping = new Sleeping({ timer, nowMs, wake: () => this.crew.poke() });
    this.oversight = new Oversight(options.workspace, {
      drain: () => this.drain(),
      abandon: (why) => this.crew.abandon(why),
    });
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

  /** Finishes what runs and starts nothing more. */
  drain(): void {
    if (this.crew.draining) return;
    this.stopStarting = true;
    this.crew.draining = true;
    this.crew.poke();
    this.tell('note', 'asked to stop: what runs is finished, nothing more is started');
  }

  private tell(event: 'note' | 'warn', text: string): void {
    this.emit({ event, at: this.now(), text });
  }

  /** Runs until nothing can be started any more. `last` is given the final plan before the end is told. */
  async run(last: (plan: Plan) => void = () => {}): Promise<BuildResult> {
    const { workspace, log } = this.options;
    const { name: pipeline } = workspace.pipeline;
    this.emit(plannedEvent(this.plan, { run: log.number, at: this.now(), pipeline }));
    try {
      this.oversight.start();
      await this.work();
    } catch (error) {
      // A mistake of ours must not leave commands running that nobody watches.
      this.stop('SIGKILL');
      throw error;
    } finally {
      this.oversight.end();
      this.sleeping.end();
      this.crew.dismiss();
    }
    const ending = this.ending();
    const halt = haltText(ending);
    if (halt !== undefined) this.tell(ending.lost === undefined ? 'note' : 'warn', halt);
    const { counts } = ending;
    const exit = exitOf(ending);
    last(this.plan);
    const ms = workspace.options.nowMs() - this.started;
    this.emit({ event: 'ended', at: this.now(), exit, ms, counts, ...endMoney(workspace) });
    const halted = this.crew.draining || ending.lost !== undefined;
    return { exit, counts, plan: this.plan, problems: this.problems, halted };
  }

  /** Builds, and brings manifests and caches up to date; all of it only as long as the lock is ours. */
  private async work(): Promise<void> {
    const { workspace, keepGoing } = this.options;
    try {
      this.stages.touchStale();
      if (keepGoing || !missingInputs(this.plan)) await this.loop();
      if (this.crew.lost === undefined) workspace.journal.lock?.check();
      else return;
      this.takeTrespasses(true);
      this.stages.flush(new Set());
      this.crew.tidy();
      workspace.files.save();
    } catch (error) {
      if (!(error instanceof LockLost)) throw error;
      this.crew.abandon(error);
      while (!this.crew.idle) await this.crew.next();
    }
  }

  private async loop(): Promise<void> {
    for (;;) {
      if (this.crew.lost !== undefined) this.stopStarting = true;
      this.rouse();
      this.startReady();
      if (this.crew.idle) await this.crew.settled();
      if (this.crew.broken !== undefined) this.breakOff(this.crew.broken);
      if (this.sleeping.anyDue && !this.stopStarting) continue;
      if (this.crew.idle && (this.stopStarting || this.sleeping.size === 0)) {
        if (this.replanFor !== undefined && !this.stopStarting && this.replan()) continue;
        this.giveUpParked();
        return;
      }
      for (const { task, end } of await this.crew.next()) this.take(task, end);
      this.takeTrespasses(false);
      this.flushSometimes();
      if (this.replanFor !== undefined && setsAreKnown(this.plan, this.replanFor) && !this.stopStarting)
        this.replan();
    }
  }

  /** Lets those start again whose time to look at their job has come. */
  private rouse(): void {
    for (const id of this.sleeping.takeDue()) this.startAgain(id);
  }

  private startAgain(id: string): void {
    this.carried.delete(id);
    const index = this.plan.graph.byId.get(id);
    if (index !== undefined && isWanted(this.plan, index)) advance(this.plan, { kind: 'again', task: index });
  }

  /** Rows that somebody else asks, who is not of this build: they are waited for by the next. */
  private giveUpParked(): void {
    if (this.stopStarting) return;
    for (const index of this.parked.splice(0)) {
      const decision = decideAnew(this.plan, index, this.options.workspace.snapshot);
      const subject = decision.rows?.claimedBy ?? '';
      this.block(index, {
        ...decision,
        verdict: 'waiting',
        reasons: [{ code: 'rows-claimed', root: true, subject }, ...decision.reasons],
      });
    }
  }

  /** A command that is not done: it sleeps, or is left for the next build. */
  private letWait(task: Task, { message, untilMs = 0 }: Extract<TaskEnd, { ok: false }>): void {
    if (this.options.detach !== true) {
      this.sleeping.add(task.id, untilMs);
      return;
    }
    this.carried.delete(task.id);
    const index = this.plan.graph.byId.get(task.id);
    if (index === undefined) return;
    const decision = decideAnew(this.plan, index, this.options.workspace.snapshot);
    const reasons = [{ code: 'job-waits', root: true, subject: message } as const];
    this.block(
      index,
      decision.verdict === 'waiting' ? decision : { ...decision, verdict: 'waiting', reasons },
    );
  }

  /** A record that cannot be written ends a build: what runs is finished, nothing more is started. */
  private breakOff(message: string): void {
    this.stopStarting = true;
    this.crew.broken = undefined;
    this.tally.failed++;
    this.tell('warn', message);
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
    if (decision.rows?.claimedBy !== undefined && decision.verdict === 'run') {
      this.parked.push(index);
      return;
    }
    if (!['run', 'recheck', 'waiting'].includes(decision.verdict)) {
      this.block(index, decision);
      return;
    }
    advance(this.plan, { kind: 'started', task: index });
    this.queues.took(index);
    this.carried.set(task.id, 'running');
    this.crew.start(task, decision, this.plan.graph);
  }

  /** Takes in how a task ended. Its index may have changed meanwhile, its name has not. */
  private take(task: Task, end: TaskEnd): void {
    this.queues.ended(task);
    this.stages.touch(task);
    this.plan.queue.push(...this.parked.splice(0));
    const index = this.plan.graph.byId.get(task.id);
    if (!end.ok && (end.reason === 'collected' || end.reason === 'waiting')) {
      if (end.reason === 'collected') this.startAgain(task.id);
      else this.letWait(task, end);
      return;
    }
    if (end.ok) {
      this.carried.set(task.id, 'done');
      if (end.again) this.tally.rechecked++;
      else this.tally.ran++;
      if (index === undefined) return;
      if (setChanged(this.plan, index, end.record)) this.replanFor = task.target.name;
      settleBy(this.plan, index, end.record);
      return;
    }
    if (end.asks === true) {
      this.carried.delete(task.id);
      if (index !== undefined)
        this.block(index, decideAnew(this.plan, index, this.options.workspace.snapshot));
      return;
    }
    this.carried.set(task.id, 'failed');
    // What was stopped has not failed, and nothing is blocked by it: it is to be done again.
    if (end.reason === 'stopped') return;
    this.tally.failed++;
    if (!this.options.keepGoing) this.stopStarting = true;
    if (index === undefined) return;
    this.tellBlocked(advance(this.plan, { kind: 'failed', task: index }));
  }

  private block(index: number, decision: Decision): void {
    const blocked = advance(this.plan, { kind: 'blocked', task: index, decision });
    this.tellBlocked([index, ...blocked]);
  }

  private tellBlocked(indexes: readonly number[]): void {
    for (const index of indexes) this.emit(blockedEvent(this.plan, index, this.now()));
  }

  /** Makes the graph and the plan anew, with what this build has already done. False when that cannot be. */
  private replan(): boolean {
    const because = this.replanFor as string;
    this.replanFor = undefined;
    const before = this.plan;
    const made = planAgain(this.options, before, this.carried);
    if (made.value === undefined) {
      this.problems.push(...made.problems.filter((p) => hasErrors([p])));
      this.stopStarting = true;
      return false;
    }
    this.plan = made.value;
    this.parked = [];
    this.stages.flush(this.crew.names());
    this.stages = new Stages(this.options.workspace, this.plan.graph, this.plan);
    this.queues = this.queues.over(this.plan);
    this.emit(replannedEvent(this.plan, this.now(), because));
    this.tellBlocked(newAsks(before, this.plan));
    return true;
  }

  private flushSometimes(): void {
    const now = this.options.workspace.options.nowMs();
    if (now - this.flushedAt < 10_000 || this.crew.lost !== undefined) return;
    this.flushedAt = now;
    this.crew.tidy();
    this.stages.flush(this.crew.names());
  }

  /** A file of a task was written by somebody else: the task is not done any more, and what needs it must not read it. */
  private takeTrespasses(last: boolean): void {
    for (const { owner, message } of this.crew.territory.trespasses(last)) {
      this.tally.failed++;
      this.carried.set(owner, 'failed');
      if (!this.options.keepGoing) this.stopStarting = true;
      this.emit(trespassEvent(owner, message, this.now()));
      const task = this.plan.graph.byId.get(owner);
      if (task !== undefined && isWanted(this.plan, task))
        this.tellBlocked(advance(this.plan, { kind: 'failed', task }));
    }
  }

  private ending(): Ending {
    const { signal, lost, draining } = this.crew;
    const counts = countEnd(this.plan, this.tally, this.sleeping.size);
    // A set that is not known yet may hold more than the plan could count.
    const undone = counts.notStarted > 0 || this.replanFor !== undefined;
    return {
      counts,
      signal,
      lost: lost?.message,
      leftUndone: draining && undone,
      wrong: this.problems.length > 0,
    };
  }
}
