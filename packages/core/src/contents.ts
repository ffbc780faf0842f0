// Contents are the files of a result with their digests, short enough for an event: two runs are compared by them.
import type { OutputFile } from './record.ts';

/** One file or directory of a result. */
export type ContentFile = Pick<OutputFile, 'path' | 'digest' | 'bytes'>;

/** What a result consists of. Two are the same when all of it is. */
export interface Contents {
  /** In the order of the outputs; at most 50. */
  readonly outputs: readonly ContentFile[];
  /** What did not fit: how many files and bytes, and one digest over their paths and digests. */
  readonly moreOutputs?: { readonly files: number; readonly bytes: number; readonly digest: string };
}

/** A task with a set of thousands of files must not make the log of a run as large as the set. */
const most = 50;

/** The contents of a result, by the files of its record and the digest of a text. */
export function contentsOf(
  files: Iterable<readonly OutputFile[]>,
  digest: (text: string) => string,
): Contents {
  const all = [...files].flat();
  const outputs = all.slice(0, most).map(({ path, digest: sum, bytes }) => ({ path, digest: sum, bytes }));
  const more = all.slice(most);
  if (more.length === 0) return { outputs };
  const bytes = more.reduce((sum, file) => sum + file.bytes, 0);
  const text = more.map((file) => `${file.path}\0${file.digest}\n`).join('');
  return { outputs, moreOutputs: { files: more.length, bytes, digest: digest(text) } };
}

/** Whether two results have the same files with the same bytes. */
export function sameContents(a: Contents, b: Contents): boolean {
  return (
    a.outputs.length === b.outputs.length &&
    a.moreOutputs?.digest === b.moreOutputs?.digest &&
    a.outputs.every((file, i) => file.path === b.outputs[i]?.path && file.digest === b.outputs[i]?.digest)
  );
}

/** A file that differs between two results; without `was` it is new, without `now` it is gone. */
export interface FileChange {
  readonly path: string;
  readonly was?: string;
  readonly now?: string;
}

/** The files that differ between two results, as far as they are listed. */
export function fileChanges(was: Contents, now: Contents): FileChange[] {
  const before = new Map(was.outputs.map((file) => [file.path, file.digest]));
  const after = new Map(now.outputs.map((file) => [file.path, file.digest]));
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((path): FileChange[] => {
    const [old, young] = [before.get(path), after.get(path)];
    if (old === young) return [];
    return [
      { path, ...(old === undefined ? {} : { was: old }), ...(young === undefined ? {} : { now: young }) },
    ];
  });
}
