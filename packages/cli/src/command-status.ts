// `evalmake status`: how each target stands, in one line each.
import { adoptionOf, causesOf, familiesOf, type Plan, type Task } from '@evalmake/core';
import { moneyOf } from '@evalmake/engine';
import { isStale } from './command-build.ts';
import { moneyLines } from './explain-money.ts';
import type { Options } from './options.ts';
import { openSession, planSession, Stopped } from './session.ts';
import { type Paint, paint, useColor } from './style.ts';

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
    const { explainedFamilies, offTasks } = await import('./explanation.ts');
    const document = {
      format: 'evalmake.status',
      version: 1,
      pipeline: plan.graph.pipeline.name,
      targets,
      families: explainedFamilies(plan, causesOf(plan), offTasks(session, plan)),
      ...moneyOf(plan),
    };
    process.stdout.write(`${JSON.stringify(document)}\n`);
  } else {
    const isTty = process.stdout.isTTY === true;
    const colors = paint(useColor({ when: options.color, env: process.env, isTty }));
    const families = options.all ? differingFamilies(plan) : new Map<string, FamilyStatus[]>();
    for (const line of statusLines(targets, families, colors)) process.stdout.write(`${line}\n`);
    for (const line of moneyLines(moneyOf(plan).money)) process.stdout.write(`${line}\n`);
  }
  return options.exitCode && isStale(plan) ? 3 : 0;
}

/** How the tasks of one family stand. */
interface FamilyStatus {
  readonly name: string;
  readonly counts: Readonly<Record<string, number>>;
}

/** The families of targets of which not all stand alike, by target. */
function differingFamilies(plan: Plan): Map<string, FamilyStatus[]> {
  const { graph, decisions } = plan;
  const verdict = ({ index }: Task): string | undefined => decisions[index]?.verdict;
  const out = new Map<string, FamilyStatus[]>();
  for (const { name, target, tasks } of familiesOf(
    graph,
    graph.tasks.filter((task) => verdict(task) !== undefined),
  )) {
    const counts: Record<string, number> = {};
    for (const task of tasks) counts[verdict(task) ?? ''] = (counts[verdict(task) ?? ''] ?? 0) + 1;
    out.set(target.name, [...(out.get(target.name) ?? []), { name, counts }]);
  }
  for (const [target, families] of out) {
    const verdicts = new Set(families.flatMap(({ counts }) => Object.keys(counts)));
    if (families.length < 2 || verdicts.size < 2) out.delete(target);
  }
  return out;
}

function statusLines(
  targets: readonly TargetStatus[],
  families: ReadonlyMap<string, readonly FamilyStatus[]>,
  colors: Paint,
): string[] {
  const names = targets.flatMap(({ target }) => [
    target,
    ...(families.get(target) ?? []).map(({ name }) => `  ${name}`),
  ]);
  const width = Math.max(...names.map((name) => name.length), 1);
  return targets.flatMap(({ target, desc, counts, adopted }) => {
    const words = Object.entries(counts).map(([verdict, n]) => {
      const text = Object.keys(counts).length === 1 && n === 1 ? verdict : `${n} ${verdict}`;
      return colorOf(verdict, colors)(text);
    });
    const own = families.get(target) ?? [];
    return [
      `${colors.bold(target.padEnd(width))}  ${words.join(', ')}${adopted === 0 ? '' : ` (${adopted} adopted)`}${desc === undefined ? '' : colors.dim(`  ${desc}`)}`,
      ...own.map(({ name, counts: these }) => `${`  ${name}`.padEnd(width)}  ${familyText(these, colors)}`),
    ];
  });
}

/** `3 of 11 run`; `11 fresh` where all stand alike. */
function familyText(counts: Readonly<Record<string, number>>, colors: Paint): string {
  const all = Object.values(counts).reduce((sum, n) => sum + n, 0);
  const open = Object.entries(counts).filter(([verdict]) => verdict !== 'fresh');
  const shown = open.length === 0 ? Object.entries(counts) : open;
  return shown
    .map(([verdict, n]) =>
      colorOf(verdict, colors)(n === all ? `${n} ${verdict}` : `${n} of ${all} ${verdict}`),
    )
    .join(', ');
}

function colorOf(verdict: string, colors: Paint): (text: string) => string {
  return verdict === 'fresh' ? colors.green : verdict === 'off' ? colors.dim : colors.yellow;
}
