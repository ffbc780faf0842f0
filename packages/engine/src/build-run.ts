// A BuildRun carries out a plan under the lock, from the first event to the last; the command line and simulations share it.
import { type Event, type Plan, type Problem, verdictCounts } from '@evalmake/core';
import type { Build } from './build.ts';
import { callTold } from './call-told.ts';
import { goneTasks } from './gone.ts';
import { keepTexts } from './keep-texts.ts';
import type { PlanRequest } from './planner.ts';
import { RunLog } from './run-log.ts';
import { Stages } from './stages.ts';
import { isoTime, type Workspace } from './workspace.ts';

/** How to carry out a plan. */
export interface BuildRunOptions {
  readonly workspace: Workspace;
  readonly request: PlanRequest;
  readonly plan: Plan;
  readonly jobs: number;
  readonly keepGoing: boolean;
  readonly detach?: boolean;
  /** See `BuildOptions`. */
  readonly restoreOnly?: boolean;
  /** What is to be said before anything else. */
  readonly warnings?: readonly string[];
  readonly emit: (event: Event) => void;
  /** The words that it was called with, for its log. */
  readonly args?: readonly string[];
  /** Milliseconds since its user began to wait. */
  readonly elapsedMs: () => number;
  /** Given the build once it exists, so that it can be stopped; never when everything is fresh. */
  readonly onBuild?: (build: Build) => void | Promise<void>;
  /** Told of the plan as it is at the end, before the end is told. */
  readonly last?: (plan: Plan) => void;
}

/** What it came to. */
export interface BuildRunResult {
  readonly exit: number;
  readonly plan: Plan;
  readonly problems: readonly Problem[];
  /** Everything was fresh already. */
  readonly idle: boolean;
  /** Whether it was asked to stop, or has lost its lock. */
  readonly halted: boolean;
}

/** Carries out a plan: runs what has to run, or mends manifests when nothing has to. Needs the lock. */
export async function runPlan(options: BuildRunOptions): Promise<BuildRunResult> {
  const { workspace, plan, request, jobs, keepGoing, detach = false, restoreOnly = false } = options;
  const log = new RunLog(workspace.root);
  const idle = Object.keys(verdictCounts(plan)).every((v) => v === 'fresh' || v === 'off');
  let latest = plan;
  const emit = (event: Event): void => {
    const told = idle ? event : withContext(event, options, latest);
    if (!idle) log.write(told);
    options.emit(told);
  };
  const at = isoTime(workspace.options.nowMs());
  for (const text of options.warnings ?? []) emit({ event: 'warn', at, text });
  if (idle) return runNothing(options);
  workspace.journal.open();
  keepTexts(workspace, plan);
  const { Build } = await import('./build.ts');
  const build = new Build({ workspace, request, plan, jobs, keepGoing, detach, restoreOnly, log, emit });
  await options.onBuild?.(build);
  const result = await build.run((last) => {
    latest = last;
    options.last?.(last);
  });
  return { ...result, idle };
}

/** An event with what its build need not know: how it was called, and which tasks are none of the pipeline any more. */
function withContext(event: Event, { args, workspace }: BuildRunOptions, plan: Plan): Event {
  if (event.event === 'planned' && args !== undefined) return { ...event, call: callTold(args, workspace) };
  if (event.event !== 'ended') return event;
  const gone = goneTasks(workspace, plan.graph);
  return gone.length === 0 ? event : { ...event, gone };
}

/** Everything is fresh: what is left to do is to mend manifests that do not say so. Loads nothing that runs commands. */
function runNothing({ workspace, plan, emit, elapsedMs }: BuildRunOptions): BuildRunResult {
  const at = isoTime(workspace.options.nowMs());
  const stages = new Stages(workspace, plan.graph, plan);
  stages.touchStale();
  if (stages.pending) workspace.journal.open();
  stages.flush(new Set());
  workspace.files.save();
  const fresh = plan.graph.tasks.filter(
    (t) => t.target.run !== undefined && plan.decisions[t.index]?.verdict === 'fresh',
  ).length;
  const off = plan.graph.tasks.filter((t) => t.off && plan.decisions[t.index] === undefined).length;
  const none = { ran: 0, cutOff: 0, rechecked: 0, failed: 0, blocked: 0, ask: 0, notStarted: 0 };
  emit({
    event: 'planned',
    version: 1,
    run: 0,
    at,
    pipeline: workspace.pipeline.name,
    counts: verdictCounts(plan),
    tasks: [],
  });
  emit({ event: 'ended', at, exit: 0, ms: Math.round(elapsedMs()), counts: { ...none, fresh, off } });
  return { exit: 0, plan, problems: [], idle: true, halted: false };
}
