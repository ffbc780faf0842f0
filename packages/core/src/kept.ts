// A Kept result is what an attempt made that failed its checks, where nothing may make it again without a person's word.
import type { TaskRecord } from './record.ts';

/** A kept result, as far as it is known without reading its files. */
export interface KeptResult {
  /** What would have been recorded, with what its checks said when they were last judged. */
  readonly record: TaskRecord;
  /** Where its files lie, below the paths that they were to have; relative to the workspace. */
  readonly folder: string;
  /** Whether its files are still there as they were made. */
  readonly whole: boolean;
}
