// The money of a build: what it has paid and spared by its end, and what stays set aside when its plan is made anew.
import { type EndMoney, type Money, type Plan, usdOf } from '@evalmake/core';
import type { Workspace } from './workspace.ts';

/** What a build paid, as a member of its last event; none where nothing is paid. */
export function endMoney({ pipeline, spending }: Workspace): { readonly money?: EndMoney } {
  if (spending.total === 0 && pipeline.targets.every((t) => t.paid === undefined)) return {};
  return { money: { spentUsd: usdOf(spending.total), savedUsd: usdOf(spending.saved) } };
}

/** What is set aside for the tasks of a plan that run. */
export function runningAside({ graph, states, purse }: Plan): Map<string, Money> {
  const running = [...purse.aside].filter(([id]) => states[graph.byId.get(id) ?? -1] === 'running');
  return new Map(running);
}
