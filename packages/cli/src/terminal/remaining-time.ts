// The RemainingTime of a build is simulated from how long its tasks took before, at most every other second.
import { type Durations, durations, type Event, forecast, type Plan } from '@evalmake/core';
import type { Eta } from './time-text.ts';

/** Tasks for which one simulation takes some milliseconds; more of them are simulated less often. */
const often = 5000;

/** Estimates how long a build will still take. */
export class RemainingTime {
  private times: Durations | undefined;
  private plan: Plan | undefined;
  private readonly startedMs = new Map<string, number>();
  private known: Eta | undefined;
  private nextMs = 0;
  private madeMs = 0;

  /**
   * @param jobs commands at a time
   * @param nowMs the clock
   */
  constructor(
    private readonly jobs: number,
    private readonly nowMs: () => number,
  ) {}

  /** The plan that is carried out; it changes as it is. */
  follow(plan: Plan): void {
    if (plan === this.plan) return;
    this.plan = plan;
    // A plan made anew has other tasks; how long those of before take is looked up again, which is rare.
    this.times = undefined;
    this.nextMs = 0;
  }

  /** Takes an event in: from when on a task runs. */
  take(event: Event): void {
    if (event.event === 'started') this.startedMs.set(event.task, this.nowMs());
  }

  /** How long it will still take; undefined where too little is known. */
  eta(): Eta | undefined {
    const { plan } = this;
    if (plan === undefined) return undefined;
    const now = this.nowMs();
    if (now >= this.nextMs) {
      this.nextMs = now + (plan.graph.tasks.length > often ? 20_000 : 2000);
      this.madeMs = now;
      this.known = this.simulated(plan, now);
    }
    if (this.known === undefined) return undefined;
    return { ...this.known, ms: Math.max(0, this.known.ms - (now - this.madeMs)) };
  }

  private simulated(plan: Plan, now: number): Eta | undefined {
    this.times ??= durations(plan);
    const elapsed = new Map<number, number>();
    for (const [task, since] of this.startedMs) {
      const index = plan.graph.byId.get(task);
      if (index !== undefined && plan.states[index] === 'running') elapsed.set(index, now - since);
    }
    const { jobs, times } = this;
    const { ms, unknown, tasks } = forecast(plan, { jobs, maybe: true, elapsed, times });
    return ms === undefined || tasks === 0 ? undefined : { ms, certain: unknown === 0 };
  }
}
