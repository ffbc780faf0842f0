// The build: the one loop that starts what is ready, takes in what has ended, and advances the plan.
import { advance, type Decision, type Plan, type Task } from '@evalmake/core';
import { countDone, endingOf, exitOf, haltText, missingInputs } from './build-counts.ts';
import { decideAnew, decideAsking, settleBy, wasUnsure } from './build-decide.ts';
import { endMoney, ToldCosts } from './build-money.ts';
import { type BuildOptions, type BuildResult, startable } from './build-options.ts';
import { setChanged, setsAreKnown } from './build-sets.ts';
import { BuildState } from './build-state.ts';
import { BuildVoice } from './build-voice.ts';
import { Crew } from './crew.ts';
import { LockLost } from './held-lock.ts';
import { Outbox } from './outbox.ts';
import { Oversight } from './oversight.ts';
import { plannedEvent } from './planned.ts';
import type { TaskEnd } from './task-run-context.ts';
import { Waits } from './waits.ts';

/** A running build that can be stopped. */
export class Build {
  private readonly voice: BuildVoice;
  private readonly state: BuildState;
  private readonly crew: Crew;
  private readonly started: number;
  private readonly oversight: Oversight;
  private readonly waits: Waits;
  private readonly costs = new ToldCosts();

  constructor(private readonly options: BuildOptions) {
    const { workspace, log, detach = false } = options;
    const outbox = new Outbox(options.emit);
    this.voice = new BuildVoice(outbox, workspace.options.nowMs);
    this.crew = new Crew({ workspace, log, outbox, detach });
    this.state = new BuildState(options, this.voice);
    this.started = workspace.options.nowMs();
    this.waits = new Waits(options, () => this.crew.poke());
    this.oversight = new Oversight(options.workspace, {
      drain: () => this.drain(),
      abandon: (why) => this.crew.abandon(why),
    });
  }

  /** The plan as it stands now; only the build itself changes it. */
  get plan(): Plan {
    return this.state.plan;
  }

  /** Stops a build: the first time starts nothing more and passes the signal on, the second time ends everything. */
  stop(signal: NodeJS.Signals): void {
    this.state.stopStarting = true;
    this.crew.stop(signal);
  }

  /** Finishes what runs and starts nothing more. */
  drain(): void {
    if (this.crew.draining) return;
    this.state.stopStarting = true;
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
    const ending = endingOf(this.plan, this.state.tally, {
      crew: this.crew,
      asleep: this.waits.size,
      unknown: this.state.replanFor !== undefined,
      wrong: this.state.problems.length > 0,
    });
    const halt = haltText(ending);
    if (halt !== undefined) this.voice.say(ending.lost === undefined ? 'note' : 'warn', halt);
    const exit = exitOf(ending);
    const { counts } = ending;
    last(this.plan);
    const ms = workspace.options.nowMs() - this.started;
    this.voice.emit({ event: 'ended', at: this.voice.now(), exit, ms, counts, ...endMoney(workspace) });
    const halted = this.crew.draining || ending.lost !== undefined;
    return { exit, counts, plan: this.plan, problems: this.state.problems, halted };
  }

  /** Builds, and brings manifests and caches up to date; all of it only as long as the lock is ours. */
  private async work(): Promise<void> {
    const { workspace, keepGoing } = this.options;
    try {
      this.state.stages.touchStale();
      if (keepGoing || !missingInputs(this.plan)) await this.loop();
      if (this.crew.lost === undefined) workspace.journal.lock?.check();
      else return;
      this.takeTrespasses(true);
      this.state.stages.flush(new Set());
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
      if (this.crew.lost !== undefined) this.state.stopStarting = true;
      for (const id of this.waits.takeDue()) this.state.startAgain(id);
      this.startReady();
      if (this.crew.idle) await this.crew.settled();
      if (this.crew.broken !== undefined) {
        this.state.breakOff(this.crew.broken);
        this.crew.broken = undefined;
      }
      if (this.waits.anyDue && !this.state.stopStarting) continue;
      if (this.crew.idle && (this.state.stopStarting || this.waits.size === 0)) {
        const due = this.state.replanDue;
        if (due !== undefined && this.replan(due)) continue;
        for (const { index, decision } of this.state.stopStarting ? [] : this.waits.given(this.plan))
          this.state.block(index, decision);
        return;
      }
      if (this.crew.idle) this.state.stages.flush(new Set());
      for (const { task, end } of await this.crew.next()) this.take(task, end);
      this.takeTrespasses(false);
      this.flushSometimes();
      const due = this.state.replanDue;
      if (due !== undefined && setsAreKnown(this.plan, due)) this.replan(due);
    }
  }

