// A Workspace is a folder with a pipeline: what was read of it, and the ports through which the core asks about it.

import { dirname, join } from 'node:path';
import {
  applySets,
  type Config,
  emptyConfig,
  executorProblems,
  expand,
  hasErrors,
  overlay,
  type Parsed,
  type Pipeline,
  type Problem,
  type World,
} from '@evalmake/core';
import { cacheSettings, withoutSigningKey } from './cache-settings.ts';
import { digestText } from './digest.ts';
import { DirectoryStore } from './directory-store.ts';
import { FileState } from './file-state.ts';
import { existsSync, readFileSync } from './fs.ts';
import { globMatches } from './glob.ts';
import { Journal } from './journal.ts';
import { KeptResults } from './kept-results.ts';
import { LayeredStore } from './layered-store.ts';
import { Ledger } from './ledger.ts';
import { localMachine, type Machine } from './machine.ts';
import { Manifests } from './manifests.ts';
import { DiskSnapshot } from './observe.ts';
import { type CacheOptions, cachedConfig, cachedPipeline } from './parsed-cache.ts';
import { WorkspaceRecords } from './records.ts';
import { RowBook } from './row-book.ts';
import { SecretPresence, secretValues } from './secrets.ts';
import { SharedCache } from './shared-cache.ts';
import { Spent } from './spending.ts';
import { stateDir } from './state-dir.ts';

import type { Store } from './store.ts';
import { wantedOf } from './store.ts';
import { Texts, textsFile } from './texts.ts';

import { toolFinder } from './tools.ts';
import type { WorkspaceOptions } from './workspace-options.ts';

/** An opened workspace. */
export interface Workspace {
  readonly options: WorkspaceOptions;
  readonly root: string;
  readonly pipeline: Pipeline;
  readonly config: Config;
  readonly journal: Journal;
  readonly manifests: Manifests;
  readonly files: FileState;
  readonly snapshot: DiskSnapshot;
  readonly world: World;
  readonly machine: Machine;
  /** Rows, their answers, and attempts at them. */
  readonly rows: RowBook;
  /** Former results of this workspace that can be brought back. */
  readonly store: DirectoryStore;
  /** What is shared with others; undefined when nothing is. */
  readonly cache: SharedCache | undefined;
  /** All results that can be brought: those of this workspace before those of others. */
  readonly results: Store;
  /** What failed its checks and may not be made again unasked. */
  readonly kept: KeptResults;
  /** Everything that was ever paid here. */
  readonly ledger: Ledger;
  /** What was paid since the workspace was opened: by one build. */
  readonly spending: Spent;
  /** What fingerprints hold only as digests, for explanations. */
  readonly texts: Texts;
  readonly problems: readonly Problem[];
  /** Writes caches of what was parsed; called once the plan is good. */
  readonly keepCaches: () => void;
}

export { stateDir } from './state-dir.ts';

/** Looks for a pipeline file from a folder upwards; undefined when there is none. */
export function findRoot(from: string, file: string): string | undefined {
  for (let dir = from; ; dir = dirname(dir)) {
    if (existsSync(join(dir, file))) return dir;
    if (dir === dirname(dir)) return undefined;
  }
}

/** Time in ISO 8601 UTC. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** Reads the pipeline and its config, and opens the records. All problems are returned at once. */
export async function openWorkspace(options: WorkspaceOptions): Promise<Parsed<Workspace>> {
  const writes: (() => void)[] = [];
  const later = (write: () => void) => void writes.push(write);
  const cache: CacheOptions = { dir: join(options.root, stateDir, 'cache'), later, build: options.build };
  const text = readFileSync(join(options.root, options.file), 'utf8');
  const parsed = await cachedPipeline(text, options.file, cache);
  if (parsed.value === undefined)
    return { value: undefined, problems: await moreProblems(text, parsed.problems, options) };
  const pipeline = executedBy(parsed.value, options.executor);
  const config = await readConfig(pipeline, options, cache);
  const problems = [...parsed.problems, ...config.problems, ...(await misplaced(pipeline, text, options))];
  if (config.value === undefined || hasErrors(problems)) return { value: undefined, problems };
  const workspace = assemble(options, pipeline, config.value);
  const keepCaches = (): void => {
    if (options.write) for (const write of writes.splice(0)) write();
  };
  return { value: { ...workspace, problems, keepCaches }, problems };
}

