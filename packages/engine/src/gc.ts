// Gc: removing from .evalmake what no build, no record and no attempt needs any more; when in doubt it stays.
import { join } from 'node:path';
import type { Plan } from '@evalmake/core';
import { remove } from './disk.ts';
import { lstatOf } from './file-state.ts';
import { rmdirSync } from './fs.ts';
import type { GcContext, Pruned } from './gc-context.ts';
import { deadAttempts, leftovers, oldResults, oldRuns } from './gc-folders.ts';
import { deadState } from './gc-state.ts';
import { isGone } from './gone.ts';
import { type NotRemoved, sizeBelow, standingAt } from './removal.ts';
import { taskFolder } from './task-folder.ts';
import { stateDir, type Workspace } from './workspace.ts';

/** What goes, with sizes. */
export interface Gc {
  readonly prune: readonly (Pruned & { readonly bytes: number })[];
  /** Tasks that are gone with all that they wrote: the journal need not know them. */
  readonly forget: readonly string[];
}

/**
 * Decides what goes. Changes nothing.
 * @param plan of all targets: the fingerprints of today
 * @param keepRuns how many of the newest runs stay
 */
export function planGc(workspace: Workspace, plan: Plan, keepRuns: number): Gc {
  const context: GcContext = { workspace, plan, graph: plan.graph, keepRuns };
  // Of a damaged journal nobody knows what it said: an attempt that seems over may not be.
  const sure = workspace.journal.warnings.length === 0;
  const told = sure ? [...deadAttempts(context), ...deadState(context)] : [];
  const pruned = [...oldRuns(context), ...told, ...leftovers(context), ...oldResults(context)];
  const gone = new Set(pruned.map(({ path }) => path));
  return {
    prune: pruned.map((item) => ({ ...item, bytes: sizeBelow(join(workspace.root, item.path)) })),
    forget: sure ? [...workspace.journal.names()].filter((task) => isForgotten(task, context, gone)) : [],
  };
}

/** Whether nothing is left of a task: neither in the pipeline, nor of its outputs, nor below .evalmake. */
function isForgotten(task: string, context: GcContext, pruned: ReadonlySet<string>): boolean {
  const { workspace, graph } = context;
  const { root, journal, world } = workspace;
  const records = journal.records(task);
  if (!isGone(task, records, graph) || journal.interrupted().some((i) => i.task === task)) return false;
  const files = records.flatMap((record) => Object.values(record.outputs).flat());
  if (files.some(({ path }) => standingAt(root, path) !== undefined)) return false;
  const folder = taskFolder(task, world.digest);
  return ['attempt', 'state'].every((kind) => {
    const path = `${stateDir}/${kind}/${folder}`;
    return pruned.has(path) || lstatOf(join(root, path)) === undefined;
  });
}

/** Does it. Needs the lock. The journal is written anew. */
export function performGc({ prune, forget }: Gc, { root, journal }: Workspace): NotRemoved[] {
  const failed: NotRemoved[] = [];
  for (const { path, kind } of prune) {
    try {
      remove(join(root, path));
    } catch (error) {
      failed.push({ path, message: (error as Error).message });
      continue;
    }
    if (kind === 'state' || kind === 'stored') removeEmpty(join(root, path, '..'));
  }
  if (failed.length === 0) {
    journal.open();
    journal.forget(forget);
  }
  return failed;
}

/** A folder goes with the last of what is in it. */
function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Something else is in it.
  }
}
