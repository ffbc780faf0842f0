// A Store is a place where results of tasks are kept by their content: a folder, a server, or one behind the other.
import type { OutputFile, Parts, Task, TaskOutput, TaskRecord } from '@evalmake/core';

/** What may be there at once, or takes a while. */
export type Soon<T> = T | Promise<T>;

/** Which result is wanted: of which work, and what that work writes. */
export interface Wanted {
  readonly task: string;
  readonly parts: Parts;
  readonly outputs: readonly Pick<TaskOutput, 'name' | 'kind' | 'path'>[];
}

/** A file as a store knows it. */
export interface Blob extends Pick<OutputFile, 'digest' | 'bytes'> {
  readonly executable: boolean;
}

/** A result that is whole, as far as that is known without reading its files. */
export interface Former {
  readonly record: TaskRecord;
  /** Its files, those in folders too; paths as in the record. */
  readonly files: readonly (Blob & { readonly path: string })[];
  /** Whether somebody else may have made it: what it says of the content of its files is then looked at again. */
  readonly foreign: boolean;
}

/**
 * Where results are kept. Everything in it is a hint: a store may lose whatever it was given, and never fails a build. It
 * gives back nothing else than what was kept, because whoever fetches a file digests it.
 */
export interface Store {
  /** The result of some work; undefined when there is none that is whole. */
  find(wanted: Wanted): Soon<Former | undefined>;
  /**
   * Brings a file.
   * @param to full path; its folder is made. Nothing lies there when the answer is false.
   * @throws what the disk throws
   */
  fetch(blob: Blob, to: string): Soon<boolean>;
  /**
   * Keeps a result.
   * @param at full path of where the content of a file or folder of the record lies now
   * @returns whether it is kept as a whole
   * @throws what the disk throws
   */
  keep(wanted: Wanted, record: TaskRecord, at: (path: string) => string): Soon<boolean>;
  /** Lets a result count no more: it was found to be wrong, or there is a newer one. */
  forget(wanted: Wanted): Soon<void>;
}

/** What of a task is wanted, under a fingerprint. */
export function wantedOf(task: Pick<Task, 'id' | 'outputs'>, parts: Parts): Wanted {
  return { task: task.id, parts, outputs: task.outputs };
}
