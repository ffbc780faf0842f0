// A Budget is what one build may spend on paid work, and a Purse what of it is set aside for tasks that may start.
import type { Decision } from './decision.ts';
import type { Accuracy } from './estimate.ts';
import { type EstimateContext, estimateOf } from './estimation.ts';
import type { Task } from './graph.ts';
import { type Money, money, moneyText, usdOf } from './money.ts';
import type { Pipeline } from './pipeline.ts';
import type { World } from './ports.ts';
import type { Reason } from './reason.ts';

/** What a person has said about spending. */
export interface Consent {
  /** `--max-usd`. */
  readonly maxUsd?: number | undefined;
  /** `--yes`. */
  readonly yes?: boolean;
}

/** What a build may spend in all: by `--max-usd`, else without limit by `--yes`, else by `budget:`, else nothing. */
export function limitOf(consent: Consent | undefined, { budgetUsd }: Pick<Pipeline, 'budgetUsd'>): Money {
  if (consent?.maxUsd !== undefined) return money(consent.maxUsd);
  if (consent?.yes === true) return Number.POSITIVE_INFINITY;
  return money(budgetUsd ?? 0);
}

/** What this build has paid so far, by task. It grows while the build runs. */
export interface Spending {
  readonly total: Money;
  readonly byTask: ReadonlyMap<string, Money>;
}

/** What one build may spend, and what is known of money. */
export interface Budget {
  /** `Infinity` for no limit. */
  readonly limit: Money;
  readonly spending: Spending;
  /** What the last payments of a target were, held against its price list; undefined without payments. */
  readonly accuracy: (target: string) => Accuracy | undefined;
}

/** Of a plan that nobody gave a budget: nothing may be spent. */
export const noBudget: Budget = {
  limit: 0,
  spending: { total: 0, byTask: new Map() },
  accuracy: () => undefined,
};

/** What is set aside, by the name of the task, until its task has ended; and who asks which row. Only a plan changes one. */
export interface Purse {
  readonly aside: Map<string, Money>;
  /** Of all that is set aside: a plan of many thousand paid tasks asks for it at each. */
  sum: Money;
  /** By target and key: answers are kept by target, so that equal rows of two targets are asked twice. */
  readonly owners: Map<string, Map<string, string>>;
}

/** An empty purse, or one that goes on with what running tasks have set aside. */
export function purseOf(aside: ReadonlyMap<string, Money> = new Map()): Purse {
  const sum = [...aside.values()].reduce((n, amount) => n + amount, 0);
  return { aside: new Map(aside), sum, owners: new Map() };
}

/** Sets aside what attempts may cost that were begun and agreed to before: they go on, whatever is decided on others. */
export function setBegunAside(
  purse: Purse,
  tasks: Iterable<Task>,
  { records }: Pick<World, 'records'>,
): void {
  for (const { id, target } of tasks) {
    const begun = target.paid === undefined || purse.aside.has(id) ? undefined : records.openAttempt(id);
    if (begun !== undefined) setAside(purse, id, money(begun.estimateUsd));
  }
}

/** Spent, and set aside for tasks other than this one; of what is set aside, what its task has spent by now is spent. */
export function taken({ aside, sum }: Purse, { spending }: Budget, but: string): Money {
  let both = sum - (aside.get(but) ?? 0) + spending.total;
  for (const [task, spent] of spending.byTask)
    if (task !== but) both -= Math.min(spent, aside.get(task) ?? 0);
  return both;
}

/** Sets money aside; what has no bound is not counted, since it is let in only where there is no limit. */
function setAside(purse: Purse, task: string, amount: Money): void {
  if (!Number.isFinite(amount)) return;
  purse.aside.set(task, amount);
  purse.sum += amount;
}

/** What the budget is held against. */
export interface BudgetContext extends Omit<EstimateContext, 'accuracy' | 'counted'> {
  readonly budget: Budget;
  readonly purse: Purse;
}

/**
 * Puts its estimate into the decision on a paid task, and makes one that would run into one that asks when the money is not
 * there. What fits is set aside, so that no order of starts spends more than the limit.
 */
export function withinBudget(task: Task, made: Decision, context: BudgetContext): Decision {
  const { budget, purse } = context;
  giveBack(purse, task.id);
  const owners = ownersIn(purse, task);
  const counted = (key: string): boolean => {
    const owner = owners.get(key);
    return owner !== undefined && owner !== task.id && purse.aside.has(owner);
  };
  const estimate = estimateOf(task, made, { ...context, accuracy: budget.accuracy, counted });
  if (estimate === undefined) return made;
  const decision: Decision = { ...made, estimate };
  if (made.verdict !== 'run' && made.verdict !== 'waiting') return decision;
  if (estimate.agreed) {
    setAside(purse, task.id, estimate.money);
    return decision;
  }
  // What is not settled yet is held against the budget when its turn comes.
  if (!estimate.certain || estimate.money === 0) return decision;
  const needs = taken(purse, budget, task.id) + estimate.money;
  if (needs > budget.limit)
    return {
      ...decision,
      verdict: 'ask',
      reasons: [tooDear(estimate.money, needs, budget), ...made.reasons],
    };
  setAside(purse, task.id, estimate.money);
  if (made.rows !== undefined)
    for (const key of made.rows.todoKeys()) if (!counted(key)) owners.set(key, task.id);
  return decision;
}

function ownersIn({ owners }: Purse, { target }: Task): Map<string, string> {
  const known = owners.get(target.name);
  if (known !== undefined) return known;
  const made = new Map<string, string>();
  owners.set(target.name, made);
  return made;
}

/** Takes back what was set aside for a task: it has ended, or is decided anew. */
export function giveBack(purse: Purse, task: string): void {
  purse.sum -= purse.aside.get(task) ?? 0;
  purse.aside.delete(task);
}

function tooDear(estimate: Money, needs: Money, { limit }: Budget): Reason {
  const others = needs - estimate;
  const left =
    Number.isFinite(others) && others > 0 ? `, of which ${moneyText(others)} is spent or set aside` : '';
  const allowed =
    limit === 0 ? 'nothing may be spent without consent' : `${moneyText(limit)} may be spent${left}`;
  const about = Number.isFinite(estimate) ? `about ${moneyText(estimate)}` : 'an amount nobody knows';
  return {
    code: 'over-budget',
    root: true,
    subject: `it would cost ${about}, and ${allowed}`,
    ...(Number.isFinite(needs) ? { needsUsd: usdOf(needs) } : {}),
  };
}
