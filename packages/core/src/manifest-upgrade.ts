// Upgrading: a manifest of version 1, in the shapes that scripts wrote before there was evalmake, becomes one of version 2.
//
// Shapes that are understood (docs/formats.md names them for users):
// - stages as flags: `"parsed": true`, `"parsed": "completed"`, `"parsed": { "status": "done", … }`, at the top level or
//   below `stages` or `stage_status`;
// - tables of checksums: `datasets.{name}` and `shards.{file}` (see manifest-table.ts);
// - `created_at` and `updated_at` at the top level; `jobs`, `job_status`.
// An upgraded stage has no fingerprint, because nobody wrote down what made it: it is evidence for a person, no record.
import { isList, isMap, type Json, type JsonMap } from './json.ts';
import { type Manifest, manifestErrors, salvage } from './manifest.ts';
import { own } from './manifest-stage.ts';
import { artifactsOfTables, placedArtifact, type TablePlaces } from './manifest-table.ts';

/** What is known of the surroundings of an old manifest. */
export interface UpgradeContext extends TablePlaces {
  /** ISO 8601 in UTC. */
  readonly now: string;
  /** The stages that the pipeline keeps in this manifest. */
  readonly stages: readonly string[];
}

const words: Readonly<Record<string, readonly string[]>> = {
  completed: [
    'completed',
    'complete',
    'done',
    'finished',
    'success',
    'succeeded',
    'ok',
    'passed',
    'true',
    'yes',
  ],
  failed: ['failed', 'failure', 'error', 'errored'],
  in_progress: ['in_progress', 'in-progress', 'in progress', 'running', 'started', 'active'],
  stopped: ['stopped', 'cancelled', 'canceled', 'paused', 'interrupted', 'aborted'],
  pending: ['pending', 'todo', 'queued', 'waiting', 'not_started', 'not started', 'false', 'no', ''],
};
const statusOfWord: ReadonlyMap<string, string> = new Map(
  Object.entries(words).flatMap(([status, list]) => list.map((word): [string, string] => [word, status])),
);

/** Stages of the scripts that wrote version 1: at the top level a flag under another name may mean anything. */
const wellKnown: ReadonlySet<string> = new Set([
  ...['prepared', 'built', 'submitted', 'polled', 'downloaded', 'parsed', 'scored', 'archived'],
  ...['prepare', 'build', 'submit', 'poll', 'download', 'parse', 'score', 'archive'],
  ...['stats', 'costs', 'report', 'unsupported_sensitivity', 'mixed_effects', 'power_analysis'],
  'cost_effectiveness',
]);

const documentKeys: ReadonlySet<string> = new Set([
  ...['schema_version', 'timestamps', 'jobs', 'job_status', 'stages', 'stage_status', 'datasets', 'shards'],
]);

/**
 * Makes a manifest of version 2 of an old one. Keys that are not understood stay; a manifest of version 2 stays as it is.
 * Keep a copy of the file before it is replaced by this.
 * @param value the document
 * @param context where it lies, and what the pipeline says of it
 */
export function upgradeManifest(value: Json | undefined, context: UpgradeContext): Manifest {
  const map = isMap(value) ? value : {};
  if (manifestErrors(map).length === 0) return map as unknown as Manifest;
  const stages = new Map<string, JsonMap>();
  const consumed = new Set(['schema_version', 'timestamps', 'jobs', 'job_status', 'stage_status']);
  const times = timesOf(map, context.now, consumed);
  const entry = { ...context, at: times.at };
  for (const [key, found] of Object.entries(map)) {
    if (!isFlag(key, found, context)) continue;
    consumed.add(key);
    stages.set(key, entryOf(found, entry));
  }
  for (const key of ['stages', 'stage_status']) {
    const below = own(map, key);
    if (!isMap(below)) continue;
    consumed.add(key);
    for (const [name, found] of Object.entries(below)) stages.set(name, entryOf(found, entry));
  }
  const rest = addTables(map, stages, { entry, consumed });
  const upgraded = {
    ...Object.fromEntries(Object.entries(map).filter(([key]) => !consumed.has(key))),
    ...rest,
    schema_version: 2,
    timestamps: times.timestamps,
    ...jobsOf(map),
    stage_status: Object.fromEntries(stages),
  };
  // What no rule foresaw must not keep the file from being written.
  return manifestErrors(upgraded).length === 0
    ? (upgraded as unknown as Manifest)
    : salvage(upgraded as Json, context.now);
}

/** The times of the document, and when its stages were last heard of. */
function timesOf(
  map: JsonMap,
  now: string,
  consumed: Set<string>,
): { readonly timestamps: JsonMap; readonly at: string } {
  const nested = own(map, 'timestamps');
  const times = isMap(nested) ? nested : {};
  const text = (key: string): string | undefined => {
    for (const place of [times, map]) {
      const found = own(place, key);
      if (typeof found === 'string' && found !== '') return found;
    }
    return undefined;
  };
  for (const key of ['created_at', 'updated_at']) if (typeof own(map, key) === 'string') consumed.add(key);
  const created = text('created_at');
  const updated = text('updated_at');
  return {
    timestamps: { ...times, created_at: created ?? updated ?? now, updated_at: now },
    at: updated ?? created ?? now,
  };
}

