// PlanMoney is what a plan says of money: what its paid tasks would cost, per target and in all, and what reuse saves.

import { noBudget } from './budget.ts';
import type { Decision } from './decision.ts';
import { costOf, type Estimate } from './estimate.ts';
import { estimateOf } from './estimation.ts';
import type { Task } from './graph.ts';
import { type Money, money } from './money.ts';
import type { Plan } from './plan.ts';

/** What a sum of tasks would cost. */
export interface MoneySum {
  /** Of tasks that would run, with all they read settled. Rows that several tasks ask count once. */
  readonly known: Money;
  /** With those of which it is not certain yet that they run, or with which rows. */
  readonly atMost: Money;
  /** Whether some cost more that nobody can know yet. */
  readonly unknown: boolean;
  /** What rows whose answers are kept would have cost. */
  readonly saves: Money;
}

/** What one paid target would cost. */
export interface TargetMoney extends MoneySum {
  readonly target: string;
  /** Tasks that would or may run. */
  readonly tasks: number;
  /** Rows that would be asked, as far as that is certain; undefined for a target without rows. */
  readonly rows: number | undefined;
  readonly reused: number;
  /** US dollars by the price list, where it is the same for all its tasks. */
  readonly usdPerRow: number | undefined;
  readonly usdPerRun: number | undefined;
  /** What its last payments were, held against the price list of then; 1 when nobody knows. */
  readonly accuracy: number;
}

/** What a plan would cost. */
export interface PlanMoney extends MoneySum {
  /** What may be spent; `Infinity` for no limit. */
  readonly limit: Money;
  readonly spent: Money;
  /** Whether anything is not started because it would cost more than may be spent. */
  readonly asks: boolean;
  readonly targets: readonly TargetMoney[];
}

type Sums = { -readonly [K in keyof TargetMoney]: TargetMoney[K] };

/** Sums up a plan; undefined when none of its tasks is paid. */
export function planMoney(plan: Plan): PlanMoney | undefined {
  const { graph, input } = plan;
  const { limit, spending } = input.budget ?? noBudget;
  const targets = new Map<string, Sums>();
  const agreeable = new Set<number>();
  const seen = new Set<string>();
  let paid = false;
  let asks = false;
  for (const index of graph.order) {
    const decision = plan.decisions[index];
    const task = graph.tasks[index] as Task;
    if (decision === undefined) continue;
    const short = decision.verdict === 'ask' && decision.reasons.some((r) => r.code === 'over-budget');
    if (short || followsFrom(plan, task, decision, agreeable)) agreeable.add(index);
    if (task.target.paid === undefined) continue;
    paid = true;
    asks ||= short;
    const estimate = decision.estimate ?? (agreeable.has(index) ? later(plan, task, decision) : undefined);
    if (estimate !== undefined)
      add(sumsOf(targets, task, estimate), estimate, once(estimate, decision, seen));
  }
  if (!paid) return undefined;
  const list = [...targets.values()];
  const sum = (of: 'known' | 'atMost' | 'saves') => list.reduce((n, t) => n + t[of], 0);
  return {
    known: sum('known'),
    atMost: sum('atMost'),
    unknown: list.some((t) => t.unknown),
    saves: sum('saves'),
    limit,
    spent: spending.total,
    asks,
    targets: list,
  };
}

/** Whether a task is blocked by nothing but tasks that would go on if a person agreed to spend. */
function followsFrom(plan: Plan, task: Task, decision: Decision, agreeable: ReadonlySet<number>): boolean {
  if (decision.verdict !== 'blocked' || decision.reasons.length === 0) return false;
  return (
    decision.reasons.every((r) => r.code === 'upstream-asks') &&
    task.deps.every((dep) => plan.states[dep] !== 'blocked' || agreeable.has(dep))
  );
}

function later({ graph, input }: Plan, task: Task, decision: Decision): Estimate | undefined {
  const { config, world, budget = noBudget } = input;
  return estimateOf(task, decision, {
    graph,
    config,
    world,
    accuracy: budget.accuracy,
    counted: () => false,
  });
}

/** An estimate in which rows that were counted before are left out. */
function once(estimate: Estimate, { rows }: Decision, seen: Set<string>): Estimate {
  if (!estimate.certain || estimate.agreed || rows === undefined || rows.counts.todo === 0) return estimate;
  let own = 0;
  for (const key of rows.todoKeys()) {
    if (seen.has(key)) continue;
    seen.add(key);
    own++;
  }
  return { ...estimate, rows: own, money: money(costOf(estimate.price, own) * estimate.accuracy) };
}

function sumsOf(targets: Map<string, Sums>, { target }: Task, estimate: Estimate): Sums {
  const there = targets.get(target.name);
  if (there !== undefined) return there;
  const sums: Sums = {
    target: target.name,
    tasks: 0,
    rows: target.rows === undefined ? undefined : 0,
    reused: 0,
    usdPerRow: estimate.price.perRow,
    usdPerRun: estimate.price.perRun,
    accuracy: estimate.accuracy,
    known: 0,
    atMost: 0,
    unknown: false,
    saves: 0,
  };
  targets.set(target.name, sums);
  return sums;
}

function add(sums: Sums, { price }: Estimate, estimate: Estimate): void {
  const { certain, rows } = estimate;
  const amount = Number.isFinite(estimate.money) ? estimate.money : 0;
  sums.tasks++;
  if (certain && typeof rows === 'number') sums.rows = (sums.rows ?? 0) + rows;
  sums.reused += estimate.reused;
  if (sums.usdPerRow !== price.perRow) sums.usdPerRow = undefined;
  if (sums.usdPerRun !== price.perRun) sums.usdPerRun = undefined;
  if (certain) sums.known += amount;
  sums.atMost += amount;
  sums.unknown ||= rows === 'unknown';
  sums.saves += estimate.saves;
}
