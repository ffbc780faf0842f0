// The tasks of a report, with the families and targets they belong to.
import type { Decision, Verdict } from '../decision.ts';
import type { Task } from '../graph.ts';
import { type Money, money, usdOf } from '../money.ts';
import type { Plan } from '../plan.ts';
import { newestRecord } from '../ports.ts';
import type { OutputFile, TaskRecord } from '../record.ts';
import { soleRef } from '../template.ts';
import { usageOf } from '../usage.ts';
import { familiesOf } from './families.ts';
import { followTexts } from './follow.ts';
import type {
  ReportCause,
  ReportFamily,
  ReportOutput,
  ReportResult,
  ReportTarget,
  ReportTask,
} from './model.ts';

/** Tasks that are told one by one; of more only those that are not fresh, as many of them. */
export const mostTasks = 20_000;
/** Parts of a fingerprint that are told of one result. */
const mostParts = 60;

/** What a report tells of its tasks. */
export interface Told {
  readonly tasks: ReportTask[];
  readonly families: ReportFamily[];
  readonly targets: ReportTarget[];
  /** Place of a task in `tasks`, by its index in the graph. */
  readonly places: ReadonlyMap<number, number>;
  readonly omitted: string[];
}

/** What is known beside the plan. */
export interface TaskSources {
  /** Their tasks are indexes of the graph. */
  readonly causes: readonly ReportCause[];
  /** What the last build paid, by target. */
  readonly spent: ReadonlyMap<string, number>;
  /** The newest metrics of a task. */
  readonly metrics: (task: string) => Readonly<Record<string, number>> | undefined;
}

/** The tasks a plan decides, and those that are off, in the order of the graph. */
export function tellTasks(plan: Plan, sources: TaskSources): Told {
  const { graph } = plan;
  const all = graph.order.map((i) => graph.tasks[i] as Task).filter((t) => verdictOf(plan, t) !== undefined);
  const large = all.length > mostTasks;
  const told = large ? all.filter((t) => verdictOf(plan, t) !== 'fresh').slice(0, mostTasks) : all;
  const places = new Map(told.map((task, i) => [task.index, i]));
  const groups = familiesOf(graph, all);
  const familyOf = new Map(groups.flatMap((family, i) => family.tasks.map((t) => [t.index, i] as const)));
  const names = [...new Set(all.map((t) => t.target.name))];
  const place = new Map(names.map((name, i) => [name, i]));
  const families = groups.map(
    ({ name, target, tasks }): ReportFamily => ({
      name,
      target: place.get(target.name) as number,
      tasks: tasks.flatMap((t) => places.get(t.index) ?? []),
      ...sums(plan, tasks),
    }),
  );
  const causesOf = causesByTask(sources.causes);
  return {
    tasks: told.map((task) => tellTask(plan, task, { familyOf, causesOf, places, sources })),
    families,
    targets: names.map((name) => tellTarget(plan, name, { families, place, sources })),
    places,
    omitted: large ? [`${all.length - told.length} of ${all.length} tasks are only counted`] : [],
  };
}

export function verdictOf(plan: Plan, task: Task): Verdict | undefined {
  return plan.decisions[task.index]?.verdict ?? (task.off ? 'off' : undefined);
}

function causesByTask(causes: readonly ReportCause[]): Map<number, number[]> {
  const out = new Map<number, number[]>();
  for (const [i, cause] of causes.entries())
    for (const task of cause.tasks) {
      const list = out.get(task);
      if (list === undefined) out.set(task, [i]);
      else list.push(i);
    }
  return out;
}

function sums(plan: Plan, tasks: readonly Task[]): Pick<ReportFamily, 'verdicts' | 'ms' | 'costUsd'> {
  const verdicts: Partial<Record<Verdict, number>> = {};
  let ms = 0;
  let cost: Money = 0;
  for (const task of tasks) {
    const verdict = verdictOf(plan, task) as Verdict;
    verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
    const record = recordOf(plan, task);
    ms += record?.ms ?? 0;
    cost += money(record?.costUsd ?? 0);
  }
  return { verdicts, ms, costUsd: usdOf(cost) };
}

