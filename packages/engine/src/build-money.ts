// The money of a build: what it has paid and spared by its end, and what stays set aside when its plan is made anew.
import {
  type Decision,
  type EndMoney,
  type Money,
  type Parsed,
  type Plan,
  type PlanInput,
  type Task,
  usdOf,
} from '@evalmake/core';
import { wasUnsure } from './build-decide.ts';
import type { BuildOptions } from './build-options.ts';
import { makePlan } from './planner.ts';
import type { Workspace } from './workspace.ts';

/** What a build paid, as a member of its last event; none where nothing is paid. */
export function endMoney({ pipeline, spending }: Workspace): { readonly money?: EndMoney } {
  if (spending.total === 0 && pipeline.targets.every((t) => t.paid === undefined)) return {};
  return { money: { spentUsd: usdOf(spending.total), savedUsd: usdOf(spending.saved) } };
}

/** The paid targets of which a build has told, before it paid anything for them, what they ask now that it is known. */
export class ToldCosts {
  private readonly told = new Set<string>();

  /** Whether the plan is to be made and told anew before this task starts: until now it was said to cost "at most" so much. */
  isDue({ target }: Task, before: Decision): boolean {
    if (target.paid === undefined || this.told.has(target.name)) return false;
    this.told.add(target.name);
    return wasUnsure(before);
  }
}

/** Makes the plan of a build anew: what has been done counts, and what runs keeps the money that is set aside for it. */
export function planAgain(
  { workspace, request }: Pick<BuildOptions, 'workspace' | 'request'>,
  before: Plan,
  carried: PlanInput['carried'],
): Parsed<Plan> {
  return makePlan(workspace, { ...request, carried, aside: runningAside(before) });
}

/** Tasks that ask in a plan and did not in the one before it: nobody has heard of them yet. */
export function newAsks(before: Plan, now: Plan): number[] {
  return now.graph.order.filter((index) => {
    if (now.decisions[index]?.verdict !== 'ask') return false;
    const was = before.graph.byId.get(now.graph.tasks[index]?.id ?? '');
    return was === undefined || before.decisions[was]?.verdict !== 'ask';
  });
}

/** What is set aside for the tasks of a plan that run. */
function runningAside({ graph, states, purse }: Plan): Map<string, Money> {
  const running = [...purse.aside].filter(([id]) => states[graph.byId.get(id) ?? -1] === 'running');
  return new Map(running);
}
