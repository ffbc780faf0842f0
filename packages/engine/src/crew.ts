// The Crew is the tasks that run now: it starts them, passes signals on, and hands over how each ended.
import { join } from 'node:path';
import type { Decision, Event, Graph, Task } from '@evalmake/core';
import { removeFolder } from './disk.ts';
import { LockLost } from './held-lock.ts';
import { importRecord } from './import-record.ts';
import type { Running } from './job.ts';
import type { Outbox } from './outbox.ts';
import { recheckTask } from './recheck.ts';
import { restoreTask } from './restore.ts';
import type { RunLog } from './run-log.ts';
import type { SharedCache } from './shared-cache.ts';
import { runTask } from './task-run.ts';
import type { TaskEnd, TaskRunContext } from './task-run-context.ts';
import { Territory } from './territory.ts';
import { localTimer, type StartTimer } from './timer.ts';
import type { Workspace } from './workspace.ts';

/** What a crew works with. */
export interface CrewOptions {
  readonly workspace: Workspace;
  readonly log: RunLog;
  readonly outbox: Outbox;
  readonly detach: boolean;
}

/** A task that has ended. */
export interface Ended {
  readonly task: Task;
  readonly end: TaskEnd;
}

/** How long commands have to end after a signal before they are ended. */
const graceMs = 10_000;

/** How long the end of a build waits until results are sent to others. */
const sendLimitMs = 60_000;

/** Starts tasks and waits for their ends. */
export class Crew {
  private readonly running = new Map<string, Running | undefined>();
  private readonly ended: Ended[] = [];
  private readonly writes = new Set<Promise<void>>();
  /** Folders of attempts that are over. Removing each at once would wait for every other task's fdatasync. */
  private readonly folders: string[] = [];
  /** Finds out who writes into files of others. */
  readonly territory: Territory;
  private wake: (() => void) | undefined;
  /** The signal that stopped it, once there was one. */
  signal: NodeJS.Signals | undefined;
  /** Whether nothing more may be started, while what runs goes on. */
  draining = false;
  /** How the lock was lost: what runs is killed, and nothing is recorded. */
  lost: LockLost | undefined;
  /** The signal that running commands have got. */
  private ending: NodeJS.Signals | undefined;
  private cancelGrace: () => void = () => {};
  private readonly timer: StartTimer;
  /** Why a record could not be made durable; nothing may be started after that. */
  broken: string | undefined;

  constructor(private readonly options: CrewOptions) {
    this.territory = new Territory(options.workspace);
    this.timer = options.workspace.machine.timer ?? localTimer;
  }

  /** Whether nothing runs and nothing has ended that was not handed over. */
  get idle(): boolean {
    return this.running.size === 0 && this.ended.length === 0;
  }

  /** Names of the tasks that run. */
  names(): ReadonlySet<string> {
    return new Set(this.running.keys());
  }

  /** Starts a task; how it ends is handed over by `next`. */
  start(task: Task, decision: Decision, graph: Graph): void {
    const { cache } = this.options.workspace;
    if (cache?.asks(task.id) === true) {
      this.ask(task, cache);
      return;
    }
    this.running.set(task.id, undefined);
    this.territory.started(task, graph);
    this.options.workspace.spending.starts(task, decision);
    importRecord(task, this.options.workspace);
    const context = this.context(task, graph);
    const work =
      decision.verdict === 'recheck'
        ? recheckTask(task, decision, context)
        : decision.verdict === 'restore'
          ? restoreTask(task, decision, context)
          : runTask(task, decision, context);
    const done = (end: TaskEnd): void => {
      if (end.ok && end.durable !== undefined) this.watchWrite(end.durable, task);
      if (end.ok && decision.verdict === 'run') this.share(task, end);
      this.territory.over(task);
      this.ended.push({ task, end });
      this.wake?.();
    };
    work.then(done, (error: unknown) => {
      if (error instanceof LockLost) {
        this.abandon(error);
        return done({ ok: false, reason: 'stopped', message: error.message });
      }
      const message = `evalmake could not record what happened: ${String((error as Error).message ?? error)}`;
      done({ ok: false, reason: 'publish', message });
    });
  }

