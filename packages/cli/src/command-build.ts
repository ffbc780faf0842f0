// `evalmake` and `evalmake build`: explains with --dry-run, watches with --watch, else builds.
import { type Plan, verdictCounts } from '@evalmake/core';
import { moneyOf, plannedTasks } from '@evalmake/engine';
import { buildOnce } from './build-once.ts';
import { explain, planSummary } from './explain.ts';
import { moneyLines } from './explain-money.ts';
import type { Options } from './options.ts';
import { openSession, planSession, Stopped } from './session.ts';
import { paint, useColor } from './style.ts';

/** Runs the command; gives the exit code. */
export async function build(options: Options): Promise<number> {
  if (options.dryRun) return dryRun(options);
  if (options.watch) return (await import('./command-watch.ts')).watch(options);
  const result = await buildOnce(options);
  return result.exit;
}

/** Explains what a build would do. Writes nothing. */
async function dryRun(options: Options): Promise<number> {
  const session = await openSession(options, false);
  if (session instanceof Stopped) return session.exit;
  const plan = await planSession(session);
  if (plan instanceof Stopped) return plan.exit;
  const tasks = plannedTasks(plan, true);
  if (options.targets.length === 0) {
    for (const task of plan.graph.tasks) {
      if (task.off && plan.decisions[task.index] === undefined)
        tasks.push({ id: task.id, target: task.target.name, verdict: 'off', reasons: [] });
    }
  }
  const counts: Record<string, number> = {};
  for (const task of tasks) counts[task.verdict] = (counts[task.verdict] ?? 0) + 1;
  if (options.json) {
    const document = {
      format: 'evalmake.plan',
      version: 1,
      pipeline: session.workspace.pipeline.name,
      tasks,
      counts,
      ...moneyOf(plan),
    };
    process.stdout.write(`${JSON.stringify(document)}\n`);
  } else {
    const colors = paint(
      useColor({ when: options.color, env: process.env, isTty: process.stdout.isTTY === true }),
    );
    const lines = explain(tasks, { paint: colors, all: options.all, fresh: options.verbose });
    const { money } = moneyOf(plan);
    process.stdout.write(`${[...lines, planSummary(counts), ...moneyLines(money)].join('\n')}\n`);
  }
  return options.exitCode && isStale(plan) ? 3 : 0;
}

/** Whether a plan has anything that is not fresh. */
export function isStale(plan: Plan): boolean {
  return Object.entries(verdictCounts(plan)).some(
    ([verdict, n]) => verdict !== 'fresh' && verdict !== 'off' && n > 0,
  );
}
