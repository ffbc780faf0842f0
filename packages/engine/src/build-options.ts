// BuildOptions say what a build is to do, and a BuildResult what it came to.
import type { EndCounts, Event, Plan, Problem, Verdict } from '@evalmake/core';
import type { PlanRequest } from './planner.ts';
import type { RunLog } from './run-log.ts';
import type { Workspace } from './workspace.ts';

/** How to build. */
export interface BuildOptions {
  readonly workspace: Workspace;
  readonly request: PlanRequest;
  readonly plan: Plan;
  readonly jobs: number;
  readonly keepGoing: boolean;
  /** Whether jobs are left with whoever does them: each is looked at once, and nobody waits. */
  readonly detach?: boolean;
  /** Whether nothing is run: what can be restored is, and the rest is left as it is. */
  readonly restoreOnly?: boolean;
  readonly log: RunLog;
  readonly emit: (event: Event) => void;
}

/** Verdicts with which a task can be started. */
export function startable({ restoreOnly }: Pick<BuildOptions, 'restoreOnly'>): readonly Verdict[] {
  return restoreOnly === true ? ['restore'] : ['run', 'recheck', 'restore', 'waiting'];
}

/** What a build came to. */
export interface BuildResult {
  readonly exit: number;
  readonly counts: EndCounts;
  readonly plan: Plan;
  readonly problems: readonly Problem[];
  /** Whether it was asked to stop, or has lost its lock: whoever builds again and again ends too. */
  readonly halted: boolean;
}
