// The page of `why`: the verdict on one task, the causes at its root, and its fingerprint part by part.
import { originText, type Plan, type ReportCause } from '@evalmake/core';
import { originOf } from '@evalmake/engine';
import { diffText, reasonLines, shownValue, unprovenText } from './explain.ts';
import { causeLine } from './render-explanation.ts';
import { count, type Paint, printable } from './style.ts';
import type { PartLine, Root, Why } from './why.ts';

/** What a page is made with. */
export interface PageContext {
  readonly plan: Plan;
  /** Of the whole plan. */
  readonly causes: readonly ReportCause[];
  readonly paint: Paint;
  /** Nothing is folded. */
  readonly all: boolean;
}

/** Parts of one kind that are the same and more than this are told in one line. */
const shownSame = 8;
const shownCauses = 10;

/** The page of one task, without a last line end. */
export function whyPage(why: Why, context: PageContext): string {
  const { task, decision } = why;
  return [
    `${context.paint.bold(task.id)}: ${decision.verdict}${fromText(decision)}`,
    ...reasonLines(decision.reasons).map((line) => `  because ${line.replace(/^· /, '')}`),
    ...freshLines(why),
    ...adoptedLines(why, context.paint),
    ...rootLines(why, context),
    ...partLines(why, context),
  ].join('\n');
}

function fromText(decision: Why['decision']): string {
  const { origin } = originOf(decision);
  return origin === undefined ? '' : `, ${originText(origin)}`;
}

function freshLines({ decision: { verdict, record } }: Why): string[] {
  if (verdict !== 'fresh' || record === undefined) return [];
  const where = record.source === 'manifest' ? 'the manifest' : `run ${record.run}`;
  const vouched = record.adopted === undefined ? '' : 'adopted ';
  const files = Object.values(record.outputs).flat().length;
  const checks = record.checks.length === 0 ? '' : `, and ${count(record.checks.length, 'check')} passed`;
  return [
    `  fresh: the ${vouched}record of ${record.at} (${where}) has this fingerprint; ${count(files, 'file')} on disk ${files === 1 ? 'is' : 'are'} what it wrote${checks}`,
  ];
}

function adoptedLines({ adopted }: Why, paint: Paint): string[] {
  if (adopted === undefined) return [];
  return [
    `  ${paint.yellow(`adopted on ${adopted.at} because "${printable(adopted.reason)}"`)}`,
    `  ${paint.yellow(`not proven: ${unprovenText(adopted)}`)}`,
  ];
}

/** The causes upstream, each with one way from it to the task. */
function rootLines({ task, roots }: Why, { plan, causes, paint, all }: PageContext): string[] {
  const above = new Map(
    roots.filter((r) => r.id !== task.id).map((r) => [plan.graph.byId.get(r.id) ?? -1, r]),
  );
  const found = causes.flatMap((cause) => {
    const index = cause.tasks.find((i) => above.has(i));
    return index === undefined ? [] : [{ cause, root: above.get(index) as Root }];
  });
  const shown = all ? found : found.slice(0, shownCauses);
  const lines = shown.map(({ cause, root }) => {
    const where = cause.where === undefined ? '' : paint.dim(` (${printable(cause.where)})`);
    return `  root cause: ${[...root.path].reverse().join(' -> ')}: ${causeLine(cause, paint)}${where}`;
  });
  if (shown.length < found.length)
    lines.push(
      paint.dim(`  … and ${count(found.length - shown.length, 'more root cause')}; --all shows them`),
    );
  return lines;
}

/** All parts, those that changed first; long lists of what is the same are folded by kind. */
function partLines({ parts, task }: Why, context: PageContext): string[] {
  const news = parts.filter((part) => part.state !== 'same');
  const same = parts.filter((part) => part.state === 'same');
  const byKind = new Map<string, PartLine[]>();
  for (const part of same) {
    const kind = part.label.split(':', 1)[0] as string;
    byKind.set(kind, [...(byKind.get(kind) ?? []), part]);
  }
  const folded = [...byKind].flatMap(([kind, list]) => {
    if (context.all || list.length <= shownSame) return list.map((part) => partLine(part, context));
    const line = partLine(list[0] as PartLine, context);
    return [
      line,
      context.paint.dim(
        `          … and ${list.length - 1} more ${kind}s that are the same; --all shows them`,
      ),
    ];
  });
  const changes = [...context.causes].filter((c) => c.diff !== undefined && c.tasks.includes(task.index));
  return [
    ...news.map((part) => partLine(part, context)),
    ...changes.map((c) => `          ${diffText(c.diff ?? [], context.paint)}`),
    ...folded,
  ];
}

function partLine({ label, was, now, state }: PartLine, { paint }: PageContext): string {
  const name = printable(label);
  if (state === 'same') return `  ${paint.dim('same   ')} ${name}  ${shownValue(now)}`;
  if (state === 'pending') return `  ${paint.cyan('pending')} ${name}  decided when its producer is done`;
  const change = `${paint.red(shownValue(was))} -> ${paint.green(shownValue(now))}`;
  return `  ${paint.yellow(state.padEnd(7))} ${name}  ${change}`;
}
