// Options are the arguments of one call, read and checked.
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { type ExecutorName, isAmount } from '@evalmake/core';
import { UsageError } from './exit.ts';

/** What the user asked for. */
export interface Options {
  readonly targets: readonly string[];
  readonly dryRun: boolean;
  readonly watch: boolean;
  readonly jobs: number;
  readonly keepGoing: boolean;
  readonly detach: boolean;
  /** Where all commands run; undefined: where each target says. */
  readonly executor: ExecutorName | undefined;
  /** undefined: nothing is forced; `*`: everything asked for. */
  readonly force: string | undefined;
  /** Whether what is forced asks all its rows again. */
  readonly forceRows: boolean;
  /** What this build may spend, US dollars. */
  readonly maxUsd: number | undefined;
  /** Whether it may spend whatever it takes. */
  readonly yes: boolean;
  /** What a whole watch may spend, US dollars. */
  readonly watchBudget: number;
  /** Whether `log` is about payments. */
  readonly costs: boolean;
  /** Whether a report is opened in the browser. */
  readonly open: boolean;
  /** Whether `why` tells how something was made. */
  readonly provenance: boolean;
  readonly only: readonly string[];
  readonly from: readonly string[];
  readonly until: readonly string[];
  readonly skip: readonly string[];
  readonly sets: readonly string[];
  readonly configs: readonly string[];
  readonly dir: string;
  readonly file: string;
  readonly output: string | undefined;
  readonly format: string | undefined;
  readonly noBuild: boolean;
  /** Whether nothing is shared with others. */
  readonly noCache: boolean;
  readonly exitCode: boolean;
  readonly breakLock: boolean;
  /** Why outputs are adopted. */
  readonly reason: string | undefined;
  /** Whether `clean` is about what no target owns. */
  readonly orphans: boolean;
  /** How many runs `gc` keeps. */
  readonly keep: number;
  readonly all: boolean;
  readonly json: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
  readonly color: string;
  readonly progress: string;
}

/** The options as cac gives them: one value, or a list when repeated; an `=` in front of a value is not part of it. */
export type RawOptions = Readonly<Record<string, unknown>>;

/** Reads raw options; throws a UsageError for values that make no sense. */
export function readOptions(targets: readonly string[], raw: RawOptions): Options {
  const list = (name: string): string[] => {
    const value = raw[name];
    return (Array.isArray(value) ? value : value === undefined ? [] : [value]).map((v) =>
      String(v).replace(/^=/, ''),
    );
  };
  const last = (name: string): string | undefined => list(name).at(-1);
  const flag = (name: string): boolean => last(name) === 'true';
  const word = (name: string, words: readonly string[]): string => {
    const value = last(name) ?? 'auto';
    if (!words.includes(value))
      throw new UsageError(`--${name} must be one of ${words.join(', ')}, not "${value}"`);
    return value;
  };
  const force = last('force');
  const forceRows = flag('forceRows');
  if (forceRows) checkForceRows(force, targets);
  return {
    targets,
    dryRun: flag('dryRun'),
    watch: flag('watch'),
    jobs: atLeastOne('jobs', last('jobs')) ?? availableParallelism(),
    keepGoing: flag('keepGoing'),
    detach: flag('detach'),
    executor: executorOf(last('executor')),
    force,
    forceRows,
    maxUsd: dollars('max-usd', last('maxUsd')),
    yes: flag('yes'),
    watchBudget: dollars('watch-budget', last('watchBudget')) ?? 0,
    costs: flag('costs'),
    open: flag('open'),
    provenance: flag('provenance'),
    only: list('only'),
    from: list('from'),
    until: list('until'),
    skip: list('skip'),
    sets: list('set'),
    configs: list('config'),
    dir: resolve(last('dir') ?? '.'),
    file: last('file') ?? 'pipeline.yaml',
    output: last('output'),
    format: last('format'),
    noBuild: flag('withoutBuild'),
    noCache: flag('withoutCache'),
    exitCode: flag('exitCode'),
    breakLock: flag('breakLock'),
    reason: last('reason'),
    orphans: flag('orphans'),
    keep: atLeastOne('keep', last('keep')) ?? 50,
    all: flag('all'),
    json: flag('json'),
    verbose: flag('verbose'),
    quiet: flag('quiet'),
    color: word('color', ['auto', 'always', 'never']),
    progress: word('progress', ['auto', 'live', 'plain', 'quiet']),
  };
}

function executorOf(name: string | undefined): ExecutorName | undefined {
  if (name === undefined || name === 'local' || name === 'slurm') return name;
  throw new UsageError(`--executor must be local or slurm, not "${name}"`);
}

function checkForceRows(force: string | undefined, targets: readonly string[]): void {
  if (force !== undefined && (force !== '*' || targets.length > 0)) return;
  throw new UsageError(
    '--force-rows pays again for answers that are there: it must be said for what',
    'evalmake --force=PATTERN --force-rows, or evalmake --force --force-rows TARGET',
  );
}

function dollars(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!isAmount(text) || !Number.isFinite(Number(text)))
    throw new UsageError(`--${name} must be an amount of US dollars such as 0.40, not "${text}"`);
  return Number(text);
}

function atLeastOne(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1)
    throw new UsageError(`--${name} must be a whole number of at least 1, not "${text}"`);
  return n;
}
