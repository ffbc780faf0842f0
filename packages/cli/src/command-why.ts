// `evalmake why TARGET`: every part of the fingerprint, same or old -> new, and the task at the root of it all.
import {
  type Adoption,
  adoptionOf,
  byCodeUnit,
  type Decision,
  type Plan,
  type Reason,
  type Task,
} from '@evalmake/core';
import { UsageError } from './exit.ts';
import { reasonLine, shownValue, unprovenText } from './explain.ts';
import type { Options } from './options.ts';
import { find } from './select.ts';
import { openSession, planSession, Stopped, tellProblems } from './session.ts';
import { type Paint, paint, printable, useColor } from './style.ts';

/** One part of a fingerprint, before and now. */
export interface PartLine {
  readonly label: string;
  readonly was: string | undefined;
  readonly now: string | undefined;
  readonly state: 'same' | 'changed' | 'added' | 'removed' | 'pending';
}

/** Runs the command; gives the exit code. */
export async function why(options: Options): Promise<number> {
  if (options.targets.length === 0)
    throw new UsageError('evalmake why needs a target', 'evalmake status lists them');
  const session = await openSession(options, false);
  if (session instanceof Stopped) return session.exit;
  const plan = await planSession(session);
  if (plan instanceof Stopped) return plan.exit;
  const problems: Parameters<typeof find>[3] = [];
  const tasks = options.targets.flatMap((word) => find(plan.graph, word, '', problems));
  if (problems.length > 0) return tellProblems(problems, options);
  const found = tasks.map((index) => ({
    task: plan.graph.tasks[index] as Task,
    decision: plan.decisions[index] as Decision,
  }));
  if (options.json) {
    const document = found.map(({ task, decision }) => ({
      id: task.id,
      verdict: decision.verdict,
      reasons: decision.reasons,
      parts: partLines(decision),
      roots: roots(plan, task.index),
      ...adopted(plan, task),
    }));
    process.stdout.write(`${JSON.stringify({ format: 'evalmake.why', version: 1, tasks: document })}\n`);
    return 0;
  }
  const colors = paint(
    useColor({ when: options.color, env: process.env, isTty: process.stdout.isTTY === true }),
  );
  const shown = options.all ? found : found.slice(0, 10);
  for (const { task, decision } of shown) process.stdout.write(`${page(plan, task, decision, colors)}\n`);
  if (shown.length < found.length)
    process.stdout.write(`… and ${found.length - shown.length} more tasks; --all shows them\n`);
  return 0;
}

/** The parts of a decision's fingerprint against those of the record it was compared with. */
export function partLines(decision: Decision): PartLine[] {
  const was = decision.record?.parts ?? {};
  const now = decision.fingerprint.parts;
  const pending = decision.fingerprint.pending;
  const labels = [
    ...new Set([...Object.keys(was), ...Object.keys(now), ...pending.filter((p) => !p.includes('#'))]),
  ].sort(byCodeUnit);
  return labels.map((label): PartLine => {
    const [before, after] = [was[label], now[label]];
    const isPending = pending.some((p) => (p.endsWith('*') ? label.startsWith(p.slice(0, -1)) : p === label));
    const state = isPending
      ? 'pending'
      : before === after
        ? 'same'
        : before === undefined
          ? 'added'
          : after === undefined
            ? 'removed'
            : 'changed';
    return { label, was: before, now: after, state };
  });
}

/** The tasks upstream (or this one) whose own reasons start it all, with the way there. */
export function roots(
  plan: Plan,
  index: number,
): { id: string; path: string[]; reasons: readonly Reason[] }[] {
  const out: { id: string; path: string[]; reasons: readonly Reason[] }[] = [];
  const seen = new Set<number>();
  const walk = (at: number, path: readonly string[]): void => {
    if (seen.has(at)) return;
    seen.add(at);
    const task = plan.graph.tasks[at] as Task;
    const decision = plan.decisions[at];
    if (decision === undefined || decision.verdict === 'fresh') return;
    const own = decision.reasons.filter((r) => r.root);
    if (own.length > 0) out.push({ id: task.id, path: [...path, task.id], reasons: own });
    for (const dep of task.deps) walk(dep, [...path, task.id]);
  };
  walk(index, []);
  return out;
}

function adopted(plan: Plan, task: Task): { adopted?: Omit<Adoption, 'task'> } {
  const found = adoptionOf(plan, task.index);
  if (found === undefined) return {};
  const { task: _, ...adoption } = found;
  return { adopted: adoption };
}

function adoptedLines(plan: Plan, task: Task): string[] {
  const { adopted: adoption } = adopted(plan, task);
  if (adoption === undefined) return [];
  return [
    `adopted on ${adoption.at} because "${printable(adoption.reason)}"`,
    `not proven: ${unprovenText(adoption)}`,
  ];
}

function page(plan: Plan, task: Task, decision: Decision, colors: Paint): string {
  const lines = [`${colors.bold(task.id)}: ${decision.verdict}`];
  for (const reason of decision.reasons) lines.push(`  because ${reasonLine(reason)}`);
  if (decision.verdict === 'fresh' && decision.record !== undefined) {
    const { record } = decision;
    const where = record.source === 'manifest' ? 'the manifest' : `run ${record.run}`;
    const vouched = record.adopted === undefined ? '' : 'adopted ';
    lines.push(
      `  fresh: the ${vouched}record of ${record.at} (${where}) has this fingerprint, and the outputs on disk are its outputs`,
    );
  }
  for (const line of adoptedLines(plan, task)) lines.push(`  ${colors.yellow(line)}`);
  for (const root of roots(plan, task.index)) {
    if (root.id === task.id) continue;
    lines.push(
      `  root cause: ${[...root.path].reverse().join(' -> ')}: ${root.reasons.map(reasonLine).join('; ')}`,
    );
  }
  for (const part of partLines(decision)) {
    const value =
      part.state === 'same'
        ? shownValue(part.now)
        : part.state === 'pending'
          ? 'decided when its producer is done'
          : `${shownValue(part.was)} -> ${shownValue(part.now)}`;
    const mark =
      part.state === 'same'
        ? colors.dim('same   ')
        : part.state === 'pending'
          ? colors.cyan('pending')
          : colors.yellow(part.state.padEnd(7));
    lines.push(`  ${mark} ${part.label}  ${value}`);
  }
  return lines.join('\n');
}
