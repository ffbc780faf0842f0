// An Explanation is what a build would do and why, as a value: its causes, its families, its time and its money.
import { resolve } from 'node:path';
import {
  type Cause,
  type CauseSources,
  causesOf,
  type Decision,
  enoughText,
  type Family,
  familiesOf,
  forecast,
  inputPath,
  longTexts,
  type MoneyDocument,
  money,
  type Plan,
  type PlannedTask,
  type Reason,
  type ReportCause,
  reportCauses,
  soleRef,
  type Target,
  type Task,
  type Verdict,
} from '@evalmake/core';
import { type FileSize, measure, moneyOf, originOf, plannedTasks } from '@evalmake/engine';
import { advice } from './explain.ts';
import { placesOf } from './places.ts';
import type { Session } from './session.ts';
import { count, sizeText } from './style.ts';

/** Tasks of one target that are told together. */
export interface ExplainedFamily {
  readonly name: string;
  readonly target: string;
  readonly tasks: number;
  readonly verdicts: Readonly<Partial<Record<Verdict, number>>>;
  /** How many of those that are restored come from the shared cache; only where some do. */
  readonly shared?: number;
  /** The causes that hold for some of them, by their numbers from 1, and for how many. */
  readonly causes: readonly { readonly number: number; readonly tasks: number }[];
  /** Targets that are built before, each with how many of its tasks. */
  readonly after: readonly { readonly target: string; readonly tasks: number }[];
  /** What follows from others and is no build: failed, waits for a decision. */
  readonly held: readonly Reason[];
  /** Of one that is off: the key that says so. */
  readonly offBy?: string;
  /** What a person has to do, for the first of them. */
  readonly advice: readonly string[];
}

/** A whole explanation; causes name tasks by their place in `tasks`. */
export interface Explanation {
  readonly pipeline: string;
  readonly tasks: readonly PlannedTask[];
  readonly counts: Readonly<Record<string, number>>;
  readonly causes: readonly ReportCause[];
  readonly families: readonly ExplainedFamily[];
  readonly forecast: {
    readonly jobs: number;
    /** Of what will run, and with all that may; absent where too little is known. */
    readonly ms?: number;
    readonly atMostMs?: number;
    /** Tasks of which nobody knows how long they take. */
    readonly unknown: number;
  };
  readonly money?: MoneyDocument;
}

/** Explains a plan. Reads what its causes are about, and writes nothing. */
export async function explanationOf(session: Session, plan: Plan): Promise<Explanation> {
  const tasks = plannedTasks(plan, true);
  const unplanned = offTasks(session, plan);
  for (const task of unplanned)
    tasks.push({ id: task.id, target: task.target.name, verdict: 'off', reasons: [] });
  const counts: Record<string, number> = {};
  for (const { verdict } of tasks) counts[verdict] = (counts[verdict] ?? 0) + 1;
  const causes = causesOf(plan);
  const position = new Map(tasks.map((task, i) => [task.id, i]));
  const placeOf = (index: number): number => position.get(plan.graph.tasks[index]?.id ?? '') ?? -1;
  const { jobs } = session.options;
  const [certain, most] = [false, true].map((maybe) => forecast(plan, { jobs, maybe }));
  return {
    pipeline: session.workspace.pipeline.name,
    tasks,
    counts,
    causes: reportCauses(plan, causes, await sourcesOf(session, plan, causes)).map((cause) => ({
      ...cause,
      tasks: cause.tasks.map(placeOf),
    })),
    families: explainedFamilies(plan, causes, unplanned),
    forecast: {
      jobs,
      ...(certain?.ms === undefined ? {} : { ms: Math.round(certain.ms) }),
      ...(most?.ms === undefined ? {} : { atMostMs: Math.round(most.ms) }),
      unknown: most?.unknown ?? 0,
    },
    ...moneyOf(plan),
  };
}

/** What causes are told with beside the plan: their places, and the sizes of what changed. */
export async function sourcesOf(
  session: Session,
  plan: Plan,
  causes: readonly Cause[],
): Promise<CauseSources> {
  const places = await placesOf(session, causes, plan.graph.tasks);
  const { texts, root } = session.workspace;
  const now = new Map(causes.slice(0, mostMeasured).flatMap((cause) => sizeNow(cause, root)));
  const written = textsNow(session, causes);
  return {
    text: (digest) => written.get(digest) ?? texts.get(digest),
    size: (digest) => {
      const size = now.get(digest) ?? texts.size(digest);
      if (size === undefined) return undefined;
      return size.lines === undefined ? sizeText(size.bytes) : count(size.lines, 'line');
    },
    where: (cause) => places.get(cause),
    advice: (cause) => (isDecision(cause) ? adviceFor(plan, cause.tasks[0] ?? -1) : []),
  };
}

/** Whether a cause is what a person has to decide on, and not only beside it. */
function isDecision({ code }: Cause): boolean {
  return [
    'paid',
    'over-budget',
    'keep',
    'nondeterministic',
    'outcome-unknown',
    'output-unrecorded',
    'secret-missing',
    'check-failed',
  ].includes(code);
}

