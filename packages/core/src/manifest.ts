// A Manifest is the portable record beside the artifacts: read by evalmake, by people, by git and by other programs.
import { type ManifestError, validateManifest } from './generated/manifest-validator.ts';
import { parentDir } from './graph.ts';
import { byCodeUnit, isList, isMap, type Json, type JsonMap } from './json.ts';
import { holdIntegers, releaseIntegers } from './manifest-numbers.ts';
import { own, recordOfStage, type Stage, type StageTask, stageKeys, volatileKeys } from './manifest-stage.ts';
import type { TaskRecord } from './record.ts';

export type {
  Artifact,
  ArtifactFacts,
  DeclaredOutput,
  FileArtifact,
  SetArtifact,
} from './manifest-artifact.ts';
export {
  entryFor,
  own,
  type Stage,
  type StageEntry,
  type StageStatus,
  type StageTask,
  stageOf,
} from './manifest-stage.ts';

/** A manifest of version 2. Unknown keys may stand at every level; they are kept, and not named here. */
export type Manifest = {
  readonly schema_version: 2;
  readonly timestamps: { readonly created_at: string; readonly updated_at: string };
  readonly jobs?: JsonMap;
  readonly job_status?: JsonMap;
  readonly stage_status: Readonly<Record<string, Stage>>;
};

const manifestKeys = ['schema_version', 'timestamps', 'jobs', 'job_status', 'stage_status'];

/** What a manifest's text turned out to be: a manifest, or why it is none. */
export interface ManifestReading {
  readonly manifest?: Manifest;
  /** `old-version`: version 1 or a file without one; copy it before writing. `newer-version`: must not be rewritten. */
  readonly problem?: 'unparsable' | 'invalid' | 'newer-version' | 'old-version';
  readonly message?: string;
  /** With `invalid` and `old-version`: the document, from which `salvage` keeps what fits. */
  readonly value?: Json;
}

/** Reads the text of a manifest. Never throws. */
export function readManifest(text: string): ManifestReading {
  const json = text.replace(/^\uFEFF/, '');
  let value: Json;
  try {
    value = JSON.parse(holdIntegers(json)) as Json;
  } catch {
    return { problem: 'unparsable', message: whyUnparsable(json) };
  }
  if (!isMap(value)) return { problem: 'invalid', message: 'not a JSON object', value };
  const version = own(value, 'schema_version') ?? 1;
  const number = typeof version === 'string' && version.trim() !== '' ? Number(version) : version;
  if (typeof number === 'number' && number > 2) {
    return {
      problem: 'newer-version',
      message: `schema_version ${String(version)} is newer than this evalmake, which knows 2`,
    };
  }
  if (typeof version === 'number' && version < 2) {
    return { problem: 'old-version', message: 'schema_version 1: a manifest without fingerprints', value };
  }
  const errors = manifestErrors(value);
  if (errors.length > 0) return { problem: 'invalid', message: errors.join('; '), value };
  return { manifest: value as unknown as Manifest };
}

function whyUnparsable(text: string): string {
  if (text.trim() === '') return 'the file is empty';
  const marker = /^(?:<{7}|={7}|>{7}|\|{7})(?: .*)?\r?$/m.exec(text);
  if (marker !== null) {
    const line = text.slice(0, marker.index).split('\n').length;
    return `git conflict markers (line ${line}): the file was committed or left in the middle of a merge`;
  }
  try {
    JSON.parse(text);
  } catch (error) {
    return `not valid JSON: ${(error as Error).message}`;
  }
  return 'not valid JSON';
}

/** What keeps a value from being a manifest of version 2, at most five lines of it; empty when it is one. */
export function manifestErrors(value: unknown): string[] {
  if (validateManifest(value)) return [];
  const told = (validateManifest.errors ?? []).filter(
    (e) => !/^must match "(then|else)" schema$/.test(e.message ?? ''),
  );
  return told
    .slice(0, 5)
    .map((e: ManifestError) => `${e.instancePath || 'the file'} ${e.message ?? 'is wrong'}`);
}

/** The record of a task in a manifest, or undefined when the manifest proves nothing for it. */
export function recordFrom(
  manifest: Manifest,
  where: {
    readonly manifestPath: string;
    readonly stage: string;
    readonly task: string;
    readonly target: string;
  },
): TaskRecord | undefined {
  const stage = own(manifest.stage_status, where.stage);
  const { task, target } = where;
  return stage && recordOfStage(stage, { dir: parentDir(where.manifestPath), task, target });
}

/**
 * Puts a stage into a manifest. What other programs wrote stays: other stages, and unknown keys of this one.
 * @param manifest the manifest as it is, or undefined for a new one
 * @param stage the name of the stage
 * @param value the whole stage; tasks that it does not name are taken out
 * @param now ISO 8601 in UTC; used where something changed
 * @returns the same manifest when only timestamps, run numbers or run times differ
 */
export function mergeStage(
  manifest: Manifest | undefined,
  stage: string,
  value: Stage,
  now: string,
): { manifest: Manifest; changed: boolean } {
  const base = manifest ?? {
    schema_version: 2,
    timestamps: { created_at: now, updated_at: now },
    stage_status: {},
  };
  const old = own(base.stage_status, stage);
  const merged = mergeEntry(old, value, now);
  if (merged === old) return { manifest: base, changed: false };
  return {
    manifest: {
      ...base,
      timestamps: { ...base.timestamps, updated_at: now },
      stage_status: put(base.stage_status, stage, merged),
    },
    changed: true,
  };
}

