// Rendering an Explanation for a terminal: causes first, then families, then one line of sums; bounded unless all is asked for.
import { fromSharedText, type PlannedTask, type ReportCause, reasonText, type Verdict } from '@evalmake/core';
import { diffText, explainTask, planSummary, shownValue } from './explain.ts';
import { moneyLines } from './explain-money.ts';
import type { ExplainedFamily, Explanation } from './explanation.ts';
import { count, type Paint, printable, roundedText } from './style.ts';
import { verdictOrder } from './verdict-signs.ts';

/** What of an explanation is shown. */
export interface RenderOptions {
  readonly paint: Paint;
  /** Every task on lines of its own. */
  readonly all: boolean;
  /** Fresh tasks too. */
  readonly fresh: boolean;
}

const shownCauses = 20;
const shownFamilies = 40;
const shownNames = 6;

/** The lines of an explanation. */
export function renderExplanation(made: Explanation, options: RenderOptions): string[] {
  const { paint, all, fresh } = options;
  const lines = causeLines(made, options);
  if (lines.length > 0) lines.push('');
  if (all) lines.push(...made.tasks.flatMap((task) => taskLines(task, options)));
  else lines.push(...familyLines(made, options));
  const settled = (verdict: Verdict) =>
    made.families.filter((f) => f.verdicts[verdict] === f.tasks && !hasNews(f));
  if (!fresh) lines.push(...nameLine('fresh', settled('fresh').map(freshName), { paint: paint.green, all }));
  const off = made.families.filter((f) => Object.keys(f.verdicts).join() === 'off');
  lines.push(...nameLine('off', off.map(offName), { paint: paint.dim, all }));
  return [...lines, `${planSummary(made.counts)}${timeText(made)}`, ...moneyLines(made.money)];
}

/** A frozen target is fresh for the build, and has news all the same. */
function hasNews(family: ExplainedFamily): boolean {
  return family.causes.length + family.held.length > 0;
}

function taskLines(task: PlannedTask, { paint, fresh }: RenderOptions): string[] {
  const settled = task.verdict === 'off' || (task.verdict === 'fresh' && task.reasons.length === 0 && !fresh);
  return settled ? [] : explainTask(task, paint);
}

function causeLines({ causes, tasks, families }: Explanation, { paint, all }: RenderOptions): string[] {
  const shown = all ? causes : causes.slice(0, shownCauses);
  const width = String(shown.length).length;
  const lines: string[] = shown.length === 0 ? [] : [paint.dim(count(causes.length, 'cause'))];
  for (const [i, cause] of shown.entries()) {
    const where = cause.where === undefined ? '' : paint.dim(` (${printable(cause.where)})`);
    lines.push(`  ${paint.bold(String(i + 1).padStart(width))}  ${causeLine(cause, paint)}${where}`);
    const indent = ' '.repeat(width + 6);
    if (cause.diff !== undefined) lines.push(`${indent}${diffText(cause.diff, paint)}`);
    lines.push(`${indent}${paint.dim(consequence(cause, i + 1, families))}`);
  }
  if (causes.length > shown.length) {
    const rest = new Set(causes.slice(shown.length).flatMap((c) => c.tasks)).size;
    lines.push(
      paint.dim(
        `… and ${count(causes.length - shown.length, 'more cause')} (${count(rest, 'task')} of ${tasks.length}); --all shows them`,
      ),
    );
  }
  return lines;
}

/** A cause in words, with old -> new. */
export function causeLine(cause: Pick<ReportCause, 'text' | 'was' | 'now' | 'sizes'>, paint: Paint): string {
  const { was, now, sizes, text } = cause;
  if (was === undefined && now === undefined) return printable(text);
  const values = `${paint.red(shownValue(was))} -> ${paint.green(shownValue(now))}`;
  return `${printable(text)}: ${values}${sizes === undefined ? '' : `, ${sizesText(sizes)}`}`;
}

/** `41 -> 43 lines`. */
function sizesText([was, now]: readonly [string, string]): string {
  const lines = /^(\d+) lines?$/.exec(was);
  return lines !== null && / lines?$/.test(now) ? `${lines[1]} -> ${now}` : `${was} -> ${now}`;
}

/** Which tasks a cause holds for, and how many follow. */
function consequence(cause: ReportCause, number: number, families: readonly ExplainedFamily[]): string {
  const held = families.flatMap((f) => {
    const tasks = f.causes.find((c) => c.number === number)?.tasks;
    return tasks === undefined ? [] : [heldText(f, tasks)];
  });
  const names = held.slice(0, shownNames);
  const more = held.length > names.length ? ` and ${held.length - names.length} more` : '';
  const follow = cause.downstream === 0 ? '' : `; ${count(cause.downstream, 'task')} after it`;
  return `${names.join(', ')}${more}${follow}`;
}

/** `score@large (151 of 1000)`. */
function heldText({ name, tasks: all }: ExplainedFamily, tasks: number): string {
  if (all === 1) return name;
  return `${name} (${tasks === all ? all : `${tasks} of ${all}`})`;
}

