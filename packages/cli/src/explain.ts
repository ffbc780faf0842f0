// The explanation of a plan: every skip and rebuild with its reasons, families folded, and one line of sums.
import { type Adoption, enoughText, money, type PlannedTask, type Reason, reasonText } from '@evalmake/core';
import { count, type Paint, printable } from './style.ts';

const shownTasks = 6;
const shownReasons = 5;

/** A value of a fingerprint as it is shown: digests short, long values cut. */
export function shownValue(value: string | undefined): string {
  if (value === undefined) return '(none)';
  if (/^sha256:[0-9a-f]{64}$/.test(value)) return value.slice(7, 15);
  const text = printable(value.replaceAll('\n', '\\n'));
  return text.length > 100 ? `${text.slice(0, 97)}…` : text;
}

/** A reason in one line, with old -> new. */
export function reasonLine(reason: Reason): string {
  const words = printable(reasonText(reason));
  if (reason.was === undefined && reason.now === undefined) return words;
  if (reason.code === 'input-added' || reason.code === 'input-removed') return words;
  return `${words}: ${shownValue(reason.was)} -> ${shownValue(reason.now)}`;
}

/** What an adoption could not prove, in words. */
export function unprovenText({ unproven }: Pick<Adoption, 'unproven'>): string {
  if (unproven.length === 0) return 'not recorded';
  return unproven.map((l) => (l === 'record' ? noRecordText : printable(l))).join(', ');
}

/** What is not proven where there was no record at all. */
export const noRecordText = 'no record: nothing says which inputs and command made these';

/** What an explanation shows. */
export interface ExplainOptions {
  readonly paint: Paint;
  /** Every task on a line of its own. */
  readonly all: boolean;
  /** Fresh tasks too. */
  readonly fresh: boolean;
}

const marks: Readonly<Record<string, string>> = {
  run: 'run',
  maybe: 'maybe',
  recheck: 'recheck',
  restore: 'restore',
  fresh: 'fresh',
  waiting: 'waiting',
  ask: 'ask',
  blocked: 'blocked',
  off: 'off',
};

/** The lines of an explanation: targets in build order, what is fresh in one line at the end. */
export function explain(tasks: readonly PlannedTask[], options: ExplainOptions): string[] {
  const families = new Map<string, PlannedTask[]>();
  for (const task of tasks) {
    const list = families.get(task.target);
    if (list === undefined) families.set(task.target, [task]);
    else list.push(task);
  }
  const lines: string[] = [];
  const fresh: string[] = [];
  const off: string[] = [];
  for (const [target, list] of families) {
    const settled = list.every((t) => t.verdict === 'fresh' && t.reasons.length === 0);
    if (settled && !options.fresh) fresh.push(list.length > 1 ? `${target} (${list.length})` : target);
    else if (list.every((t) => t.verdict === 'off')) off.push(target);
    else lines.push(...family(target, list, options));
  }
  if (fresh.length > 0) lines.push(`${options.paint.green('fresh'.padEnd(8))}${fresh.join(', ')}`);
  if (off.length > 0) lines.push(`${options.paint.dim('off'.padEnd(8))}${off.join(', ')}`);
  return lines;
}

function family(target: string, list: readonly PlannedTask[], options: ExplainOptions): string[] {
  const active = options.fresh ? list : list.filter((t) => t.verdict !== 'fresh' || t.reasons.length > 0);
  const lines: string[] = [];
  const shown = options.all ? active : active.slice(0, shownTasks);
  if (list.length > shownTasks) {
    const counts = new Map<string, number>();
    for (const t of list) counts.set(t.verdict, (counts.get(t.verdict) ?? 0) + 1);
    const parts = [...counts].map(([v, n]) => `${n} ${v}`).join(', ');
    lines.push(`${options.paint.bold(target)}: ${count(list.length, 'task')}: ${parts}`);
  }
  for (const task of shown) lines.push(...one(task, options));
  if (active.length > shown.length) {
    const rest = active.slice(shown.length);
    const codes = new Map<string, number>();
    for (const t of rest) for (const r of t.reasons) codes.set(r.code, (codes.get(r.code) ?? 0) + 1);
    const why = [...codes].map(([c, n]) => `${c} ${n}`).join(', ');
    lines.push(options.paint.dim(`        … and ${rest.length} more (${why}); --all shows them`));
  }
  return lines;
}

