// The records of a workspace: the journal first, the manifests beside the artifacts for what it does not know.
import type { LastAttempt, OpenAttempt, Records, Task, TaskRecord } from '@evalmake/core';
import type { Journal } from './journal.ts';
import type { Manifests } from './manifests.ts';
import { type OpenAttempts, openAttemptOf } from './open-attempt.ts';

/** Records read from a journal and from manifests. */
export class WorkspaceRecords implements Records {
  private readonly journalFile: Journal;
  private readonly manifests: Manifests;
  private readonly attempts: OpenAttempts;

  constructor(from: { journal: Journal; manifests: Manifests; attempts: OpenAttempts }) {
    this.journalFile = from.journal;
    this.manifests = from.manifests;
    this.attempts = from.attempts;
  }

  journal(task: string): readonly TaskRecord[] {
    return this.journalFile.records(task);
  }

  manifest(task: Pick<Task, 'id' | 'target' | 'manifest'>): TaskRecord | undefined {
    if (task.manifest === undefined) return undefined;
    return this.manifests.recordOf(task.manifest, task.target.stage, task.id, task.target.name);
  }

  lastAttempt(task: string): LastAttempt | undefined {
    return this.journalFile.lastAttempt(task);
  }

  openAttempt(task: string): OpenAttempt | undefined {
    const found = this.attempts.find(task);
    return found === undefined ? undefined : openAttemptOf(found);
  }
}
