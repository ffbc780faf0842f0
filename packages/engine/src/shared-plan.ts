// A SharedPlan is a plan that knows what others have made: planned, asked for, and planned again as long as that tells more.
import type { Parsed, Plan } from '@evalmake/core';
import { makePlan, type PlanRequest } from './planner.ts';
import type { Workspace } from './workspace.ts';

/** How long a plan that is only shown waits for answers, and one that is built. What is left is asked in its turn. */
const askLimitMs = { shown: 5000, built: 60_000 };

/**
 * Plans a workspace as it is now; where results are shared, with what others have made of what is stale. Each round knows
 * the files of one more step, since what is brought is known before it lies there.
 * @returns as `makePlan`
 */
export async function makeSharedPlan(workspace: Workspace, request: PlanRequest): Promise<Parsed<Plan>> {
  let made = makePlan(workspace, request);
  const { cache, options } = workspace;
  if (cache === undefined) return made;
  const until = options.nowMs() + (options.write ? askLimitMs.built : askLimitMs.shown);
  const goesOn = (): boolean => options.nowMs() < until;
  while (made.value !== undefined && cache.open > 0 && goesOn()) {
    if (!(await cache.ask(goesOn))) break;
    made = makePlan(workspace, request);
  }
  return made;
}