  /** Asks others for the result of a task; then it is to be decided again. */
  private ask(task: Task, cache: SharedCache): void {
    this.running.set(task.id, undefined);
    const over = (): void => {
      this.ended.push({ task, end: { ok: false, reason: 'collected', message: '' } });
      this.wake?.();
    };
    cache.ask().then(over, over);
  }

  /** Sends a result to others, once it is on disk that it is one. */
  private share(task: Task, { record, durable }: Extract<TaskEnd, { ok: true }>): void {
    const { cache, root } = this.options.workspace;
    if (cache?.writes !== true) return;
    const offer = (): void => cache.offer(task, record, (path) => join(root, path));
    if (durable === undefined) offer();
    else void durable.then(offer, () => {});
  }

  /** Waits until what is shared is sent; not when it was told to end. */
  async sendRest(): Promise<void> {
    const stopped = this.ending !== undefined || this.lost !== undefined;
    await this.options.workspace.cache?.drain(stopped ? 0 : sendLimitMs);
  }

  private context(task: Task, graph: Graph): TaskRunContext {
    const { workspace, log, outbox, detach } = this.options;
    return {
      workspace,
      graph,
      log,
      detach,
      emit: (event: Event) => outbox.push(event),
      emitWhen: (written, event) => outbox.pushWhen(written, event),
      onRunning: (running) => {
        this.running.set(task.id, running);
        if (this.ending !== undefined) this.tell(running, this.ending);
      },
      stopping: () => this.ending !== undefined,
      mayStart: () => this.ending === undefined && !this.draining,
      emptied: (folder) => void this.folders.push(folder),
    };
  }

  private watchWrite(durable: Promise<void>, task: Task): void {
    const done = durable.catch((error: unknown) => {
      this.broken ??= `the record of "${task.id}" could not be written: ${String((error as Error).message)}`;
      this.wake?.();
    });
    this.writes.add(done);
    done.then(() => this.writes.delete(done));
  }

  /** Waits until something has ended, and hands it over. */
  async next(): Promise<Ended[]> {
    if (this.ended.length === 0 && this.broken === undefined) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      this.wake = undefined;
    }
    const ended = this.ended.splice(0);
    for (const { task } of ended) this.running.delete(task.id);
    return ended;
  }

  /** Resolves when every record is durable, or is known not to be. */
  async settled(): Promise<void> {
    while (this.writes.size > 0) await Promise.all(this.writes);
  }

  /** Removes folders of attempts that are over. */
  tidy(): void {
    for (const folder of this.folders.splice(0)) {
      try {
        removeFolder(folder);
      } catch (error) {
        // The next attempt begins with an empty folder all the same.
        if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
      }
    }
  }

  /** Passes a signal on: the first time as it is, the second time, or after a grace period, as one that ends everything. */
  stop(signal: NodeJS.Signals): void {
    const again = this.signal !== undefined;
    this.signal ??= signal;
    this.end(again ? 'SIGKILL' : signal);
    if (again) this.cancelGrace();
    else this.cancelGrace = this.timer(graceMs, () => this.end('SIGKILL'));
  }

  /** Ends what runs at once, because somebody else writes in the workspace now. */
  abandon(why: LockLost): void {
    this.lost ??= why;
    this.end('SIGKILL');
  }

  /** Lets `next` give back what there is, even when that is nothing. */
  poke(): void {
    this.wake?.();
  }

  private end(signal: NodeJS.Signals): void {
    if (this.ending !== 'SIGKILL') this.ending = signal;
    for (const running of this.running.values()) this.tell(running, this.ending);
    this.wake?.();
  }

  /** Signals a command; one on a cluster belongs to whoever has the lock now. */
  private tell(running: Running | undefined, signal: NodeJS.Signals): void {
    if (this.lost !== undefined && running?.leave !== undefined) running.leave();
    else running?.signal(signal);
  }

  /** Takes back what waits for time to pass: nothing runs any more. */
  dismiss(): void {
    this.cancelGrace();
  }
}