/** A pipeline of which all commands run in one place. */
function executedBy(pipeline: Pipeline, executor: WorkspaceOptions['executor']): Pipeline {
  if (executor === undefined) return pipeline;
  return { ...pipeline, targets: pipeline.targets.map((target) => ({ ...target, executor })) };
}

/** Targets that cannot run where they are to. */
async function misplaced(pipeline: Pipeline, text: string, { file }: WorkspaceOptions): Promise<Problem[]> {
  const problems = executorProblems(pipeline);
  if (problems.length === 0) return [];
  const { locate } = await import('@evalmake/core/yaml-source');
  return locate(problems, text, file);
}

/** A file with mistakes is looked at further: what expansion finds in its healthy targets is told with the rest. */
async function moreProblems(
  text: string,
  found: readonly Problem[],
  options: WorkspaceOptions,
): Promise<readonly Problem[]> {
  const { parseLoosely } = await import('@evalmake/core/parse');
  const { locate } = await import('@evalmake/core/yaml-source');
  const loose = parseLoosely(text, options.file).value;
  if (loose === undefined) return found;
  const config = await readConfig(loose, options, { dir: undefined, later: () => {}, build: options.build });
  const more = [...config.problems];
  if (config.value !== undefined) {
    const { world } = assemble({ ...options, warn: () => {} }, loose, config.value);
    more.push(...expand({ pipeline: loose, config: config.value, world }).problems);
  }
  const sick = new Set(found.map((p) => (p.pointer?.[0] === 'targets' ? p.pointer[1] : p.pointer?.[0])));
  const healthy = more.filter((p) => !sick.has(p.pointer?.[0] === 'targets' ? p.pointer[1] : p.pointer?.[0]));
  return [...found, ...locate(healthy, text, options.file)];
}

function assemble(
  given: WorkspaceOptions,
  pipeline: Pipeline,
  config: Config,
): Omit<Workspace, 'problems' | 'keepCaches'> {
  const options = { ...given, env: withoutSigningKey(given.env, pipeline) };
  const { root, env, nowMs, warn } = options;
  const journal = new Journal(join(root, stateDir, 'journal.jsonl'));
  // Who may write says it when it is mended: once, and with what became of it.
  if (!options.write) for (const warning of journal.warnings) warn(warning);
  const manifests = new Manifests({ root, now: () => isoTime(nowMs()), warn });
  const machine = options.machine ?? localMachine;
  const files = new FileState(root, join(root, stateDir, 'filestate'), nowMs, machine.processes.space.boot);
  const snapshot = new DiskSnapshot(root, files);
  const secrets = new SecretPresence(root, env);
  const rows = new RowBook({
    root,
    stateDir,
    pipeline,
    snapshot,
    machine,
    digest: digestText,
    nowMs,
    write: options.write,
  });
  const stores = storesOf(given, pipeline);
  const kept = new KeptResults(root);
  const world: World = {
    snapshot,
    records: new WorkspaceRecords({ journal, manifests, attempts: rows.attempts }),
    // A name like `constructor` is no variable.
    env: (name) => (Object.hasOwn(env, name) ? env[name] : undefined),
    hasSecret: (name, envFile) => secrets.has(name, envFile),
    tool: toolFinder(root),
    digest: digestText,
    rows: (task, asked) => rows.standing(task, asked),
    ...storesAsked(stores),
    kept: (task, parts) => kept.find(task, parts),
    matches: globMatches,
  };
  const ledger = new Ledger(join(root, stateDir, 'costs.jsonl'));
  return {
    options,
    root,
    pipeline,
    config,
    journal,
    manifests,
    files,
    snapshot,
    world,
    machine,
    rows,
    ...stores,
    kept,
    ledger,
    spending: new Spent(),
    texts: new Texts(join(root, stateDir, textsFile)),
  };
}

