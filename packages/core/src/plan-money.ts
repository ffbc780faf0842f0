// PlanMoney is what a plan says of money: what its paid tasks would cost, per target and in all, and what reuse saves.

import { noBudget } from './budget.ts';
import type { Decision } from './decision.ts';
import { costOf, type Estimate, usdPerRow } from './estimate.ts';
import { estimateOf } from './estimation.ts';
import { freeBefore } from './free-before.ts';
import type { Task } from './graph.ts';
import { money } from './money.ts';
import type { PlanMoney, TargetMoney } from './money-document.ts';
import type { Plan } from './plan.ts';
import { noSavings, noteRows, type Savings, spared } from './savings.ts';

type Sums = { -readonly [K in keyof TargetMoney]: TargetMoney[K] } & { readonly savings: Savings };

/** Sums up a plan; undefined when none of its tasks is paid. */
export function planMoney(plan: Plan): PlanMoney | undefined {
  const { graph, input } = plan;
  const { limit, spending } = input.budget ?? noBudget;
  const targets = new Map<string, Sums>();
  const agreeable = new Set<number>();
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
    const blocked = decision.verdict === 'blocked';
    if (blocked && !agreeable.has(index)) continue;
    const estimate = blocked ? later(plan, task, decision) : decision.estimate;
    if (estimate === undefined) continue;
    const sums = sumsOf(targets, task, estimate);
    add(sums, once(estimate, decision, sums.savings));
    if (!estimate.certain) sums.freeBefore ??= freeBefore(plan, task);
  }
  if (!paid) return undefined;
  const list = [...targets.values()].map(withSavings);
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
function once(estimate: Estimate, { rows }: Decision, savings: Savings): Estimate {
  if (!estimate.certain || estimate.agreed || rows === undefined) return estimate;
  const own = noteRows(savings, rows, usdPerRow(estimate));
  if (rows.counts.todo === 0) return estimate;
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
    usdPerRow: estimate.price.known === 'declared' ? estimate.price.perRow : undefined,
    usdPerRun: estimate.price.known === 'declared' ? estimate.price.perRun : undefined,
    unpriced: false,
    discount: estimate.price.discount,
    accuracy: estimate.accuracy,
    known: 0,
    atMost: 0,
    unknown: false,
    saves: 0,
    freeBefore: undefined,
    savings: noSavings(),
  };
  targets.set(target.name, sums);
  return sums;
}

function add(sums: Sums, estimate: Estimate): void {
  const { price, certain, rows, unknown } = estimate;
  const amount = Number.isFinite(estimate.money) ? estimate.money : 0;
  sums.tasks++;
  if (certain && typeof rows === 'number') sums.rows = (sums.rows ?? 0) + rows;
  if (sums.usdPerRow !== price.perRow) sums.usdPerRow = undefined;
  if (sums.discount !== price.discount) sums.discount = undefined;
  if (sums.usdPerRun !== price.perRun) sums.usdPerRun = undefined;
  if (certain) sums.known += amount;
  sums.atMost += amount;
  sums.unknown ||= unknown;
  sums.unpriced ||= unknown && price.known === 'undeclared';
}

function withSavings({ savings, ...sums }: Sums): TargetMoney {
  const { rows: reused, saves } = spared(savings);
  return { ...sums, reused, saves };
}