  /** Whether a task is not done and has not failed: it starts again at once, sleeps, or is left for the next build. */
  private goesOn({ id }: Task, { reason, message, untilMs = 0 }: Extract<TaskEnd, { ok: false }>): boolean {
    if (reason === 'collected') this.state.startAgain(id);
    if (reason !== 'waiting') return reason === 'collected';
    if (this.waits.sleep(id, untilMs)) return true;
    this.state.carried.delete(id);
    const index = this.state.indexOf(id);
    if (index !== undefined) this.state.block(index, this.waits.leave(this.plan, index, message));
    return true;
  }

  private startReady(): void {
    while (!this.state.stopStarting) {
      const index = this.state.queues.next((i) => this.held(i));
      if (index === undefined) return;
      this.startOne(index);
    }
  }

  /** An instance whose set may have changed waits until it is known whether it still exists. */
  private held(index: number): boolean {
    const task = this.plan.graph.tasks[index] as Task;
    if (task.placeholder) {
      this.state.replanFor ??=
        (this.plan.graph.tasks[task.setOn[0] as number] as Task | undefined)?.target.name ?? '';
      return true;
    }
    return this.state.replanFor !== undefined && task.setOn.length > 0;
  }

  private startOne(index: number): void {
    const task = this.plan.graph.tasks[index] as Task;
    const before = this.plan.decisions[index] as Decision;
    if (this.costs.isDue(task, before)) return void this.replan(task.target.name);
    const decision = decideAnew(this.plan, index, this.options.workspace.snapshot);
    if (decision.verdict === 'fresh') {
      advance(this.plan, { kind: 'settled', task: index, decision });
      if (wasUnsure(before) && task.target.run !== undefined) {
        this.state.tally.cutOff++;
        this.voice.emit({ event: 'cut-off', at: this.voice.now(), task: task.id });
      }
      return;
    }
    const asks = this.options.workspace.cache?.asks(task.id) === true;
    if (!asks && decision.rows?.claimedBy !== undefined && decision.verdict === 'run')
      return void this.waits.park(index);
    if (!asks && !startable(this.options).includes(decision.verdict)) {
      this.state.block(index, decision);
      return;
    }
    this.state.began(index);
    this.crew.start(task, decision, this.plan.graph);
  }

  /** Takes in how a task ended. Its index may have changed meanwhile, its name has not. */
  private take(task: Task, end: TaskEnd): void {
    this.state.queues.ended(task);
    this.state.stages.touch(task);
    this.plan.queue.push(...this.waits.unpark());
    const index = this.state.indexOf(task.id);
    if (!end.ok && this.goesOn(task, end)) return;
    if (end.ok) {
      this.state.carried.set(task.id, 'done');
      countDone(this.state.tally, end);
      if (index === undefined) return;
      if (setChanged(this.plan, index, end.record)) this.state.replanFor = task.target.name;
      settleBy(this.plan, index, end.record);
      return;
    }
    if (end.asks === true) {
      this.state.carried.delete(task.id);
      if (index !== undefined)
        this.state.block(index, decideAsking(this.plan, index, this.options.workspace.snapshot));
      return;
    }
    // What was stopped has not failed, and nothing is blocked by it: it is to be done again.
    if (end.reason === 'stopped') this.state.carried.set(task.id, 'failed');
    else this.state.failed(task.id);
  }

  /** Makes the plan anew. False when that cannot be. */
  private replan(because: string): boolean {
    const done = this.state.replan(because, this.crew.names());
    if (done) this.waits.unpark();
    return done;
  }

  private flushSometimes(): void {
    if (this.crew.lost !== undefined || !this.state.isFlushDue()) return;
    this.crew.tidy();
    this.state.stages.flush(this.crew.names());
  }

  private takeTrespasses(last: boolean): void {
    for (const trespass of this.crew.territory.trespasses(last)) this.state.trespassed(trespass);
  }
}
