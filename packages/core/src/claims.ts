// A Claim is a file that a record says an output of its task holds, as far as the task still declares that output.
import type { Task, TaskOutput } from './graph.ts';
import type { Snapshot, World } from './ports.ts';
import type { OutputFile, TaskRecord } from './record.ts';

/** One file or directory of a record, and the declared output whose place it has. */
export interface Claim {
  readonly output: TaskOutput;
  readonly file: OutputFile;
}

/** How the disk contradicts a claim. */
export interface BrokenClaim {
  readonly code: 'output-missing' | 'output-modified';
  readonly claim: Claim;
  /** What lies there instead; undefined when nothing does. */
  readonly found: string | undefined;
}

/** The output of a task that a path belongs to: its file or directory, or the set that takes it in. */
export function placeOf(task: Task, path: string, matches: World['matches']): TaskOutput | undefined {
  return task.outputs.find((o) => (o.kind === 'glob' ? matches(o.path, path) : o.path === path));
}

/**
 * What a record claims of the outputs that its task declares today. A file at a place that was declared once is left
 * out: it is no output of this task any more.
 */
export function claimsOf(task: Task, record: TaskRecord, matches: World['matches']): Claim[] {
  return Object.values(record.outputs)
    .flat()
    .flatMap((file) => {
      const output = placeOf(task, file.path, matches);
      return output === undefined ? [] : [{ output, file }];
    });
}

/** The claims that the disk contradicts. */
export function brokenClaims(claims: readonly Claim[], snapshot: Snapshot): BrokenClaim[] {
  return claims.flatMap((claim): BrokenClaim[] => {
    const entry = snapshot.entry(claim.file.path);
    if (entry.kind === 'missing') return [{ code: 'output-missing', claim, found: undefined }];
    if (entry.digest === claim.file.digest) return [];
    return [{ code: 'output-modified', claim, found: entry.digest }];
  });
}

/**
 * What of a directory differs, as far as names can tell: records know the digest of the whole and the names in it.
 * @param recorded names in the directory when it was recorded
 * @param found names in it now
 */
export function memberDifference(recorded: readonly string[], found: readonly string[]): string {
  const then = new Set(recorded);
  const now = new Set(found);
  const gone = recorded.filter((name) => !now.has(name)).map((name) => `${name} is missing`);
  const added = found.filter((name) => !then.has(name)).map((name) => `${name} was not recorded`);
  const told = [...gone, ...added];
  if (told.length > 0)
    return `${told.slice(0, 5).join(', ')}${told.length > 5 ? ` and ${told.length - 5} more` : ''}`;
  if (found.length === 1) return `${found[0]} differs`;
  return `the names are the recorded ones, so one of its ${found.length} members or an empty folder in it differs`;
}
