// Importing a record: what only the manifest of a task proves is noted in the journal before an attempt changes that manifest.
import type { Task } from '@evalmake/core';
import type { Workspace } from './workspace.ts';

/**
 * Notes the record that a manifest holds of a task that the journal has never heard of, as in a fresh clone. An attempt that
 * fails takes its place in the manifest; without this, nothing would prove the outputs that lie there any more.
 */
export function importRecord(task: Task, { journal, world }: Pick<Workspace, 'journal' | 'world'>): void {
  if (journal.records(task.id).length > 0 || journal.lastAttempt(task.id) !== undefined) return;
  const record = world.records.manifest(task);
  if (record === undefined) return;
  const { source: _, ...plain } = record;
  journal.append('finished', task.id, plain, false);
}
