// Explaining one task: its verdict with all its reasons, each in a line with old -> new, and what a person can do.
import {
  type Adoption,
  type DiffPart,
  enoughText,
  followTexts,
  money,
  originText,
  type PlannedTask,
  type Reason,
  reasonText,
  rootsOf,
  wordDiff,
} from '@evalmake/core';
import { type Paint, paint, printable } from './style.ts';

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
  if (isLongText(reason))
    return `${words}: ${diffText(wordDiff(reason.was ?? '', reason.now ?? ''), paint(false))}`;
  return `${words}: ${shownValue(reason.was)} -> ${shownValue(reason.now)}`;
}

/** Whether both values are texts of which a difference says more than their beginnings do. */
function isLongText({ was = '', now = '' }: Reason): boolean {
  const isText = (value: string) => value.includes(' ') && !value.startsWith('sha256:');
  return isText(was) && isText(now) && was.length + now.length > 100;
}

/** A text told word by word: `[-2-]{+4+}`, as git shows it. */
export function diffText(parts: readonly DiffPart[], colors: Paint): string {
  return parts
    .map(({ kind, text }) => {
      const safe = printable(text);
      if (kind === 'same') return safe;
      return kind === 'gone' ? colors.red(`[-${safe}-]`) : colors.green(`{+${safe}+}`);
    })
    .join(' ');
}

/** What an adoption could not prove, in words. */
export function unprovenText({ unproven }: Pick<Adoption, 'unproven'>): string {
  if (unproven.length === 0) return 'not recorded';
  return unproven.map((l) => (l === 'record' ? noRecordText : printable(l))).join(', ');
}

/** What is not proven where there was no record at all. */
export const noRecordText = 'no record: nothing says which inputs and command made these';

/** A task with all its reasons. */
export function explainTask(task: PlannedTask, paint: Paint): string[] {
  const color =
    {
      run: paint.yellow,
      ask: paint.red,
      blocked: paint.red,
      fresh: paint.green,
      maybe: paint.cyan,
      restore: paint.cyan,
    }[task.verdict as string] ?? paint.dim;
  return [
    `${color(task.verdict.padEnd(8))}${paint.bold(task.id)}`,
    ...(task.origin === undefined ? [] : [`          ${originText(task.origin)}`]),
    ...reasonLines(task.reasons).map((line) => `          ${line}`),
    ...advice(task.id, task).map((todo) => `          → ${todo}`),
  ];
}

/** Reasons as lines: root causes first, and what follows from many tasks of one target said once. */
export function reasonLines(reasons: readonly Reason[]): string[] {
  return [
    ...rootsOf({ reasons }).map(reasonLine),
    ...followTexts(reasons).map((text) => `· ${printable(text)}`),
  ];
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

/** What to do for a task that a person must see to. */
export function advice(
  id: string,
  { verdict, reasons }: Pick<PlannedTask, 'verdict' | 'reasons'>,
): readonly string[] {
  if (verdict === 'ask') return askAdvice(id, reasons);
  const code = reasons[0]?.code;
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