function recordOf(plan: Plan, task: Task): TaskRecord | undefined {
  return plan.decisions[task.index]?.record ?? newestRecord(plan.input.world.records, task);
}

function tellTarget(
  plan: Plan,
  name: string,
  {
    families,
    place,
    sources,
  }: { families: readonly ReportFamily[]; place: Map<string, number>; sources: TaskSources },
): ReportTarget {
  const { graph } = plan;
  const tasks = (graph.byTarget.get(name) ?? [])
    .map((i) => graph.tasks[i] as Task)
    .filter((t) => verdictOf(plan, t));
  const { target } = tasks[0] as Task;
  const isOff = tasks.every((t) => t.off);
  const key =
    typeof target.when === 'string'
      ? soleRef(target.when)
          ?.join('.')
          .replace(/^config\./, '')
      : undefined;
  return {
    name,
    ...(target.desc === undefined ? {} : { desc: target.desc }),
    ...(isOff && key !== undefined ? { offBy: key } : {}),
    families: families.flatMap((f, i) => (f.target === place.get(name) ? [i] : [])),
    ...(target.run === undefined ? {} : { command: usageOf(target, graph.pipeline).command }),
    paid: target.paid !== undefined,
    spentUsd: sources.spent.get(name) ?? 0,
    ...sums(plan, tasks),
  };
}

interface Places {
  readonly familyOf: ReadonlyMap<number, number>;
  readonly causesOf: ReadonlyMap<number, readonly number[]>;
  readonly places: ReadonlyMap<number, number>;
  readonly sources: TaskSources;
}

function tellTask(plan: Plan, task: Task, { familyOf, causesOf, places, sources }: Places): ReportTask {
  const decision = plan.decisions[task.index];
  const record = recordOf(plan, task);
  return {
    id: task.id,
    family: familyOf.get(task.index) as number,
    verdict: verdictOf(plan, task) as Verdict,
    causes: causesOf.get(task.index) ?? [],
    follows: followTexts(decision?.reasons ?? []),
    needs: task.deps.flatMap((dep) => places.get(dep) ?? []).slice(0, mostParts),
    ...(record === undefined
      ? {}
      : { last: tellResult(plan, record, { decision, metrics: sources.metrics(task.id) }) }),
  };
}

function tellResult(
  plan: Plan,
  record: TaskRecord,
  { decision, metrics }: { decision: Decision | undefined; metrics: ReportResult['metrics'] },
): ReportResult {
  const proven = decision?.verdict === 'fresh' && decision.reasons.length === 0;
  return {
    run: record.run,
    at: record.at,
    ms: record.ms,
    ...(record.costUsd === undefined ? {} : { costUsd: record.costUsd }),
    outputs: Object.values(record.outputs)
      .flat()
      .map((file) => tellOutput(plan, file, proven)),
    checks: record.checks.map(({ id, status, message }) => ({
      id,
      passed: status === 'passed',
      ...(message === undefined ? {} : { message }),
    })),
    parts: Object.fromEntries(Object.entries(record.parts).slice(0, mostParts)),
    ...(record.adopted === undefined ? {} : { adopted: record.adopted, unproven: record.unproven ?? [] }),
    ...(metrics === undefined ? {} : { metrics }),
  };
}

/** A published file; unless the plan has proven it, the disk is asked what lies there. */
function tellOutput(plan: Plan, file: OutputFile, proven: boolean): ReportOutput {
  const { path, bytes, digest, facts } = file;
  const rows =
    facts === undefined || facts.format === 'json' || facts.format === 'text' ? undefined : facts.rows;
  const entry = proven ? undefined : plan.input.world.snapshot.entry(path);
  const found =
    entry === undefined || (entry.kind !== 'missing' && entry.digest === digest)
      ? 'same'
      : entry.kind === 'missing'
        ? 'missing'
        : 'changed';
  return {
    path,
    bytes,
    ...(rows === undefined ? {} : { rows }),
    sha256: digest.replace(/^sha256:/, ''),
    found,
    ...(found === 'changed' && entry !== undefined && entry.kind !== 'missing'
      ? { foundSha256: entry.digest.replace(/^sha256:/, '') }
      : {}),
  };
}