/** What to do for a task that a person must see to; for its whole target where all of it is to be decided. */
function adviceFor(plan: Plan, index: number): readonly string[] {
  const task = plan.graph.tasks[index];
  const decision = plan.decisions[index];
  if (task === undefined || decision === undefined) return [];
  const { name } = task.target;
  const all = plan.graph.byTarget.get(name) ?? [];
  const whole = all.length > 1 && all.every((i) => plan.decisions[i]?.verdict === decision.verdict);
  const dear = whole && decision.reasons.some((r) => r.code === 'over-budget' && r.needsUsd !== undefined);
  const most = dear ? moneyOf(plan).money?.atMostUsd : undefined;
  if (most !== undefined && most > 0)
    return [`to consent: evalmake --max-usd ${enoughText(money(most))} ${name}`];
  return advice(whole ? name : task.id, decision);
}

/** Inputs of causes beyond these are told by their digests alone. */
const mostMeasured = 30;

function sizeNow({ code, reason, subjects }: Cause, root: string): [string, FileSize][] {
  if (code !== 'input-changed' || subjects.length > 1 || reason.now === undefined) return [];
  const size = measure(resolve(root, inputPath(reason.subject ?? '')));
  return size === undefined ? [] : [[reason.now, size]];
}

/** What stands behind the digests of today, where a cause is about a text. */
function textsNow({ workspace }: Session, causes: readonly Cause[]): Map<string, string> {
  const out = new Map<string, string>();
  if (!causes.some(({ code }) => code === 'command-changed' || code === 'config-changed')) return out;
  const { pipeline, config, world } = workspace;
  for (const target of pipeline.targets)
    for (const [digest, text] of longTexts(target, { pipeline, config, digest: world.digest }))
      out.set(digest, text);
  return out;
}

/** Tasks that are off and not planned. A call that names nothing is about the whole pipeline: what is switched off is said. */
export function offTasks({ options }: Pick<Session, 'options'>, { graph, decisions }: Plan): Task[] {
  if (options.targets.length > 0) return [];
  return graph.tasks.filter((t) => t.off && decisions[t.index] === undefined);
}

/** All families that a plan decides, and targets that are off, in the order of the graph. */
export function explainedFamilies(
  plan: Plan,
  causes: readonly Cause[],
  unplanned: readonly Task[],
): ExplainedFamily[] {
  const { graph, decisions } = plan;
  const causesOfTask = new Map<number, Set<number>>();
  for (const [i, cause] of causes.entries())
    for (const index of cause.tasks) {
      const numbers = causesOfTask.get(index);
      if (numbers === undefined) causesOfTask.set(index, new Set([i + 1]));
      else numbers.add(i + 1);
    }
  const told = graph.order.map((i) => graph.tasks[i] as Task).filter((t) => decisions[t.index] !== undefined);
  const out = familiesOf(graph, told).map((family) => explained(family, plan, causesOfTask));
  const off = new Set(unplanned.map((t) => t.target));
  return [
    ...out,
    ...[...off].map((target) => ({
      ...bare(target.name, target, unplanned.filter((t) => t.target === target).length),
      verdicts: { off: 1 },
    })),
  ];
}

function bare(name: string, target: Target, tasks: number): Omit<ExplainedFamily, 'verdicts'> {
  const offBy = typeof target.when === 'string' ? soleRef(target.when)?.join('.') : undefined;
  const known = offBy === undefined ? {} : { offBy: offBy.replace(/^config\./, '') };
  return { name, target: target.name, tasks, causes: [], after: [], held: [], ...known, advice: [] };
}

function explained(family: Family, plan: Plan, causesOfTask: Map<number, Set<number>>): ExplainedFamily {
  const verdicts: Partial<Record<Verdict, number>> = {};
  const causes = new Map<number, number>();
  const after = new Map<string, Set<string>>();
  const held = new Map<string, Reason>();
  let todo: readonly string[] = [];
  const shared = family.tasks.filter(({ index }) => {
    const decision = plan.decisions[index];
    return decision !== undefined && originOf(decision).origin === 'shared-cache';
  }).length;
  for (const { index } of family.tasks) {
    const decision = plan.decisions[index] as Decision;
    verdicts[decision.verdict] = (verdicts[decision.verdict] ?? 0) + 1;
    for (const number of causesOfTask.get(index) ?? []) causes.set(number, (causes.get(number) ?? 0) + 1);
    for (const reason of decision.reasons) {
      if (reason.root) continue;
      const target = (reason.subject ?? '').split('@')[0] as string;
      if (reason.code !== 'upstream-runs' && reason.code !== 'set-may-change')
        held.set(`${reason.code} ${target}`, reason);
      else {
        const tasks = after.get(target) ?? new Set();
        after.set(target, tasks.add(reason.subject ?? ''));
      }
    }
    if (todo.length === 0) todo = adviceFor(plan, index);
  }
  return {
    ...bare(family.name, family.target, family.tasks.length),
    verdicts,
    ...(shared === 0 ? {} : { shared }),
    causes: [...causes].sort((a, b) => a[0] - b[0]).map(([number, tasks]) => ({ number, tasks })),
    after: [...after].map(([target, tasks]) => ({ target, tasks: tasks.size })),
    held: [...held.values()],
    advice: todo,
  };
}
