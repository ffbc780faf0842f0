// Orphans: files that a task wrote which no output of the pipeline owns any more, and files in sets that nobody wrote.
import { join } from 'node:path';
import { byCodeUnit, type Graph, type OutputFile, type Task, type TaskRecord } from '@evalmake/core';
import { recordFrom } from '@evalmake/core/manifest';
import { protectionOfResults } from '@evalmake/core/protection';
import { type Cleaning, type Kept, type KeptWhy, type Removed, recordsOf } from './clean.ts';
import { listDir } from './digest.ts';
import { isGone } from './gone.ts';
import { type Standing, sizeBelow, standingAt, staysInside } from './removal.ts';
import { sourceTest } from './sources.ts';
import type { Workspace } from './workspace.ts';

/** Why nothing owns a file. */
export type OrphanWhy = 'task-gone' | 'output-gone' | 'unrecorded';

/** A file or folder that no current output owns, or that lies in one and is unknown. */
export interface Orphan {
  readonly path: string;
  readonly why: OrphanWhy;
  readonly kind: Standing;
  readonly bytes: number;
  /** Whether the bytes are those that were recorded. */
  readonly state: 'as-recorded' | 'modified' | 'unrecorded';
  /** Who wrote it and when; of an unrecorded file the task in whose output it lies. */
  readonly task: string;
  readonly at?: string;
  readonly run?: number;
  readonly protection?: { readonly why: KeptWhy; readonly forcible: boolean };
}

/** A file of a record. */
interface Version {
  readonly file: OutputFile;
  readonly record: TaskRecord;
  readonly why: Exclude<OrphanWhy, 'unrecorded'>;
}

/**
 * All orphans, in code-unit order of their paths. Reads only.
 * @param workspace one that believes no digest it did not make itself (`freshLook`)
 */
export function findOrphans(workspace: Workspace, graph: Graph): Orphan[] {
  const isSource = sourceTest(workspace, graph);
  const versions = new Map<string, Version[]>();
  const add = (record: TaskRecord, why: Version['why']): void => {
    for (const file of Object.values(record.outputs).flat()) {
      const list = versions.get(file.path) ?? [];
      list.push({ file, record, why });
      versions.set(file.path, list);
    }
  };
  for (const record of goneRecords(workspace, graph)) add(record, 'task-gone');
  for (const task of graph.tasks)
    if (!task.placeholder) for (const record of recordsOf(task, workspace)) add(record, 'output-gone');
  const scene: Scene = { workspace, graph, isSource };
  const found = [...versions].flatMap(([path, list]) => orphansAt(path, list, scene));
  const unknown = graph.tasks.flatMap((task) => (task.placeholder ? [] : unknownIn(task, scene)));
  const byPath = new Map([...unknown, ...found].map((orphan) => [orphan.path, orphan]));
  return [...byPath.values()].sort((a, b) => byCodeUnit(a.path, b.path));
}

/** What of the orphans may be removed: what is as it was recorded. Modified ones only by force, unknown ones never. */
export function planOrphans(workspace: Workspace, graph: Graph, forced: boolean): Cleaning {
  const remove: Removed[] = [];
  const keep: Kept[] = [];
  for (const { path, task, kind, bytes, state, protection } of findOrphans(workspace, graph)) {
    const kept = (why: KeptWhy, forcible = false) => keep.push({ path, task, why, forcible });
    if (state === 'unrecorded') kept('unrecorded');
    else if (protection !== undefined && !(protection.forcible && forced))
      kept(protection.why, protection.forcible);
    else if (!staysInside(workspace.root, path)) kept('outside-workspace');
    // Of a folder it cannot be told which of its files are the task's own work.
    else if (state === 'modified' && !(forced && kind !== 'dir')) kept('modified', kind !== 'dir');
    else remove.push({ path, task, kind, bytes });
  }
  return { remove, keep };
}

interface Scene {
  readonly workspace: Workspace;
  readonly graph: Graph;
  readonly isSource: (path: string) => boolean;
}

