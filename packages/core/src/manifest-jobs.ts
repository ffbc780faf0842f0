// The jobs of a manifest: what tasks have given to somebody else to do, and how that stands.
import type { Manifest } from './manifest.ts';
import { own, type StageStatus } from './manifest-stage.ts';
import type { Job } from './record.ts';

/** What is known of the jobs of one task. */
export interface TaskJobs {
  /** Those that its waiting attempt has told of; none when nothing waits. */
  readonly jobs: readonly Job[];
  /** How the task stands. */
  readonly status: StageStatus;
}

/**
 * Puts jobs into a manifest. A task that was never told to have one is left out; entries of other programs stay.
 * @returns the same manifest when nothing changed
 */
export function mergeJobs(manifest: Manifest, tasks: ReadonlyMap<string, TaskJobs>, now: string): Manifest {
  let { jobs, job_status: told } = manifest;
  for (const [task, { jobs: known, status }] of tasks) {
    const last = known.at(-1);
    if (last !== undefined) {
      const entry = { provider: last.provider, id: last.id, submitted_at: last.at };
      const before = own(jobs, task) as Partial<typeof entry> | undefined;
      if (before?.id !== entry.id || before.provider !== entry.provider) jobs = { ...jobs, [task]: entry };
    } else if (own(jobs, task) === undefined) continue;
    if (own(told, task) !== status) told = { ...told, [task]: status };
  }
  if (jobs === manifest.jobs && told === manifest.job_status) return manifest;
  return {
    ...manifest,
    timestamps: { ...manifest.timestamps, updated_at: now },
    ...(jobs === undefined ? {} : { jobs }),
    ...(told === undefined ? {} : { job_status: told }),
  };
}