/** Whether a key at the top level is a stage. */
function isFlag(key: string, value: Json, { stages }: UpgradeContext): boolean {
  if (documentKeys.has(key)) return false;
  if (isMap(value) && statusOfMap(value) !== undefined) return true;
  if (!stages.includes(key) && !wellKnown.has(key)) return false;
  return !isMap(value) && statusOf(value) !== undefined;
}

/** The status that a value says, in any of the words that were used for it. */
function statusOf(value: Json | undefined): string | undefined {
  if (typeof value === 'boolean') return value ? 'completed' : 'pending';
  if (value === null) return 'pending';
  if (value === 0 || value === 1) return value === 1 ? 'completed' : 'pending';
  return typeof value === 'string' ? statusOfWord.get(value.trim().toLowerCase()) : undefined;
}

function statusOfMap(value: JsonMap): string | undefined {
  for (const key of ['status', 'state', 'completed', 'done']) {
    const found = own(value, key);
    // `completed: 12` counts something.
    if (found === undefined || (key !== 'status' && key !== 'state' && typeof found !== 'boolean')) continue;
    const status = statusOf(found);
    if (status !== undefined) return status;
  }
  return undefined;
}

interface EntryContext extends UpgradeContext {
  /** When the stages were last heard of. */
  readonly at: string;
}

/** The entry of a stage or task; what it says besides stays. A status that nobody understands is told and not believed. */
function entryOf(value: Json, context: EntryContext): JsonMap {
  if (!isMap(value)) {
    const status = statusOf(value);
    const told = status === undefined ? { message: `version 1 said ${JSON.stringify(value)}` } : {};
    return { status: status ?? 'pending', updated_at: context.at, ...told };
  }
  const { fingerprint: _, tasks, message, artifacts, ...rest } = value;
  const status = statusOfMap(value);
  const at = ['updated_at', 'completed_at', 'finished_at', 'started_at']
    .map((key) => own(value, key))
    .find((time) => typeof time === 'string' && time !== '');
  const said = own(value, 'status');
  const text =
    message ??
    (status === undefined && said !== undefined ? `version 1 said ${JSON.stringify(said)}` : undefined);
  return {
    ...rest,
    status: status ?? 'pending',
    updated_at: at ?? context.at,
    ...(text === undefined ? {} : { message: typeof text === 'string' ? text : JSON.stringify(text) }),
    ...(artifacts === undefined ? {} : { artifacts: artifactsOf(artifacts, context) }),
    ...(tasks === undefined ? {} : tasksOf(tasks, context)),
  };
}

function artifactsOf(artifacts: Json, context: EntryContext): Json {
  if (!isMap(artifacts)) return artifacts;
  return mapValues(artifacts, (artifact) => placedArtifact(artifact, context));
}

/** Tasks of a stage; where they are only counted, the number stays under another name. */
function tasksOf(tasks: Json, context: EntryContext): JsonMap {
  if (!isMap(tasks)) return { version_1_tasks: tasks };
  return {
    tasks: mapValues(tasks, (task) => {
      const { tasks: _, ...entry } = entryOf(task, context);
      return entry;
    }),
  };
}

/** Puts what tables say into their stages, and gives what stays of the tables because it is no checksum of a file. */
function addTables(
  map: JsonMap,
  stages: Map<string, JsonMap>,
  { entry, consumed }: { readonly entry: EntryContext; readonly consumed: Set<string> },
): JsonMap {
  const rest: [string, Json][] = [];
  for (const [key, usual] of [
    ['datasets', 'prepared'],
    ['shards', 'built'],
  ] as const) {
    const table = own(map, key);
    if (!isMap(table)) continue;
    const { artifacts, counts, others } = artifactsOfTables(key, table, entry);
    consumed.add(key);
    if (Object.keys(others).length > 0) rest.push([key, others]);
    if (Object.keys(artifacts).length === 0) continue;
    const name = entry.stages.length === 1 ? (entry.stages[0] as string) : usual;
    const said = stages.get(name);
    const told = own(said, 'artifacts');
    const summed = own(said, 'counts');
    stages.set(name, {
      status: statusOf(own(map, 'status')) ?? 'completed',
      updated_at: entry.at,
      ...said,
      artifacts: { ...artifacts, ...(isMap(told) ? told : {}) },
      counts: { ...counts, ...(isMap(summed) ? summed : {}) },
    });
  }
  return Object.fromEntries(rest);
}

/** Jobs by name; a list becomes a map by position. */
function jobsOf(map: JsonMap): JsonMap {
  return Object.fromEntries(
    ['jobs', 'job_status'].flatMap((key): [string, Json][] => {
      const value = own(map, key);
      if (isMap(value)) return [[key, value]];
      return isList(value) ? [[key, Object.fromEntries(value.map((job, i) => [String(i), job]))]] : [];
    }),
  );
}

/** A map with each value replaced; safe for keys such as `__proto__`. */
function mapValues(map: JsonMap, to: (value: Json) => Json): JsonMap {
  return Object.fromEntries(Object.entries(map).map(([key, value]): [string, Json] => [key, to(value)]));
}
