// A compacted journal holds only what is still needed of each task: its records, and how its last attempt stands.
import type { TaskRecord } from '@evalmake/core';
import { header, type LineType, lineOf } from './journal-line.ts';

/** What the journal says of one task, newest record first. */
export interface TaskLines {
  finished: string[];
  last: { type: LineType; json: string } | undefined;
  started: string | undefined;
  parsed: TaskRecord[] | undefined;
}

/**
 * The lines of a new journal that tells the same.
 * @param tasks what is known of each task
 * @param manifests digest of each manifest by path
 * @param unwritten tasks whose record is newer than their manifest
 */
export function compacted(
  tasks: ReadonlyMap<string, TaskLines>,
  manifests: ReadonlyMap<string, string>,
  unwritten: ReadonlySet<string>,
): string[] {
  const out = [`${header}\n`];
  for (const [task, lines] of tasks) {
    for (const json of [...lines.finished].reverse()) out.push(lineOf('finished', task, json));
    if (lines.last !== undefined && lines.last.type !== 'finished') {
      if (lines.started !== undefined && lines.last.type === 'publishing')
        out.push(lineOf('started', task, lines.started));
      out.push(lineOf(lines.last.type, task, lines.last.json));
    }
  }
  const written = [...tasks.keys()].filter((t) => !unwritten.has(t));
  for (const [i, [path, digest]] of [...manifests].entries()) {
    out.push(lineOf('manifest', encodeURI(path), JSON.stringify({ digest, tasks: i === 0 ? written : [] })));
  }
  return out;
}
