// Estimation: from the decision on a paid task, its rows and its price to what it would cost.
import type { Config } from './config.ts';
import type { Decision } from './decision.ts';
import { type Accuracy, costOf, type Estimate } from './estimate.ts';
import type { Graph, Task } from './graph.ts';
import { money, usdOf } from './money.ts';
import { newestRecord, type World } from './ports.ts';
import { type Price, priceOf } from './price.ts';
import type { OutputFile } from './record.ts';

/** How far from the price list an estimate is believed to be; more than that is a price list to be mended. */
const furthest = { least: 0.5, most: 4 } as const;

/** What an estimate is made from. */
export interface EstimateContext {
  readonly graph: Pick<Graph, 'pipeline' | 'tasks'>;
  readonly config: Config;
  readonly world: World;
  /** What the last payments of a target were, held against its price list; undefined without payments. */
  readonly accuracy: (target: string) => Accuracy | undefined;
  /** Whether a row is counted for another task. */
  readonly counted: (key: string) => boolean;
}

/**
 * Estimates a task of a paid target.
 * @returns undefined when its decision starts nothing
 */
export function estimateOf(task: Task, decision: Decision, context: EstimateContext): Estimate | undefined {
  const { paid } = task.target;
  if (paid === undefined || !mayStart(decision)) return undefined;
  const { graph, config, world } = context;
  const { vars } = graph.pipeline;
  const scope = { config, vars, each: task.each, env: (name: string) => world.env(name) };
  const price = priceOf(task, paid, scope);
  const accuracy = clamped(context.accuracy(task.target.name));
  const certain = isCertain(task, decision);
  const rows = certain ? rowsToAsk(task, decision, context) : rowsAtMost(task, decision, context);
  const counted = rows === 'unknown' ? 0 : rows;
  const listed = rows === 'unknown' ? price.perRun : costOf(price, counted);
  const unknown = mayCostMore(task, price, rows);
  const boundless = certain && unknown && price.known === 'declared';
  const made: Estimate = {
    price,
    accuracy,
    rows,
    certain,
    unknown,
    listed: money(listed),
    money: boundless ? Number.POSITIVE_INFINITY : money(listed * accuracy),
    agreed: false,
  };
  return goesOn(decision) ? agreed(made, world.records.openAttempt(task.id)?.estimateUsd) : made;
}

function agreed(made: Estimate, estimateUsd: number | undefined): Estimate {
  if (estimateUsd === undefined) return { ...made, agreed: true };
  const begun = money(estimateUsd);
  return { ...made, money: begun, listed: money(usdOf(begun) / made.accuracy), agreed: true };
}

/** Whether work costs what nobody can count yet: at a price that is not there, or rows or runs of unknown number. */
function mayCostMore(
  { placeholder }: Task,
  { perRow, perRun, known }: Price,
  rows: Estimate['rows'],
): boolean {
  if (known !== 'declared') return rows !== 0;
  return rows === 'unknown' && (perRow > 0 || (placeholder && perRun > 0));
}

function clamped(accuracy: Accuracy | undefined): Accuracy {
  return Math.min(furthest.most, Math.max(furthest.least, accuracy ?? 1));
}

function mayStart({ verdict, reasons }: Decision): boolean {
  if (verdict === 'ask') return reasons.some((r) => r.code === 'over-budget');
  if (verdict === 'blocked') return reasons.length > 0 && reasons.every((r) => r.code === 'upstream-asks');
  return verdict === 'run' || verdict === 'maybe' || verdict === 'waiting';
}

/** Whether a task goes on with what was begun: its rows are frozen, and may be bought already. */
function goesOn({ verdict, reasons }: Decision): boolean {
  return verdict === 'waiting' || reasons.some((r) => r.code === 'attempt-open' || r.code === 'job-waits');
}

function isCertain({ target }: Task, { verdict, fingerprint }: Decision): boolean {
  if (verdict === 'maybe' || verdict === 'blocked') return false;
  if (target.rows === undefined) return true;
  return fingerprint.pending.length === 0;
}

/** Rows that go to the command, less those that another task asks already. */
function rowsToAsk(task: Task, { rows }: Decision, context: EstimateContext): Estimate['rows'] {
  if (task.target.rows === undefined) return undefined;
  if (rows === undefined) return 'unknown';
  if (rows.counts.todo === 0) return 0;
  let own = 0;
  for (const key of rows.todoKeys()) if (!context.counted(key)) own++;
  return own;
}

/** The most rows that are known to be asked, when what is upstream may still change them: all that there were last time. */
function rowsAtMost(task: Task, decision: Decision, { graph, world }: EstimateContext): Estimate['rows'] {
  const { rows } = task.target;
  if (rows === undefined) return task.placeholder ? 'unknown' : undefined;
  if (task.placeholder) return 'unknown';
  if (decision.rows !== undefined) return decision.rows.counts.total;
  const { records } = world;
  const record = decision.record ?? newestRecord(records, task);
  if (record?.rows !== undefined) return record.rows.total;
  return rowsThere(task, records, graph);
}

/** The rows that its file of rows has by the records of who made it. */
function rowsThere(task: Task, records: World['records'], graph: EstimateContext['graph']): Estimate['rows'] {
  const asked = task.inputs.find((input) => input.decl.name === task.target.rows?.from);
  if (asked === undefined) return 'unknown';
  const recordOf = (producer: number) =>
    producer < 0 ? undefined : newestRecord(records, graph.tasks[producer] as Task);
  const files = [
    ...asked.paths.map(({ path, producer, output }) =>
      recordOf(producer)?.outputs[output]?.find((file) => file.path === path),
    ),
    ...asked.members.flatMap(
      ({ producer, output }): readonly (OutputFile | undefined)[] =>
        recordOf(producer)?.outputs[output] ?? [undefined],
    ),
  ];
  let sum = 0;
  for (const file of files) {
    if (file?.facts?.rows === undefined) return 'unknown';
    sum += file.facts.rows;
  }
  return files.length === 0 ? 'unknown' : sum;
}