function one(task: PlannedTask, { paint, all }: ExplainOptions): string[] {
  const color =
    { run: paint.yellow, ask: paint.red, blocked: paint.red, fresh: paint.green, maybe: paint.cyan }[
      task.verdict as string
    ] ?? paint.dim;
  const lines = [`${color((marks[task.verdict] ?? task.verdict).padEnd(8))}${paint.bold(task.id)}`];
  const reasons = reasonLines(task.reasons, all);
  const shown = all ? reasons : reasons.slice(0, shownReasons);
  for (const line of shown) lines.push(`          ${line}`);
  if (reasons.length > shown.length)
    lines.push(
      paint.dim(`          … and ${count(reasons.length - shown.length, 'more reason')}; --all shows them`),
    );
  for (const todo of advice(task)) lines.push(`          → ${todo}`);
  return lines;
}

/** Reasons as lines: root causes first, and what follows from many tasks of one target said once. */
function reasonLines(reasons: readonly Reason[], all: boolean): string[] {
  const lines = reasons.filter((r) => r.root).map(reasonLine);
  const propagated = new Map<string, Reason[]>();
  for (const reason of reasons) {
    if (reason.root) continue;
    const key = `${reason.code} ${(reason.subject ?? '').split('@')[0]}`;
    const list = propagated.get(key);
    if (list === undefined || all) propagated.set(all ? `${key} ${reason.subject}` : key, [reason]);
    else list.push(reason);
  }
  for (const list of propagated.values()) {
    const first = list[0] as Reason;
    const target = (first.subject ?? '').split('@')[0] as string;
    lines.push(
      `· ${list.length === 1 ? reasonLine(first) : reasonLine({ ...first, subject: `${target} (${list.length} tasks)` })}`,
    );
  }
  return lines;
}

/** What to type for a task that asks: keep what is there, where that can be, or replace it. */
export function askAdvice(task: string, reasons: readonly Reason[]): string[] {
  const dear = reasons.find((r) => r.code === 'over-budget');
  if (dear !== undefined) {
    const force = reasons.some((r) => r.code === 'forced') ? ` --force=${task}` : '';
    const consent = dear.needsUsd === undefined ? '--yes' : `--max-usd ${enoughText(money(dear.needsUsd))}`;
    return [`to consent: evalmake${force} ${consent} ${task}`];
  }
  const bad = reasons.some((r) => r.code === 'check-failed' || r.code === 'output-missing');
  const keep = `to keep what is there: evalmake adopt ${task} --reason "…"`;
  const replace = `to run it all the same: evalmake --force=${task}`;
  return bad ? [replace] : [keep, replace];
}

function advice(task: PlannedTask): string[] {
  if (task.verdict === 'ask') return askAdvice(task.id, task.reasons);
  const code = task.reasons[0]?.code;
  if (code === 'output-unrecorded') return ['move the file away, or remove it'];
  if (code === 'secret-missing') return ['set it in the environment or in the env_file'];
  return [];
}

/** The closing line of an explanation. */
export function planSummary(counts: Readonly<Record<string, number>>): string {
  const order = ['run', 'maybe', 'recheck', 'restore', 'waiting', 'ask', 'blocked', 'fresh', 'off'];
  const parts = order.flatMap((v) => (counts[v] === undefined ? [] : [`${counts[v]} ${v}`]));
  return parts.length === 0 ? 'nothing to do: no tasks' : parts.join(', ');
}
