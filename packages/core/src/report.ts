// The Report is what a workspace and its last build look like: one model behind terminal, Markdown and JSON.
import { type Adoption, adoptionOf } from './adoption.ts';
import type { Verdict } from './decide.ts';
import type { EndCounts, EndMoney, Event } from './event.ts';
import type { Task } from './graph.ts';
import { type Money, money, usdOf } from './money.ts';
import type { Plan } from './plan.ts';
import type { Reason } from './reason.ts';

/** One target in a report. */
export interface ReportTarget {
  readonly target: string;
  readonly desc: string | undefined;
  readonly verdicts: Readonly<Partial<Record<Verdict, number>>>;
  /** Sum over its tasks of how long each took when it last ran, milliseconds. */
  readonly ms: number;
  /** What its results cost when they were bought. */
  readonly costUsd: number;
  /** What of it the last build paid, failed attempts included. */
  readonly spentUsd: number;
  readonly outputs: readonly ReportFile[];
  /** What of it a person vouches for, until it is built again. */
  readonly adopted: readonly Adoption[];
}

/** One published file. */
export interface ReportFile {
  readonly path: string;
  readonly bytes: number;
  readonly rows: number | undefined;
}

/** One task that the last build ran, failed or was blocked at. */
export interface ReportRun {
  readonly task: string;
  readonly outcome: 'ran' | 'cut-off' | 'failed' | 'blocked' | 'rechecked' | 'restored' | 'adopted';
  readonly ms: number | undefined;
  readonly reasons: readonly Reason[];
  readonly message: string | undefined;
}

/** A whole report. */
export interface Report {
  readonly pipeline: string;
  readonly targets: readonly ReportTarget[];
  readonly run: number | undefined;
  readonly tasks: readonly ReportRun[];
  readonly counts: EndCounts | undefined;
  readonly ms: number | undefined;
  /** What the last build paid and spared; undefined where nothing is paid. */
  readonly money: EndMoney | undefined;
}

/** Makes the report of a plan and of the events of the last build. */
export function makeReport(plan: Plan, events: readonly Event[]): Report {
  const planned = events.find((e) => e.event === 'planned');
  const ended = events.findLast((e) => e.event === 'ended');
  const spent = spentByTarget(plan, events);
  return {
    pipeline: plan.graph.pipeline.name,
    targets: plan.graph.pipeline.targets.flatMap((t) => reportTarget(plan, t.name, spent) ?? []),
    run: planned?.event === 'planned' ? planned.run : undefined,
    tasks: foldTasks(events),
    counts: ended?.event === 'ended' ? ended.counts : undefined,
    ms: ended?.event === 'ended' ? ended.ms : undefined,
    money: ended?.event === 'ended' ? ended.money : undefined,
  };
}

/** What the events say was paid, by target. A task that is gone is named after its target. */
function spentByTarget({ graph }: Plan, events: readonly Event[]): Map<string, Money> {
  const out = new Map<string, Money>();
  for (const e of events) {
    if (e.event !== 'cost') continue;
    const index = graph.byId.get(e.task);
    const name = graph.tasks[index ?? -1]?.target.name ?? (e.task.split('@')[0] as string);
    out.set(name, (out.get(name) ?? 0) + money(e.usd));
  }
  return out;
}

function reportTarget(plan: Plan, name: string, spent: ReadonlyMap<string, Money>): ReportTarget | undefined {
  const tasks = (plan.graph.byTarget.get(name) ?? []).map((i) => plan.graph.tasks[i] as Task);
  const verdicts: Partial<Record<Verdict, number>> = {};
  const outputs: ReportFile[] = [];
  let ms = 0;
  let cost: Money = 0;
  const adopted: Adoption[] = [];
  for (const task of tasks) {
    const decision = plan.decisions[task.index];
    const verdict = decision?.verdict ?? (task.off ? 'off' : undefined);
    if (verdict === undefined) continue;
    verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
    adopted.push(...adoptions(plan, task));
    const record = decision?.record;
    if (record === undefined) continue;
    ms += record.ms;
    cost += money(record.costUsd ?? 0);
    for (const file of Object.values(record.outputs).flat())
      outputs.push({
        path: file.path,
        bytes: file.bytes,
        rows: file.facts?.format === 'json' || file.facts?.format === 'text' ? undefined : file.facts?.rows,
      });
  }
  const target = tasks[0]?.target;
  if (target === undefined || Object.keys(verdicts).length === 0) return undefined;
  const spentUsd = usdOf(spent.get(name) ?? 0);
  return { target: name, desc: target.desc, verdicts, ms, costUsd: usdOf(cost), spentUsd, outputs, adopted };
}

function adoptions(plan: Plan, task: Task): Adoption[] {
  const found = adoptionOf(plan, task.index);
  return found === undefined ? [] : [found];
}

function foldTasks(events: readonly Event[]): ReportRun[] {
  const reasons = new Map<string, readonly Reason[]>();
  const out = new Map<string, ReportRun>();
  for (const e of events) {
    if (e.event === 'started') reasons.set(e.task, e.reasons);
    const why = 'task' in e && e.task !== undefined ? (reasons.get(e.task) ?? []) : [];
    if (e.event === 'finished')
      out.set(e.task, { task: e.task, outcome: 'ran', ms: e.ms, reasons: why, message: undefined });
    if (e.event === 'cut-off')
      out.set(e.task, { task: e.task, outcome: 'cut-off', ms: undefined, reasons: [], message: undefined });
    if (e.event === 'rechecked' && e.passed)
      out.set(e.task, { task: e.task, outcome: 'rechecked', ms: undefined, reasons: [], message: undefined });
    if (e.event === 'restored')
      out.set(e.task, { task: e.task, outcome: 'restored', ms: undefined, reasons: [], message: undefined });
    if (e.event === 'adopted')
      out.set(e.task, {
        task: e.task,
        outcome: 'adopted',
        ms: undefined,
        reasons: e.unproven,
        message: e.reason,
      });
    if (e.event === 'failed' && !e.retry)
      out.set(e.task, { task: e.task, outcome: 'failed', ms: e.ms, reasons: why, message: e.message });
    if (e.event === 'blocked')
      out.set(e.task, {
        task: e.task,
        outcome: 'blocked',
        ms: undefined,
        reasons: e.reasons,
        message: undefined,
      });
  }
  return [...out.values()];
}
