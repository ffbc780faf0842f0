// `evalmake` and `evalmake build`: explains with --dry-run, watches with --watch, else builds.
import { type Plan, verdictCounts } from '@evalmake/core';
import { buildOnce } from './build-once.ts';
import { tellCodeless } from './codeless-note.ts';
import { explanationOf } from './explanation.ts';
import type { Options } from './options.ts';
import { renderExplanation } from './render-explanation.ts';
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
  await tellCodeless(session, plan);
  const explanation = await explanationOf(session, plan);
  if (options.json)
    process.stdout.write(`${JSON.stringify({ format: 'evalmake.plan', version: 1, ...explanation })}\n`);
  else {
    const isTty = process.stdout.isTTY === true;
    const colors = paint(useColor({ when: options.color, env: process.env, isTty }));
    const lines = renderExplanation(explanation, { paint: colors, all: options.all, fresh: options.verbose });
    process.stdout.write(`${lines.join('\n')}\n`);
  }
  return options.exitCode && isStale(plan) ? 3 : 0;
}

/** Whether a plan has anything that is not fresh. */
export function isStale(plan: Plan): boolean {
  return Object.entries(verdictCounts(plan)).some(
    ([verdict, n]) => verdict !== 'fresh' && verdict !== 'off' && n > 0,
  );
}