const familyName = ({ name, tasks }: ExplainedFamily): string => (tasks > 1 ? `${name} (${tasks})` : name);
const freshName = familyName;

function offName({ name, offBy }: ExplainedFamily): string {
  return offBy === undefined ? name : `${name} (${offBy})`;
}

function familyLines({ families }: Explanation, { paint, fresh }: RenderOptions): string[] {
  const open = families.filter(
    (f) => f.verdicts.off === undefined && (fresh || hasNews(f) || f.verdicts.fresh !== f.tasks),
  );
  const shown = open.slice(0, shownFamilies);
  const cells = shown.map((f) => [f.name, countsText(f)] as const);
  const widths = [0, 1].map((i) => Math.min(36, Math.max(0, ...cells.map((c) => (c[i] as string).length))));
  const lines = shown.flatMap((family, i) => {
    const [name, counts] = cells[i] as readonly [string, string];
    const first = verdictsOf(family)[0] ?? 'fresh';
    const pad = (text: string, width = 0): string => ' '.repeat(Math.max(0, width - text.length));
    const head = `${verdictPaint(first, paint)(first.padEnd(8))}${paint.bold(name)}${pad(name, widths[0])}`;
    const middle = widths[1] === 0 ? '' : `  ${counts}${pad(counts, widths[1])}`;
    return [
      `${head}${middle}  ${paint.dim(whyText(family))}`.trimEnd(),
      ...family.advice.map((todo) => `          → ${todo}`),
    ];
  });
  if (open.length > shown.length) {
    const rest = open.slice(shown.length);
    const tasks = rest.reduce((n, f) => n + f.tasks, 0);
    const more = `… and ${rest.length} more of these (${count(tasks, 'task')}); --all shows them`;
    lines.push(paint.dim(more));
  }
  if (shown.some((f) => f.verdicts.maybe !== undefined))
    lines.push(paint.dim('maybe: decided on the way; what gets equal inputs after all is not run'));
  return lines;
}

function verdictsOf({ verdicts }: ExplainedFamily): Verdict[] {
  return verdictOrder.filter((v) => verdicts[v] !== undefined);
}

/** `54 of 120`, and what the others are; nothing for a single task. */
function countsText(family: ExplainedFamily): string {
  const [first = 'fresh', ...others] = verdictsOf(family);
  if (family.tasks === 1) return '';
  if (others.length === 0) return count(family.tasks, 'task');
  const rest = others.map((v) => `${family.verdicts[v]} ${v}`).join(', ');
  return `${family.verdicts[first]} of ${family.tasks} (${rest})`;
}

function whyText({ causes, after, held, verdicts, shared }: ExplainedFamily): string {
  const before = after.map(({ target, tasks }) => (tasks > 1 ? `${target} (${tasks})` : target));
  const parts = [
    ...(causes.length > 0 ? [`cause ${numbersText(causes.map((c) => c.number))}`] : []),
    ...(before.length > 0 ? [`after ${before.join(', ')}`] : []),
    ...(shared === undefined ? [] : [fromSharedText(shared, verdicts.restore ?? 0).trim()]),
    ...held.map((reason) => printable(reasonText(reason))),
  ];
  return parts.join('; ');
}

/** `1, 3-5`: runs of numbers as ranges. */
function numbersText(numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const n of numbers) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === n - 1) last[1] = n;
    else runs.push([n, n]);
  }
  return runs.map(([a, b]) => (a === b ? `${a}` : b === a + 1 ? `${a}, ${b}` : `${a}-${b}`)).join(', ');
}

function verdictPaint(verdict: Verdict, paint: Paint): (text: string) => string {
  const by: Partial<Record<Verdict, (text: string) => string>> = {
    run: paint.yellow,
    ask: paint.red,
    blocked: paint.red,
    fresh: paint.green,
    maybe: paint.cyan,
    restore: paint.cyan,
  };
  return by[verdict] ?? paint.dim;
}

function nameLine(
  word: string,
  names: readonly string[],
  { paint, all }: { paint: (text: string) => string; all: boolean },
): string[] {
  if (names.length === 0) return [];
  const shown = all ? names : names.slice(0, shownFamilies);
  const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : '';
  return [`${paint(word.padEnd(8))}${shown.join(', ')}${more}`];
}

/** `; about 8 min (12 min with all that may run)`: from the times of earlier builds. */
function timeText({ forecast, counts }: Explanation): string {
  const { ms, atMostMs, unknown } = forecast;
  if ((counts.run ?? 0) + (counts.maybe ?? 0) === 0) return '';
  if (ms === undefined && atMostMs === undefined)
    return unknown > 0 ? `; how long it takes is not known yet` : '';
  const [from, to] = [roundedText(ms ?? 0), roundedText(atMostMs ?? ms ?? 0)];
  if (from === to) return `; about ${to}`;
  return (ms ?? 0) < 50 ? `; at most about ${to}` : `; about ${from}, at most ${to}`;
}
