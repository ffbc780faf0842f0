// Renders what lies between two runs as text: causes, tasks by what became of them, metrics.
import type { Call, FileChange } from '@evalmake/core';
import { byTarget, type MetricChange, type RunDifference } from '@evalmake/core/run-difference';
import { reasonLine, shownValue } from './explain.ts';
import { metricText } from './render-log.ts';
import { shownCall } from './shown-call.ts';
import { count, type Paint, printable } from './style.ts';
import { tableLines, whenText } from './text-table.ts';

const shownCauses = 20;
const shownTasks = 6;
const shownFiles = 3;

/** One of the two runs. */
export interface End {
  readonly run: number;
  /** When it began, ISO 8601 in UTC. */
  readonly at?: string;
  readonly call?: Call;
}

/** How a difference is shown. */
export interface DifferencePage {
  readonly from: End;
  readonly to: End;
  readonly all: boolean;
  readonly paint: Paint;
}

/** The lines of a difference. */
export function differenceLines(difference: RunDifference, page: DifferencePage): string[] {
  const { from, to, paint } = page;
  const { causes, same, added, gone, undone } = difference;
  const end = ({ run, at, call }: End): string =>
    `run ${run}${at === undefined ? '' : `, ${whenText(at)}`}${call === undefined ? '' : `, ${shownCall(call)}`}`;
  const lines = [`${paint.dim('from')}  ${end(from)}`, `${paint.dim('to')}    ${end(to)}`];
  const section = (title: string, body: readonly string[]): void => {
    if (body.length > 0) lines.push(paint.bold(title), ...body.map((line) => `  ${line}`));
  };
  section('causes', causeLines(causes, page));
  section('changed', changedLines(difference, page));
  section('same content', familyLines(same, page));
  section('new', familyLines(added, page));
  section('gone', familyLines(gone, page));
  section(
    'not done',
    limited(undone, page).map(({ task, outcome }) => `${printable(task)}: ${outcome}`),
  );
  section('metrics', metricLines(difference, page));
  if (lines.length === 2) lines.push('nothing was built between them');
  return lines;
}

function causeLines(causes: RunDifference['causes'], page: DifferencePage): string[] {
  const told = page.all ? causes : causes.slice(0, shownCauses);
  const lines = told.map(
    ({ tasks, ...reason }) => `${reasonLine({ ...reason, root: true })}  (${families(tasks, page)})`,
  );
  const rest = causes.length - told.length;
  return rest === 0 ? lines : [...lines, `… and ${rest} more; --all shows them`];
}

function limited<T>(list: readonly T[], { all }: DifferencePage): readonly T[] {
  return all ? list : list.slice(0, shownTasks);
}

/** `score, infer (12 tasks)`. */
function families(tasks: readonly string[], page: DifferencePage): string {
  const list = byTarget(tasks);
  const told = limited(list, page).map(({ target, tasks: own }) =>
    own.length === 1 ? printable(own[0] as string) : `${printable(target)} (${count(own.length, 'task')})`,
  );
  return [...told, ...(told.length < list.length ? [`${list.length - told.length} more`] : [])].join(', ');
}

function familyLines(tasks: readonly string[], page: DifferencePage): string[] {
  return byTarget(tasks).map(({ target, tasks: own }) => {
    if (own.length === 1) return printable(own[0] as string);
    const names = limited(own, page).map(printable).join(', ');
    const more = page.all || own.length <= shownTasks ? '' : ', …';
    return `${printable(target)} (${own.length}): ${names}${more}`;
  });
}

function changedLines({ changed }: RunDifference, page: DifferencePage): string[] {
  const files = new Map(changed.map((task) => [task.task, task.files]));
  return byTarget(changed.map(({ task }) => task)).flatMap(({ target, tasks }) => {
    const told = limited(tasks, page);
    const head = tasks.length > told.length ? [`${printable(target)}: ${count(tasks.length, 'task')}`] : [];
    const body = told.flatMap((task) => [printable(task), ...fileLines(files.get(task) ?? [], page)]);
    const more = tasks.length > told.length ? [`… and ${tasks.length - told.length} more`] : [];
    return [...head, ...body, ...more];
  });
}

function fileLines(files: readonly FileChange[], { all }: DifferencePage): string[] {
  const told = all ? files : files.slice(0, shownFiles);
  const lines = told.map(({ path, was, now }) =>
    was === undefined
      ? `  ${printable(path)} is new`
      : now === undefined
        ? `  ${printable(path)} is gone`
        : `  ${printable(path)}: ${shownValue(was)} -> ${shownValue(now)}`,
  );
  return told.length < files.length ? [...lines, `  … and ${files.length - told.length} more files`] : lines;
}

function metricLines({ metrics, sameMetrics }: RunDifference, { paint }: DifferencePage): string[] {
  const rows = metrics.map((change) => [
    printable(change.task),
    printable(change.metric),
    change.was === undefined ? '(none)' : metricText(change.was),
    '->',
    change.now === undefined ? '(none)' : metricText(change.now),
    deltaText(change),
  ]);
  const same = sameMetrics === 0 || metrics.length === 0 ? [] : [paint.dim(`${sameMetrics} the same`)];
  return [...tableLines(rows, [2, 4, 5]), ...same];
}

function deltaText({ delta }: MetricChange): string {
  if (delta === undefined) return '';
  const text = metricText(Math.abs(delta));
  return `${delta < 0 ? '-' : '+'}${text}`;
}
