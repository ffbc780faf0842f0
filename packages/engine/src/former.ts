// A former result goes into the store just before another one takes its place.
import { join } from 'node:path';
import { fingerprintKey, recordFiles, sameOutputs, type TaskRecord } from '@evalmake/core';
import type { Attempt } from './attempt.ts';
import { digestFile, digestText } from './digest.ts';
import { lstatOf } from './file-state.ts';
import { wantedOf } from './store.ts';
import type { Workspace } from './workspace.ts';

/**
 * Keeps what lies at the outputs of a task, when a record says what it is and the new one says something else. Gives why
 * that could not be done; it is never worth failing for.
 * @param record what is about to be published
 */
export function keepFormer(attempt: Attempt, record: TaskRecord, workspace: Workspace): string | undefined {
  const { task, decision } = attempt;
  const { store } = workspace;
  if (task.target.rows !== undefined || task.target.depsFile !== undefined) return undefined;
  try {
    const key = fingerprintKey(record.parts, digestText);
    const known = decision.record === undefined ? decision.history : [decision.record, ...decision.history];
    const former = known.find((r) => !sameOutputs(r, record) && lies(r, attempt, workspace));
    if (former !== undefined && fingerprintKey(former.parts, digestText) !== key)
      store.keep(wantedOf(task, former.parts), former, (path) => placeOf(path, attempt, workspace));
    return undefined;
  } catch (error) {
    return `what it had made before could not be kept: ${(error as Error).message}`;
  }
}

/** Where a former file lies now: a command that writes at the place itself finds it moved or copied aside. */
function placeOf(path: string, { aside, dir }: Attempt, { root }: Workspace): string {
  return aside.kept.has(path) ? join(root, dir, 'aside', path) : join(root, path);
}

/** Whether all files of a record lie there as it says. */
function lies(record: TaskRecord, attempt: Attempt, workspace: Workspace): boolean {
  const files = recordFiles(record);
  return files.length > 0 && files.every((file) => holds(file, attempt, workspace));
}

function holds(
  file: { readonly path: string; readonly digest: string; readonly bytes: number },
  attempt: Attempt,
  workspace: Workspace,
): boolean {
  const place = placeOf(file.path, attempt, workspace);
  const stat = file.path.endsWith('/') ? undefined : lstatOf(place);
  if (stat?.isFile() !== true || stat.size !== file.bytes) return false;
  if (attempt.aside.kept.has(file.path)) return digestFile(place).digest === file.digest;
  const entry = workspace.snapshot.entry(file.path);
  return entry.kind === 'file' && entry.digest === file.digest;
}
