// Cleaning: which built outputs may be removed, because a record lists them and their bytes are still the recorded ones.
import { join } from 'node:path';
import type { OutputFile, Task, TaskOutput, TaskRecord } from '@evalmake/core';
import { placeOf } from '@evalmake/core/claims';
import { protectionOfResults } from '@evalmake/core/protection';
import { listDir } from './digest.ts';
import { type Standing, sizeBelow, standingAt, staysInside } from './removal.ts';
import type { Workspace } from './workspace.ts';

/** Something that is removed. */
export interface Removed {
  readonly path: string;
  readonly task: string;
  readonly kind: Standing;
  readonly bytes: number;
}

/** Why something that could have been removed stays. */
export type KeptWhy =
  | 'keep'
  | 'frozen'
  | 'nondeterministic'
  | 'paid'
  | 'modified'
  | 'unrecorded'
  | 'outside-workspace';

/** Something that stays. */
export interface Kept {
  readonly path: string;
  /** The task whose output it is; undefined when nobody knows. */
  readonly task: string | undefined;
  readonly why: KeptWhy;
  /** Whether --force would remove it. */
  readonly forcible: boolean;
}

/** What is removed and what stays. */
export interface Cleaning {
  readonly remove: readonly Removed[];
  readonly keep: readonly Kept[];
}

/**
 * Decides what of the outputs of some tasks is removed. Changes nothing.
 * @param workspace one that believes no digest it did not make itself (`freshLook`)
 * @param tasks whose outputs
 * @param forced for which of them modified and nondeterministic outputs go too
 */
export function planClean(
  workspace: Workspace,
  tasks: readonly Task[],
  forced: (task: Task) => boolean,
): Cleaning {
  const remove: Removed[] = [];
  const keep: Kept[] = [];
  for (const task of tasks) {
    if (task.placeholder) continue;
    const records = recordsOf(task, workspace);
    for (const output of task.outputs) {
      for (const path of present(output, workspace)) {
        const files = recordedAs(task, output, { path, records, workspace });
        const made = decide({ task, path, files, workspace, forced: forced(task) });
        remove.push(...made.remove);
        keep.push(...made.keep);
      }
    }
  }
  return { remove, keep };
}

/** All records of a task: what any of them lists is its own work. */
export function recordsOf(task: Task, { world }: Workspace): readonly TaskRecord[] {
  const manifest = world.records.manifest(task);
  const journal = world.records.journal(task.id);
  return manifest === undefined ? journal : [...journal, manifest];
}

function present(output: TaskOutput, { root, world }: Workspace): readonly string[] {
  if (output.kind === 'glob') return world.snapshot.glob(output.path);
  return standingAt(root, output.path) === undefined ? [] : [output.path];
}

interface Recorded {
  readonly path: string;
  readonly records: readonly TaskRecord[];
  readonly workspace: Workspace;
}

function recordedAs(task: Task, output: TaskOutput, { path, records, workspace }: Recorded): OutputFile[] {
  return records
    .flatMap((record) => Object.values(record.outputs).flat())
    .filter((file) => file.path === path && placeOf(task, path, workspace.world.matches) === output);
}

interface Candidate {
  readonly task: Task;
  readonly path: string;
  /** What records say of it. */
  readonly files: readonly OutputFile[];
  readonly workspace: Workspace;
  readonly forced: boolean;
}

function decide({ task, path, files, workspace, forced }: Candidate): Cleaning {
  const { root, world } = workspace;
  const kept = (why: KeptWhy, forcible = false): Cleaning => ({
    remove: [],
    keep: [{ path, task: task.id, why, forcible }],
  });
  const protection = protectionOfResults(task.target, recordsOf(task, workspace));
  if (protection !== undefined && !(protection.forcible && forced))
    return kept(protection.why, protection.forcible);
  if (files.length === 0) return kept('unrecorded');
  if (!staysInside(root, path)) return kept('outside-workspace');
  const entry = world.snapshot.entry(path);
  const same = entry.kind !== 'missing' && files.some((file) => file.digest === entry.digest);
  if (!same && !forced) return kept('modified', true);
  const kind = standingAt(root, path) ?? 'file';
  if (same || kind !== 'dir') return { remove: [removed(path, task, kind, root)], keep: [] };
  return modifiedFolder({ task, path, files, root });
}

/** Of a folder that was modified only what some record lists in it is removed, even by force. */
function modifiedFolder(folder: {
  readonly task: Task;
  readonly path: string;
  readonly files: readonly OutputFile[];
  readonly root: string;
}): Cleaning {
  const { task, path, files, root } = folder;
  const known = new Set(files.flatMap((file) => file.members ?? []));
  const remove: Removed[] = [];
  const keep: Kept[] = [];
  for (const entry of listDir(join(root, path.replace(/\/$/, '')))) {
    if (entry.kind === 'dir') continue;
    const inner = `${path.replace(/\/$/, '')}/${entry.path}`;
    if (known.has(entry.path)) remove.push(removed(inner, task, entry.kind, root));
    else keep.push({ path: inner, task: task.id, why: 'unrecorded', forcible: false });
  }
  return { remove, keep };
}

function removed(path: string, task: Task, kind: Standing, root: string): Removed {
  return { path, task: task.id, kind, bytes: sizeBelow(join(root, path.replace(/\/$/, ''))) };
}