/** Records of tasks that are gone: in the journal, and in the manifests that the pipeline still uses. */
function goneRecords(workspace: Workspace, graph: Graph): TaskRecord[] {
  const { journal, manifests } = workspace;
  const out: TaskRecord[] = [];
  for (const name of journal.names())
    if (isGone(name, journal.records(name), graph)) out.push(...journal.records(name));
  for (const path of graph.manifests) {
    const manifest = manifests.look(path).manifest;
    if (manifest === undefined) continue;
    for (const [stage, { tasks }] of Object.entries(manifest.stage_status)) {
      const target = targetOf(graph, path, stage);
      for (const task of tasks === undefined ? [target] : Object.keys(tasks)) {
        const record = recordFrom(manifest, { manifestPath: path, stage, task, target });
        if (record !== undefined && isGone(task, [record], graph)) out.push(record);
      }
    }
  }
  return out;
}

/** The target whose stage it is; a stage without one bears the name of a target that is gone. */
function targetOf(graph: Graph, manifest: string, stage: string): string {
  const task = graph.tasks.find((t) => t.manifest === manifest && t.target.stage === stage);
  return task?.target.name ?? stage;
}

/** What of a recorded path lies there and is owned by nobody: the whole, or of a folder that others share its files. */
function orphansAt(path: string, list: readonly Version[], scene: Scene): Orphan[] {
  const { workspace, graph, isSource } = scene;
  const { root, world } = workspace;
  const kind = standingAt(root, path);
  if (kind === undefined || graph.builder(path) !== undefined) return [];
  const entry = world.snapshot.entry(path);
  const same = list.find(({ file }) => entry.kind !== 'missing' && file.digest === entry.digest);
  const newest = [...list].sort((a, b) => byCodeUnit(b.record.at, a.record.at))[0] as Version;
  const state = same === undefined ? 'modified' : 'as-recorded';
  const version = same ?? newest;
  const dir = path.replace(/\/$/, '');
  if (kind !== 'dir') return isSource(dir) ? [] : [orphan(path, { kind, state, version, scene })];
  const inside = listDir(join(root, dir)).filter((e) => e.kind !== 'dir');
  const taken = (inner: string) => isSource(inner) || graph.builder(inner) !== undefined;
  if (!isSource(path) && !inside.some((e) => taken(`${dir}/${e.path}`)))
    return [orphan(path, { kind, state, version, scene })];
  const known = new Set(list.flatMap(({ file }) => file.members ?? []));
  return inside
    .filter((e) => known.has(e.path) && !taken(`${dir}/${e.path}`))
    .map((e) => orphan(`${dir}/${e.path}`, { kind: e.kind, state, version, scene }));
}

interface Seen {
  readonly kind: Standing;
  readonly state: 'as-recorded' | 'modified';
  readonly version: Version;
  readonly scene: Scene;
}

function orphan(path: string, { kind, state, version, scene }: Seen): Orphan {
  const { record, why } = version;
  const { root } = scene.workspace;
  const target = scene.graph.pipeline.targets.find((t) => t.name === record.target);
  const protection = protectionOfResults(target, [record]);
  return {
    path,
    why,
    kind,
    bytes: sizeBelow(join(root, path.replace(/\/$/, ''))),
    state,
    task: record.task,
    at: record.at,
    run: record.run,
    ...(protection === undefined ? {} : { protection }),
  };
}

/** Files in the sets and directories of a task that no record of it knows. */
function unknownIn(task: Task, scene: Scene): Orphan[] {
  const { workspace, isSource } = scene;
  const { root, world } = workspace;
  const files = recordsOf(task, workspace).flatMap((record) => Object.values(record.outputs).flat());
  const known = new Set(
    files.flatMap(({ path, members }) => [path, ...(members ?? []).map((m) => path + m)]),
  );
  const paths = task.outputs.flatMap((output) => {
    if (output.kind === 'glob') return world.snapshot.glob(output.path);
    if (output.kind === 'file' || standingAt(root, output.path) !== 'dir') return [];
    const inside = listDir(join(root, output.path.slice(0, -1))).filter((e) => e.kind !== 'dir');
    return inside.map((e) => output.path + e.path);
  });
  return paths
    .filter((path) => !known.has(path) && !isSource(path))
    .map((path): Orphan => {
      const kind = standingAt(root, path) ?? 'file';
      const bytes = sizeBelow(join(root, path));
      return { path, why: 'unrecorded', kind, bytes, state: 'unrecorded', task: task.id };
    });
}
