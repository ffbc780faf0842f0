// What a plan says of its tasks, as it is written to the run log and shown.
import {
  type Decision,
  type Event,
  type MoneyDocument,
  moneyDocument,
  type Plan,
  type PlannedTask,
  planMoney,
  type Task,
  verdictCounts,
} from '@evalmake/core';
import { openFamilies, openTasks } from './build-counts.ts';

type PlannedEvent = Extract<Event, { event: 'planned' }>;

/** Tasks of a plan that are not fresh, in graph order; `all` for every wanted one. */
export function plannedTasks(plan: Plan, all = false): PlannedTask[] {
  const out: PlannedTask[] = [];
  for (const index of plan.graph.order) {
    const decision = plan.decisions[index];
    if (decision === undefined || (!all && decision.verdict === 'fresh')) continue;
    const { id, target } = plan.graph.tasks[index] as Task;
    const { verdict, reasons } = decision;
    out.push({ id, target: target.name, verdict, reasons, ...originOf(decision) });
  }
  return out;
}

/** Where the result of a task lies that is to be restored, as a member of a document. */
export function originOf({ verdict, origin }: Decision): Pick<PlannedTask, 'origin'> {
  return verdict === 'restore' && origin !== undefined ? { origin } : {};
}

/** What a plan would cost, as a member of a document or an event; none when nothing in it is paid. */
export function moneyOf(plan: Plan): { readonly money?: MoneyDocument } {
  const money = plan.input.budget === undefined ? undefined : planMoney(plan);
  return money === undefined ? {} : { money: moneyDocument(money) };
}

/** The first event of a build. */
export function plannedEvent(plan: Plan, build: Pick<PlannedEvent, 'run' | 'at' | 'pipeline'>): PlannedEvent {
  return {
    event: 'planned',
    version: 1,
    ...build,
    counts: verdictCounts(plan),
    tasks: plannedTasks(plan),
    ...moneyOf(plan),
  };
}

/** Tells that a plan was made anew, because the set of a target is known now, or what a paid one will ask. */
export function replannedEvent(plan: Plan, at: string, because: string): Event {
  const tasks = plan.decisions.filter((d) => d !== undefined).length;
  const families = openFamilies(plan);
  return { event: 'replanned', at, tasks, open: openTasks(plan), because, families, ...moneyOf(plan) };
}

/** Tells that a task cannot be built: why, and whether a person must decide on this very one. */
export function blockedEvent(plan: Plan, index: number, at: string): Event {
  const { id } = plan.graph.tasks[index] as Task;
  const decision = plan.decisions[index];
  const told = decision?.verdict;
  const verdict = told === 'ask' || told === 'waiting' ? told : 'blocked';
  return { event: 'blocked', at, task: id, verdict, reasons: decision?.reasons ?? [] };
}
