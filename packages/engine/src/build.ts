// The build: the one loop that starts what is ready, takes in what has ended, and advances the plan.
import {
  advance,
  type Decision,
  hasErrors,
  isWanted,
  type Plan,
  type Problem,
  type Task,
} from '@evalmake/core';
import { countDone, endingOf, exitOf, haltText, missingInputs, type Tally } from './build-counts.ts';
import { decideAnew, decideAsking, settleBy, wasUnsure } from './build-decide.ts';
import { endMoney, newAsks, planAgain, ToldCosts } from './build-money.ts';
import { type BuildOptions, type BuildResult, startable } from './build-options.ts';
import { setChanged, setsAreKnown } from './build-sets.ts';
import { BuildVoice } from './build-voice.ts';
import { Crew } from './crew.ts';
import { LockLost } from './held-lock.ts';
import { Outbox } from './outbox.ts';
import { Oversight } from './oversight.ts';
import { plannedEvent, replannedEvent } from './planned.ts';
import { ReadyQueues } from './ready.ts';
import { Stages } from './stages.ts';
import type { TaskEnd } from './task-run-context.ts';
import { trespassEvent } from './territory.ts';
import { Waits } from './waits.ts';

/** A running build that can be stopped. */
export class Build {
  /** As it stands now; only the build itself changes it. */
  plan: Plan;
  private readonly voice: BuildVoice;
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
  private readonly oversight: Oversight;
  private readonly waits: Waits;
  private readonly costs = new ToldCosts();

  constructor(private readonly options: BuildOptions) {
    const { workspace, log, detach = false } = options;
    this.plan = options.plan;
    const outbox = new Outbox(options.emit);
    this.voice = new BuildVoice(outbox, workspace.options.nowMs);
    this.crew = new Crew({ workspace, log, outbox, detach });
    this.stages = new Stages(workspace, options.plan.graph, options.plan);
    this.queues = new ReadyQueues(options.plan, options.jobs);
    this.flushedAt = this.started = workspace.options.nowMs();
    this.waits = new Waits(options, () => this.crew.poke());
    this.oversight = new Oversight(options.workspace, {
      drain: () => this.drain(),
      abandon: (why) => this.crew.abandon(why),
    });
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
    this.voice.say('note', 'asked to stop: what runs is finished, nothing more is started');
  }