/** Where results are kept: those of this workspace, those of others where they are shared, and both as one. */
function storesOf(
  options: WorkspaceOptions,
  pipeline: Pipeline,
): Pick<Workspace, 'store' | 'cache' | 'results'> {
  const store = new DirectoryStore(join(options.root, stateDir, 'store'));
  const settings = options.noCache === true ? undefined : cacheSettings(pipeline, options);
  const secrets = () => secretValues(pipeline.targets, options);
  const cache = settings && new SharedCache(settings, options.warn, secrets);
  return { store, cache, results: cache === undefined ? store : new LayeredStore(store, cache) };
}

/** What the core asks of stores. */
function storesAsked({
  store,
  cache,
}: ReturnType<typeof storesOf>): Pick<World, 'restorable' | 'shared' | 'formerly'> {
  return {
    restorable: ({ id, outputs }, parts) => {
      const near = store.find({ task: id, parts })?.record;
      if (near !== undefined) return { record: near, origin: 'store' };
      const far = cache?.known(wantedOf({ id, outputs }, parts));
      return far && { record: far, origin: 'shared-cache' };
    },
    shared: cache?.reads === true,
    formerly: (task) => cache?.reads === true || store.knows(task),
  };
}

async function readConfig(
  pipeline: Pipeline,
  options: WorkspaceOptions,
  cache: CacheOptions,
): Promise<Parsed<Config>> {
  let config: Config = emptyConfig;
  const problems: Problem[] = [];
  const named = pipeline.configFile === undefined ? [] : [pipeline.configFile];
  for (const [i, file] of [...named, ...options.configs].entries()) {
    const path = file.startsWith('/') ? file : join(options.root, file);
    const text = readNamed(path, `the config file "${file}"`, 'config');
    if (typeof text !== 'string') {
      problems.push(i < named.length ? await atKey(text, 'config', options) : text);
      continue;
    }
    const read = await cachedConfig(text, file, i === 0 ? cache : { ...cache, dir: undefined });
    problems.push(...read.problems);
    if (read.value !== undefined) config = i === 0 ? read.value : overlay(config, read.value);
  }
  const set = applySets(config, options.sets);
  problems.push(...set.problems);
  if (hasErrors(problems)) return { value: undefined, problems };
  problems.push(...(await checkConfig(pipeline, set.config, { options, later: cache.later })));
  return { value: set.config, problems };
}

/** Holds the config against its schema. The answer is kept, since the schema compiler is slow to load. */
async function checkConfig(
  pipeline: Pipeline,
  config: Config,
  { options, later }: { options: WorkspaceOptions; later: CacheOptions['later'] },
): Promise<Problem[]> {
  const schema = pipeline.configSchema;
  if (schema === undefined) return [];
  const text = readNamed(join(options.root, schema), `the config schema "${schema}"`, 'config-schema');
  if (typeof text !== 'string') return [await atKey(text, 'config_schema', options)];
  const { checkedConfig } = await import('./config-schema.ts');
  return checkedConfig({ schemaText: text, schema, config, pipeline, options, later });
}

/** The text of a file that somebody named, or the problem that there is none. */
function readNamed(path: string, what: string, code: string): string | Problem {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return {
      code: `${code}-${missing ? 'missing' : 'unreadable'}`,
      severity: 'error',
      message: missing ? `${what} does not exist` : `${what} cannot be read: ${(error as Error).message}`,
    };
  }
}

/** A problem at a key of the pipeline file: the file is read as YAML again only when there is one. */
async function atKey(problem: Problem, key: string, { root, file }: WorkspaceOptions): Promise<Problem> {
  const { locate } = await import('@evalmake/core/yaml-source');
  const [located] = locate([{ ...problem, pointer: [key] }], readFileSync(join(root, file), 'utf8'), file);
  return located ?? problem;
}
