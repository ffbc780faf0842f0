// Making a BuildReport from a plan, the builds of the past and the ledger; pure, so that equal states have equal reports.
import { money, usdOf } from '../money.ts';
import { moneyDocument } from '../money-document.ts';
import type { Plan } from '../plan.ts';
import { planMoney } from '../plan-money.ts';
import type { RunSummary } from '../run-summary.ts';
import { forecast } from './forecast.ts';
import type { BuildReport, ReportCause, ReportCost, ReportFiles, ReportSummary } from './model.ts';
import { reportConfig } from './report-config.ts';
import { edgesBetween } from './report-edges.ts';
import { reportRuns } from './report-runs.ts';
import { type Told, tellTasks } from './report-tasks.ts';

/** What a report is made from beside the plan. */
export interface ReportSources {
  /** Version of evalmake. */
  readonly tool: string;
  /** The pipeline's file. */
  readonly file: string;
  /** Slots of the forecast. */
  readonly jobs: number;
  /** Their tasks are indexes of the graph. */
  readonly causes: readonly ReportCause[];
  /** Oldest first; the last is the newest. */
  readonly runs: readonly RunSummary[];
  /** Payments by run and target. */
  readonly costs: readonly ReportCost[];
  readonly orphans: ReportFiles['orphans'];
  /** Milliseconds since 1970 of a time in ISO 8601. */
  readonly timeOf: (at: string) => number;
}

/** Orphans that are named. */
const mostOrphans = 500;

/** Makes the report of a plan of which nothing has run yet. */
export function makeBuildReport(plan: Plan, sources: ReportSources): BuildReport {
  const { runs, costs, causes } = sources;
  const { graph } = plan;
  const last = runs.at(-1);
  const told = tellTasks(plan, { causes, spent: spentIn(costs, last?.run), metrics: metricsOf(runs) });
  const tasks = graph.tasks.filter((t) => told.places.has(t.index));
  const family = (index: number) => told.tasks[told.places.get(index) ?? -1]?.family;
  const target = (index: number) => told.families[family(index) ?? -1]?.target;
  const outputs = told.tasks.flatMap((t) => t.last?.outputs ?? []);
  const { orphans } = sources;
  return {
    format: 'evalmake.report',
    version: 2,
    tool: sources.tool,
    pipeline: graph.pipeline.name,
    file: sources.file,
    summary: summaryOf(plan, told, sources),
    causes: causes.map((cause) => ({
      ...cause,
      tasks: cause.tasks.flatMap((i) => told.places.get(i) ?? []),
    })),
    targets: told.targets,
    families: told.families,
    tasks: told.tasks,
    edges: { targets: edgesBetween(tasks, target), families: edgesBetween(tasks, family) },
    runs: reportRuns(graph, runs, sources.timeOf),
    costs,
    files: {
      count: outputs.length,
      bytes: outputs.reduce((n, o) => n + o.bytes, 0),
      orphans: orphans.slice(0, mostOrphans),
    },
    config: reportConfig(graph.pipeline, plan.input.config),
    omitted: [
      ...byNameOnly(plan, told),
      ...told.omitted,
      ...(orphans.length > mostOrphans
        ? [`${orphans.length - mostOrphans} of ${orphans.length} orphans are not named`]
        : []),
    ],
  };
}

/** Targets that only a call by name builds, and that none has built yet. */
function byNameOnly({ graph }: Plan, { targets }: Told): string[] {
  if (graph.pipeline.default === undefined) return [];
  const shown = new Set(targets.map((t) => t.name));
  const names = graph.pipeline.targets.map((t) => t.name).filter((name) => !shown.has(name));
  if (names.length === 0) return [];
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  return [`built only by name: ${names.slice(0, 5).join(', ')}${more}`];
}

function spentIn(costs: readonly ReportCost[], run: number | undefined): Map<string, number> {
  return new Map(costs.filter((c) => c.run === run).map((c) => [c.target, c.usd]));
}

/** The newest metrics of each task, in whichever run it last had some. */
function metricsOf(
  runs: readonly RunSummary[],
): (task: string) => Readonly<Record<string, number>> | undefined {
  const newest = new Map<string, Readonly<Record<string, number>>>();
  for (const run of runs)
    for (const { task, metrics } of run.tasks) if (Object.keys(metrics).length > 0) newest.set(task, metrics);
  return (task) => newest.get(task);
}

function summaryOf(plan: Plan, { tasks, targets }: Told, { jobs, costs }: ReportSources): ReportSummary {
  const verdicts: Partial<Record<string, number>> = {};
  for (const target of targets)
    for (const [verdict, n] of Object.entries(target.verdicts))
      verdicts[verdict] = (verdicts[verdict] ?? 0) + n;
  const count = Object.values(verdicts).reduce((n: number, k) => n + (k ?? 0), 0);
  const expected = forecast(plan, { jobs, maybe: true });
  const cost = plan.input.budget === undefined ? undefined : planMoney(plan);
  const fresh = tasks.filter((t) => t.verdict === 'fresh');
  const checks = tasks.flatMap((t) => t.last?.checks ?? []);
  const failed = plan.decisions.flatMap(
    (d) => d?.reasons.filter((r) => r.code === 'check-failed') ?? [],
  ).length;
  const sum = (all: readonly number[]) => usdOf(all.reduce((n, usd) => n + money(usd), 0));
  const run = verdicts.run ?? 0;
  const maybe = verdicts.maybe ?? 0;
  return {
    tasks: count,
    verdicts,
    forecast: {
      run,
      maybe,
      keep: verdicts.fresh ?? 0,
      ...(expected.ms === undefined || run + maybe === 0 ? {} : { ms: Math.round(expected.ms) }),
      jobs,
      unknown: expected.unknown,
    },
    ...(cost === undefined ? {} : { money: moneyDocument(cost) }),
    spentUsd: sum(costs.map((c) => c.usd)),
    keptUsd: sum(fresh.map((t) => t.last?.costUsd ?? 0)),
    checks: { passed: checks.filter((c) => c.passed).length, failed },
  };
}
