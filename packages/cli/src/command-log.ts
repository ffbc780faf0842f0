// `evalmake log`: past runs, what one run did, and the past of a target with its newest log; with --costs what was paid.
import { type RunSummary, suggest } from '@evalmake/core';
import { type RunResult, runResult } from '@evalmake/core/run-result';
import { runTargets, targetOf } from '@evalmake/core/run-targets';
import { type TaskPast, taskPasts } from '@evalmake/core/task-past';
import { taskLogPath } from '@evalmake/engine';
import { UsageError } from './exit.ts';
import { KeptRuns } from './kept-runs.ts';
import { tellCosts } from './log-costs.ts';
import type { Options } from './options.ts';
import { pastLines, runLines, runsLines } from './render-log.ts';
import { findSessionRoot } from './session.ts';
import { paint, useColor } from './style.ts';
import { hasLog, readLog, tellWholeLog } from './task-log.ts';

/** Runs and lines that are shown without --all. */
const shown = 20;

/** Runs the command; gives the exit code. */
export async function log(options: Options): Promise<number> {
  const root = findSessionRoot(options);
  const { targets } = options;
  if (options.costs) {
    tellCosts(root, options);
    return 0;
  }
  const runs = new KeptRuns(root);
  const [word] = targets;
  if (word === undefined) write(runsAnswer(runs, options));
  else if (!/^\d+$/.test(word)) tellPast(runs, options);
  else if (targets.length > 1)
    throw new UsageError('evalmake log takes one run', 'evalmake diff RUN1 RUN2 compares two');
  else write(runAnswer(runs, runs.number(word), options));
  runs.warn();
  return 0;
}

/** A run in a document: what it came to, and how it was started. */
interface RunHead {
  readonly run: number;
  readonly at?: string;
  readonly endedAt?: string;
  readonly ms?: number;
  readonly exit?: number;
  readonly result: RunResult;
  readonly counts?: RunSummary['counts'];
  readonly money?: RunSummary['money'];
  readonly call?: RunSummary['call'];
}

function headOf({ run, at, endedAt, ms, exit, counts, money, call }: RunSummary, runs: KeptRuns): RunHead {
  const result = runResult({ exit, endedAt }, runs.isRunning(run));
  return present({ run, at, endedAt, ms, exit, result, counts, money, call }) as RunHead;
}

/** An object without the members that are not known. */
function present(object: object): object {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

function runsAnswer(runs: KeptRuns, options: Options): Answer {
  const numbers = options.all ? runs.numbers : runs.numbers.slice(-shown);
  const found = numbers.map((run) => runs.history.headline(run));
  if (options.json) {
    const heads = found.map((summary) => headOf(summary, runs));
    return { kind: 'runs', kept: runs.numbers.length, runs: heads };
  }
  if (found.length === 0) return ['no build has left a log here yet'];
  const lines = runsLines(found, (run) => runs.isRunning(run));
  if (found.length < runs.numbers.length) lines.push(`--all shows all ${runs.numbers.length} runs`);
  return lines;
}

function runAnswer(runs: KeptRuns, run: number, options: Options): Answer {
  const summary = runs.history.summary(run);
  if (options.json) {
    const targets = runTargets(summary).map(({ troubles, ...rest }) => ({
      ...rest,
      troubles: troubles.map((task) => task.task),
    }));
    const tasks = summary.tasks.map((task) => present(task));
    return { kind: 'run', ...headOf(summary, runs), targets, tasks, gone: summary.gone };
  }
  const colors = paint(
    useColor({ when: options.color, env: process.env, isTty: process.stdout.isTTY === true }),
  );
  return runLines(summary, { running: runs.isRunning(run), all: options.all, paint: colors });
}

function tellPast(runs: KeptRuns, options: Options): void {
  const summaries = runs.numbers.map((run) => runs.history.summary(run));
  const pasts = taskPasts(summaries, options.targets);
  for (const word of options.targets)
    if (taskPasts(summaries, [word]).length === 0) throw unknownTask(word, summaries);
  const newest = pasts.findLast(({ run, task }) => hasLog(runs.root, taskLogPath(run, task.task)));
  const path = newest && taskLogPath(newest.run, newest.task.task);
  if (options.json) {
    const list = (options.all ? pasts : pasts.slice(-shown)).map(({ run, at, task }) =>
      present({ run, at, ...task }),
    );
    const log = path === undefined ? {} : { log: logOf(newest as TaskPast, readLog(runs.root, path, shown)) };
    write({ kind: 'task', words: options.targets, kept: pasts.length, pasts: list, ...log });
    return;
  }
  write(pastLines(options.all ? pasts : pasts.slice(-shown), pasts.length));
  tellLog(runs.root, path, options.all);
}

/** The end of a log, or all of it. */
function tellLog(root: string, path: string | undefined, all: boolean): void {
  write(['', path === undefined ? 'no log of it is kept' : `${path}:`]);
  if (path === undefined) return;
  if (all) {
    tellWholeLog(root, path);
    return;
  }
  const { lines, cut } = readLog(root, path, shown);
  write([...(cut ? ['… --all shows the whole log'] : []), ...lines]);
}

function logOf({ run, task }: TaskPast, { lines, cut }: ReturnType<typeof readLog>): object {
  return { run, task: task.task, path: taskLogPath(run, task.task), tail: lines, cut };
}

function unknownTask(word: string, summaries: readonly RunSummary[]): UsageError {
  const tasks = summaries.flatMap((summary) => summary.tasks.map((task) => task.task));
  const near = suggest(word, [...new Set([...tasks.map(targetOf), ...(word.includes('@') ? tasks : [])])]);
  return new UsageError(
    `no run that is kept has dealt with "${word}"`,
    near === undefined
      ? 'evalmake log lists the runs, evalmake log RUN what one did'
      : `did you mean "${near}"?`,
  );
}

/** An answer: a document without its head, or lines. */
type Answer = { readonly kind: string; readonly [member: string]: unknown } | readonly string[];

function write(answer: Answer): void {
  const text =
    'kind' in answer
      ? `${JSON.stringify({ format: 'evalmake.log', version: 1, ...answer })}
`
      : answer
          .map(
            (line) => `${line}
`,
          )
          .join('');
  process.stdout.write(text);
}
