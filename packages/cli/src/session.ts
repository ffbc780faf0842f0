// A Session is one call's view of a workspace: opened, its problems told, ready to plan.
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, relative, resolve } from 'node:path';
import { formatProblem, hasErrors, type Parsed, type Plan, type Problem, sortProblems } from '@evalmake/core';
import { findRoot, makeSharedPlan, openWorkspace, type PlanRequest, type Workspace } from '@evalmake/engine';
import { UsageError } from './exit.ts';
import type { Options } from './options.ts';
import { planRequest } from './select.ts';
import { oneLine, printable } from './style.ts';
import { version } from './version.ts';

/** What a command works with. */
export interface Session {
  readonly options: Options;
  readonly workspace: Workspace;
  readonly request: PlanRequest;
  /** The folder of the caller, relative to the workspace. */
  readonly below: string;
  /** Where warnings go: to stderr, until a build has the screen. */
  readonly stderr: { write: (text: string) => void };
}

/** Problems stopped the call; they have been told. */
export class Stopped {
  constructor(readonly exit: number) {}
}

/**
 * The folder of the pipeline that is meant, absolute.
 * @throws UsageError when there is none
 */
export function findSessionRoot(options: Pick<Options, 'dir' | 'file'>): string {
  const from = resolve(options.dir);
  if (!existsSync(from)) throw new UsageError(`the folder "${options.dir}" does not exist`);
  const given = isAbsolute(options.file) ? options.file : resolve(from, options.file);
  const root =
    isAbsolute(options.file) || dirname(options.file) !== '.' ? dirname(given) : findRoot(from, options.file);
  if (root === undefined || !existsSync(resolve(root, basename(options.file)))) {
    throw new UsageError(`no ${options.file} here or in any folder above`, 'evalmake init starts one');
  }
  return root;
}

/** Finds and opens the workspace. `write` says whether caches may be kept: never for what only looks. */
export async function openSession(options: Options, write: boolean): Promise<Session | Stopped> {
  const stderr: Session['stderr'] = { write: (text) => process.stderr.write(text) };
  const warn = (text: string) => stderr.write(`evalmake: warning: ${printable(text)}\n`);
  const opened = await opening(options, write, warn);
  if (opened.value === undefined) return new Stopped(tellProblems(opened.problems, options));
  const below = relative(opened.value.root, resolve(options.dir));
  return { options, workspace: opened.value, request: planRequest(options, below), below, stderr };
}

/** The workspace of a call, with nothing said; undefined when it cannot be opened, which whoever opens it for good will say. */
export async function peekWorkspace(options: Options): Promise<Workspace | undefined> {
  return (await opening(options, false, () => {})).value;
}

function opening(options: Options, write: boolean, warn: (text: string) => void): Promise<Parsed<Workspace>> {
  const from = resolve(options.dir);
  const root = findSessionRoot(options);
  process.chdir(root);
  return openWorkspace({
    root,
    file: basename(options.file),
    configs: options.configs.map((c) => resolve(from, c)),
    sets: options.sets,
    env: process.env,
    nowMs: () => Date.now(),
    write,
    build: buildName(),
    executor: options.executor,
    warn,
    noCache: options.noCache,
  });
}

/**
 * Makes the plan of a session, or tells why there is none.
 * @param select what is wanted, when it is something else than the call asks for
 */
export async function planSession(
  session: Session,
  select: PlanRequest['select'] = session.request.select,
): Promise<Plan | Stopped> {
  const made = await makeSharedPlan(session.workspace, { ...session.request, select });
  const problems = [...session.workspace.problems, ...made.problems];
  if (made.value === undefined)
    return new Stopped(tellProblems(await located(problems, session), session.options));
  session.workspace.keepCaches();
  tellLeftOut(made.value);
  if (problems.length > 0 && !session.options.json)
    tellProblems(await located(problems, session), session.options);
  return made.value;
}

/** Says what stays stale because it was left out. */
function tellLeftOut(plan: Plan): void {
  const stale = [...plan.leftOut]
    .filter(([, d]) => d.verdict !== 'fresh')
    .map(([index]) => plan.graph.tasks[index]?.id ?? '');
  if (stale.length === 0) return;
  const names = `${stale.slice(0, 10).join(', ')}${stale.length > 10 ? ` and ${stale.length - 10} more` : ''}`;
  process.stderr.write(`evalmake: note: left out and not fresh: ${oneLine(names)}\n`);
}

/** Fills in the places of problems; only then is the pipeline's text read as YAML again. */
export async function located(problems: readonly Problem[], session: Session): Promise<Problem[]> {
  const { readFileSync } = await import('node:fs');
  const { locate } = await import('@evalmake/core/yaml-source');
  const { root, file } = session.workspace.options;
  return locate(problems, readFileSync(resolve(root, file), 'utf8'), file);
}

/** Tells problems: one per line on stderr, or one document on stdout. Gives exit code 2. */
export function tellProblems(problems: readonly Problem[], options: Pick<Options, 'json'>): number {
  const sorted = sortProblems(problems);
  if (options.json) {
    const document = {
      format: 'evalmake.problems',
      version: 1,
      problems: sorted.map(({ pointer: _, atKey: __, ...p }) => p),
    };
    process.stdout.write(`${JSON.stringify(document)}\n`);
  } else {
    for (const problem of sorted) process.stderr.write(`${printable(formatProblem(problem))}\n`);
    const errors = sorted.filter((p) => hasErrors([p])).length;
    if (errors > 0)
      process.stderr.write(`evalmake: ${errors} problem${errors === 1 ? '' : 's'}; nothing was run\n`);
  }
  return 2;
}

/** Names this very program, so that caches made by another one are not used. */
export function buildName(): string {
  const self = process.argv[1];
  const stat =
    self === undefined
      ? undefined
      : statSync(resolve(dirname(self), '../dist/evalmake.cjs'), { throwIfNoEntry: false });
  return `${version}:${stat?.size ?? 0}:${stat?.mtimeMs ?? 0}`;
}