  /** Runs until nothing can be started any more. `last` is given the final plan before the end is told. */
  async run(last: (plan: Plan) => void = () => {}): Promise<BuildResult> {
    const { workspace, log } = this.options;
    this.voice.emit(
      plannedEvent(this.plan, { run: log.number, at: this.voice.now(), pipeline: workspace.pipeline.name }),
    );
    try {
      this.oversight.start();
      await this.work();
      await this.crew.sendRest();
    } catch (error) {
      // A mistake of ours must not leave commands running that nobody watches.
      this.stop('SIGKILL');
      throw error;
    } finally {
      this.oversight.end();
      this.waits.end();
      this.crew.dismiss();
    }
    const ending = endingOf(this.plan, this.tally, {
      crew: this.crew,
      asleep: this.waits.size,
      unknown: this.replanFor !== undefined,
      wrong: this.problems.length > 0,
    });
    const halt = haltText(ending);
    if (halt !== undefined) this.voice.say(ending.lost === undefined ? 'note' : 'warn', halt);
    const [{ counts }, exit] = [ending, exitOf(ending)];
    last(this.plan);
    const ms = workspace.options.nowMs() - this.started;
    this.voice.emit({ event: 'ended', at: this.voice.now(), exit, ms, counts, ...endMoney(workspace) });
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
      for (const id of this.waits.takeDue()) this.startAgain(id);
      this.startReady();
      if (this.crew.idle) await this.crew.settled();
      if (this.crew.broken !== undefined) this.breakOff(this.crew.broken);
      if (this.waits.anyDue && !this.stopStarting) continue;
      if (this.crew.idle && (this.stopStarting || this.waits.size === 0)) {
        if (this.replanFor !== undefined && !this.stopStarting && this.replan(this.replanFor)) continue;
        for (const { index, decision } of this.stopStarting ? [] : this.waits.given(this.plan))
          this.block(index, decision);
        return;
      }
      if (this.crew.idle) this.stages.flush(new Set());
      for (const { task, end } of await this.crew.next()) this.take(task, end);
      this.takeTrespasses(false);
      this.flushSometimes();
      if (this.replanFor !== undefined && setsAreKnown(this.plan, this.replanFor) && !this.stopStarting)
        this.replan(this.replanFor);
    }
  }

  private startAgain(id: string): void {
    this.carried.delete(id);
    const index = this.plan.graph.byId.get(id);
    if (index !== undefined && isWanted(this.plan, index)) advance(this.plan, { kind: 'again', task: index });
  }

  /** Whether a task is not done and has not failed: it starts again at once, sleeps, or is left for the next build. */
  private goesOn({ id }: Task, { reason, message, untilMs = 0 }: Extract<TaskEnd, { ok: false }>): boolean {
    if (reason === 'collected') this.startAgain(id);
    if (reason !== 'waiting') return reason === 'collected';
    if (this.waits.sleep(id, untilMs)) return true;
    this.carried.delete(id);
    const index = this.plan.graph.byId.get(id);
    if (index !== undefined) this.block(index, this.waits.leave(this.plan, index, message));
    return true;
  }

  /** A record that cannot be written ends a build: what runs is finished, nothing more is started. */
  private breakOff(message: string): void {
    this.stopStarting = true;
    this.crew.broken = undefined;
    this.tally.failed++;
    this.voice.say('warn', message);
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
    if (this.costs.isDue(task, before)) return void this.replan(task.target.name);
    const decision = decideAnew(this.plan, index, this.options.workspace.snapshot);
    if (decision.verdict === 'fresh') {
      advance(this.plan, { kind: 'settled', task: index, decision });
      if (wasUnsure(before) && task.target.run !== undefined) {
        this.tally.cutOff++;
        this.voice.emit({ event: 'cut-off', at: this.voice.now(), task: task.id });
      }
      return;
    }
    const asks = this.options.workspace.cache?.asks(task.id) === true;
    if (!asks && decision.rows?.claimedBy !== undefined && decision.verdict === 'run')
      return void this.waits.park(index);
    if (!asks && !startable(this.options).includes(decision.verdict)) {
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
    this.plan.queue.push(...this.waits.unpark());
    const index = this.plan.graph.byId.get(task.id);
    if (!end.ok && this.goesOn(task, end)) return;
    if (end.ok) {
      this.carried.set(task.id, 'done');
      countDone(this.tally, end);
      if (index === undefined) return;
      if (setChanged(this.plan, index, end.record)) this.replanFor = task.target.name;
      settleBy(this.plan, index, end.record);
      return;
    }
    if (end.asks === true) {
      this.carried.delete(task.id);
      if (index !== undefined)
        this.block(index, decideAsking(this.plan, index, this.options.workspace.snapshot));
      return;
    }
    this.carried.set(task.id, 'failed');
    // What was stopped has not failed, and nothing is blocked by it: it is to be done again.
    if (end.reason === 'stopped') return;
    this.tally.failed++;
    if (!this.options.keepGoing) this.stopStarting = true;
    if (index === undefined) return;
    this.voice.blocked(this.plan, advance(this.plan, { kind: 'failed', task: index }));
  }

  private block(index: number, decision: Decision): void {
    const blocked = advance(this.plan, { kind: 'blocked', task: index, decision });
    this.voice.blocked(this.plan, [index, ...blocked]);
  }

  /** Makes the graph and the plan anew, with what this build has already done. False when that cannot be. */
  private replan(because: string): boolean {
    if (because === this.replanFor) this.replanFor = undefined;
    const before = this.plan;
    const made = planAgain(this.options, before, this.carried);
    if (made.value === undefined) {
      this.problems.push(...made.problems.filter((p) => hasErrors([p])));
      this.stopStarting = true;
      return false;
    }
    this.plan = made.value;
    this.waits.unpark();
    this.stages.flush(this.crew.names());
    this.stages = new Stages(this.options.workspace, this.plan.graph, this.plan);
    this.queues = this.queues.over(this.plan);
    this.voice.emit(replannedEvent(this.plan, this.voice.now(), because));
    this.voice.blocked(this.plan, newAsks(before, this.plan));
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
      this.voice.emit(trespassEvent(owner, message, this.voice.now()));
      const task = this.plan.graph.byId.get(owner);
      if (task !== undefined && isWanted(this.plan, task))
        this.voice.blocked(this.plan, advance(this.plan, { kind: 'failed', task }));
    }
  }
}
