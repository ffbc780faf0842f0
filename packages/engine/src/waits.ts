// The Waits of a build: tasks that sleep until their job is looked at again, and tasks whose rows another one is asking.
import type { Decision, Plan } from '@evalmake/core';
import { decideAnew } from './build-decide.ts';
import type { BuildOptions } from './build-options.ts';
import { Sleeping } from './sleeping.ts';
import { localTimer } from './timer.ts';

/** Knows who waits for what. */
export class Waits {
  private readonly sleeping: Sleeping;
  /** Tasks whose rows another task asks now: they look again when anything has ended. */
  private parked: number[] = [];

  /** @param wake told when somebody has woken up */
  constructor(
    private readonly options: BuildOptions,
    wake: () => void,
  ) {
    const { machine, options: opened } = options.workspace;
    this.sleeping = new Sleeping({ timer: machine.timer ?? localTimer, nowMs: opened.nowMs, wake });
  }

  /** How many sleep, or have just woken up. */
  get size(): number {
    return this.sleeping.size;
  }

  /** Whether somebody has woken up. */
  get anyDue(): boolean {
    return this.sleeping.anyDue;
  }

  /** Tasks that have woken up since this was last asked. */
  takeDue(): string[] {
    return this.sleeping.takeDue();
  }

  /** Lets a task sleep. False when nobody sleeps in this build: jobs are left with whoever does them. */
  sleep(task: string, untilMs: number): boolean {
    if (this.options.detach === true) return false;
    this.sleeping.add(task, untilMs);
    return true;
  }

  /** The decision on a task that is left for the next build. */
  leave(plan: Plan, index: number, message: string): Decision {
    const decision = decideAnew(plan, index, this.options.workspace.snapshot);
    if (decision.verdict === 'waiting') return decision;
    return {
      ...decision,
      verdict: 'waiting',
      reasons: [{ code: 'job-waits', root: true, subject: message }],
    };
  }

  /** Lets a task wait for whoever asks some of its rows. */
  park(index: number): void {
    this.parked.push(index);
  }

  /** Those that wait so, who shall look again. */
  unpark(): number[] {
    return this.parked.splice(0);
  }

  /** Those that wait for somebody who is not of this build: the next one goes on with them. */
  given(plan: Plan): { readonly index: number; readonly decision: Decision }[] {
    return this.unpark().map((index) => {
      const decision = decideAnew(plan, index, this.options.workspace.snapshot);
      const holder = decision.rows?.claimedBy ?? '';
      const open = this.options.workspace.rows.attempts.find(holder);
      // Nobody will ever go on with what a task has begun that is not in the pipeline any more: a person decides.
      const gone = open !== undefined && !plan.graph.byId.has(holder);
      const subject = gone
        ? `${holder}, which is not in the pipeline any more and has an attempt in ${open.files.dir} that may be paid for (move that folder away to ask its rows anew),`
        : holder;
      const reasons = [{ code: 'rows-claimed', root: true, subject } as const, ...decision.reasons];
      return { index, decision: { ...decision, verdict: gone ? 'ask' : 'waiting', reasons } };
    });
  }

  /** Lets nobody wake up any more. */
  end(): void {
    this.sleeping.end();
  }
}
