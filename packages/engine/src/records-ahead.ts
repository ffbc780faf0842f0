// Records ahead are records as they will be: those that are kept, and before them those of this moment.
import type { LastAttempt, OpenAttempt, Records, Task, TaskRecord } from '@evalmake/core';

/** Kept records with newer ones in front of them. */
export class RecordsAhead implements Records {
  private readonly newer = new Map<string, TaskRecord>();

  constructor(private readonly kept: Records) {}

  /** Puts a record in front of all others of its task. */
  put(record: TaskRecord): void {
    this.newer.set(record.task, record);
  }

  journal(task: string): readonly TaskRecord[] {
    const newest = this.newer.get(task);
    return newest === undefined ? this.kept.journal(task) : [newest, ...this.kept.journal(task)];
  }

  manifest(task: Pick<Task, 'id' | 'target' | 'manifest'>): TaskRecord | undefined {
    return this.kept.manifest(task);
  }

  lastAttempt(task: string): LastAttempt | undefined {
    return this.newer.has(task) ? undefined : this.kept.lastAttempt(task);
  }

  openAttempt(task: string): OpenAttempt | undefined {
    return this.kept.openAttempt(task);
  }
}
