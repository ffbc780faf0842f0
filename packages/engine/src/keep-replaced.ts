// Keeping what is replaced: when new outputs take their places, a good result that stood there goes into the store.
import { join } from 'node:path';
import { type Decision, recordFiles, sameOutputs, type TaskRecord } from '@evalmake/core';
import { existsSync } from './fs.ts';
import type { Workspace } from './workspace.ts';

/** Where the old result lies. */
export interface Replaced {
  readonly workspace: Workspace;
  /** The folder in which the attempt has saved what stood at fixed paths, relative to the workspace. */
  readonly asideDir: string | undefined;
}

/** Puts the result that is about to be replaced into the store. What cannot be kept costs a run later, nothing else. */
export function keepReplaced(decision: Decision, made: TaskRecord, { workspace, asideDir }: Replaced): void {
  const before = decision.record;
  if (before === undefined || sameOutputs(before, made)) return;
  const { root, snapshot, store, options } = workspace;
  const placeOf = (path: string): string => {
    const saved = asideDir === undefined ? undefined : join(root, asideDir, path);
    return saved !== undefined && existsSync(saved) ? saved : join(root, path);
  };
  const files = recordFiles(before);
  const isWhole = files.every(({ path, digest }) => {
    if (path.endsWith('/')) return false;
    const entry = snapshot.entry(path);
    return entry.kind === 'file' && entry.digest === digest && existsSync(placeOf(path));
  });
  if (!isWhole) return;
  try {
    store.keep(before, (file) => placeOf(file.path));
  } catch (error) {
    options.warn(`a former result of "${before.task}" could not be kept: ${(error as Error).message}`);
  }
}
