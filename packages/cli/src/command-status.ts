// `evalmake status`: how each target stands, in one line each.
import { adoptionOf, type Plan, type Task } from '@evalmake/core';
import { moneyOf } from '@evalmake/engine';
import { isStale } from './command-build.ts';
import { moneyLines } from './explain-money.ts';
import type { Options } from './options.ts';
import { openSession, planSession, Stopped } from './session.ts';
import { paint, useColor } from './style.ts';

/** How one target stands. */
export interface TargetStatus {
  readonly target: string;
  readonly desc: string | undefined;
  readonly counts: Readonly<Record<string, number>>;
  /** How many of its tasks stand on outputs that a person vouches for. */
  readonly adopted: number;
}

/** How the targets of a plan stand, in the order of the pipeline; a set that is not known yet counts as one task. */
export function targetStatus(plan: Plan): TargetStatus[] {
  return plan.graph.pipeline.targets.flatMap((target) => {
    const counts: Record<string, number> = {};
    let adopted = 0;
    for (const index of plan.graph.byTarget.get(target.name) ?? []) {
      const task = plan.graph.tasks[index] as Task;
      const verdict = plan.decisions[index]?.verdict ?? (task.off ? 'off' : undefined);
      if (verdict === undefined) continue;
      counts[verdict] = (counts[verdict] ?? 0) + 1;
      if (adoptionOf(plan, index) !== undefined) adopted++;
    }
    if (Object.keys(counts).length === 0) return [];
    return [{ target: target.name, desc: target.desc, counts, adopted }];
  });
}

/** Runs the command; gives the exit code. */
export async function status(options: Options): Promise<number> {
  const session = await openSession(options, false);
  if (session instanceof Stopped) return session.exit;
  const plan = await planSession(session);
  if (plan instanceof Stopped) return plan.exit;
  const targets = targetStatus(plan);
  if (options.json) {
    process.stdout.write(
      `${JSON.stringify({ format: 'evalmake.status', version: 1, pipeline: plan.graph.pipeline.name, targets, ...moneyOf(plan) })}\n`,
    );
  } else {
    const colors = paint(
      useColor({ when: options.color, env: process.env, isTty: process.stdout.isTTY === true }),
    );
    const width = Math.max(...targets.map((t) => t.target.length), 1);
    for (const { target, desc, counts, adopted } of targets) {
      const words = Object.entries(counts).map(([verdict, n]) => {
        const text = Object.keys(counts).length === 1 && n === 1 ? verdict : `${n} ${verdict}`;
        return verdict === 'fresh'
          ? colors.green(text)
          : verdict === 'off'
            ? colors.dim(text)
            : colors.yellow(text);
      });
      process.stdout.write(
        `${colors.bold(target.padEnd(width))}  ${words.join(', ')}${adopted === 0 ? '' : ` (${adopted} adopted)`}${desc === undefined ? '' : colors.dim(`  ${desc}`)}\n`,
      );
    }
    for (const line of moneyLines(moneyOf(plan).money)) process.stdout.write(`${line}\n`);
  }
  return options.exitCode && isStale(plan) ? 3 : 0;
}