function put<T>(map: Readonly<Record<string, T>>, key: string, value: T): Readonly<Record<string, T>> {
  return Object.fromEntries([...Object.entries(map).filter(([k]) => k !== key), [key, value]]);
}

/** The new entry with what is foreign in the old; the old itself when they say the same. */
function mergeEntry(old: Stage | undefined, value: Stage, now: string): Stage {
  const next = value.updated_at === '' ? { ...value, updated_at: now } : value;
  const tasks =
    next.tasks &&
    Object.fromEntries(
      Object.entries(next.tasks).map(([id, task]): [string, StageTask] => [
        id,
        mergeEntry(own(old?.tasks, id), task, now),
      ]),
    );
  if (old === undefined) return tasks === undefined ? next : { ...next, tasks };
  const artifacts =
    next.artifacts &&
    Object.fromEntries(
      Object.entries(next.artifacts).map(([key, artifact]) => {
        const before = isMap(old.artifacts as Json | undefined) ? own(old.artifacts, key) : undefined;
        return [key, { ...artifact, ...foreign(before, artifactKeys) }];
      }),
    );
  const merged: Stage = {
    ...next,
    ...(artifacts === undefined ? {} : { artifacts }),
    ...(tasks === undefined ? {} : { tasks }),
    ...foreign(old, stageKeys),
  };
  return sameTasks(old.tasks, tasks) && sameEntry(old, merged) ? old : merged;
}

const artifactKeys = ['output', 'path', 'sha256', 'bytes', 'rows', 'members', 'facts', 'files'];

/** What another program put beside our keys. */
function foreign(value: object | undefined, keys: readonly string[]): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

/** Whether every task was kept as it was: `mergeEntry` gives back the same object then. */
function sameTasks(old: Stage['tasks'], next: Stage['tasks']): boolean {
  if (old === undefined || next === undefined) return old === next;
  const ids = Object.keys(next);
  return ids.length === Object.keys(old).length && ids.every((id) => own(old, id) === next[id]);
}

/** Whether two entries, their tasks aside, say the same but for what changes when nothing happened. */
function sameEntry(a: object, b: object): boolean {
  const one = a as JsonMap;
  const two = b as JsonMap;
  const counts = (key: string): boolean => key !== 'tasks' && !volatileKeys.includes(key);
  const keys = Object.keys(one).filter(counts);
  return (
    keys.length === Object.keys(two).filter(counts).length &&
    keys.every((key) => sameJson(one[key], own(two, key)))
  );
}

/** Equality of JSON values, the order of keys aside; large stages are compared often. */
function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (isList(a) && isList(b)) return a.length === b.length && a.every((item, i) => sameJson(item, b[i]));
  if (!isMap(a) || !isMap(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]))
  );
}

/**
 * What can be kept of a document that is not a manifest of version 2: its unknown keys, and the parts that are valid.
 * Copy the file before it is replaced by this.
 * @param value the document of an old or damaged manifest
 * @param now ISO 8601 in UTC
 */
export function salvage(value: Json | undefined, now: string): Manifest {
  const map = isMap(value) ? value : {};
  const times = isMap(own(map, 'timestamps')) ? (map.timestamps as JsonMap) : {};
  const created = [own(times, 'created_at'), own(map, 'created_at'), now].find(
    (t) => typeof t === 'string',
  ) as string;
  const timestamps = { ...times, created_at: created, updated_at: now };
  const empty: Manifest = { schema_version: 2, timestamps, stage_status: {} };
  const fits = (part: object): boolean => manifestErrors({ ...empty, ...part }).length === 0;
  const jobs = ['jobs', 'job_status'].filter((key) => Object.hasOwn(map, key) && fits({ [key]: map[key] }));
  const stages = Object.entries(isMap(own(map, 'stage_status')) ? (map.stage_status as JsonMap) : {});
  const valid = stages.filter(([name, stage]) => fits({ stage_status: Object.fromEntries([[name, stage]]) }));
  return {
    ...foreign(map, manifestKeys),
    ...empty,
    ...Object.fromEntries(jobs.map((key) => [key, map[key] as JsonMap])),
    stage_status: Object.fromEntries(valid) as unknown as Manifest['stage_status'],
  };
}

/**
 * The text of a manifest: two spaces, a newline at the end, known keys in their order and all others by code unit, so
 * that the same content is the same bytes.
 */
export function manifestText(manifest: Manifest): string {
  const stages = sortedMap(manifest.stage_status, (stage) => {
    const tasks = stage.tasks && sortedMap(stage.tasks, (task) => arranged(task, stageKeys));
    return arranged(tasks === undefined ? stage : { ...stage, tasks }, stageKeys);
  });
  const document = arranged({ ...manifest, stage_status: stages }, manifestKeys);
  return `${releaseIntegers(JSON.stringify(document, null, 2))}\n`;
}

function sortedMap<A>(map: Readonly<Record<string, A>>, to: (value: A) => object): object {
  const entries = Object.entries(map).sort(([a], [b]) => byCodeUnit(a, b));
  return Object.fromEntries(entries.map(([key, value]) => [key, to(value)]));
}

function arranged(value: object, known: readonly string[]): object {
  const rank = (key: string): number => (known.includes(key) ? known.indexOf(key) : known.length);
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => rank(a) - rank(b) || byCodeUnit(a, b)));
}
