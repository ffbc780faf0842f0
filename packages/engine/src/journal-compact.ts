// A compacted journal holds only what is still needed of each task: its records, and how its last attempt stands.
import type { TaskRecord } from '@evalmake/core';
import { header, type Line, type LineType, lineOf } from './journal-line.ts';

/** What the journal says of one task, newest record first. */
export interface TaskLines {
  finished: string[];
  last: { type: LineType; json: string; number: number } | undefined;
  started: string | undefined;
  parsed: TaskRecord[] | undefined;
}

/** Of a task of which nothing was told yet. */
export function noLines(): TaskLines {
  return { finished: [], last: undefined, started: undefined, parsed: undefined };
}

/** A record as it stands in a line. */
export function parseRecord(json: string): TaskRecord {
  return Object.assign(JSON.parse(json) as TaskRecord, { source: 'journal' as const });
}

/** All that a journal tells. */
export interface Told {
  readonly tasks: ReadonlyMap<string, TaskLines>;
  /** Digest of each manifest by path. */
  readonly manifests: ReadonlyMap<string, string>;
  /** Tasks whose record is newer than their manifest. */
  readonly unwritten: ReadonlySet<string>;
  /** Lines of a later version. */
  readonly unknown: readonly Line[];
  /** What was wrong with the journal, as long as that matters to an attempt that a crash left. */
  readonly doubt: string | undefined;
}

/** The lines of a new journal that tells the same. */
export function compacted({ tasks, manifests, unwritten, unknown, doubt }: Told): string[] {
  const out = [`${header}\n`];
  const add = (type: string, task: string, json: string) =>
    out.push(lineOf(out.length, { type, task, json }));
  for (const [task, lines] of tasks) {
    for (const json of [...lines.finished].reverse()) add('finished', task, json);
    // Nothing is left of it but that a manifest does not know so.
    if (lines.finished.length === 0 && (lines.last === undefined || lines.last.type === 'finished'))
      add('revoked', task, '{}');
    if (lines.last !== undefined && lines.last.type !== 'finished') {
      if (lines.started !== undefined && lines.last.type === 'publishing')
        add('started', task, lines.started);
      add(lines.last.type, task, lines.last.json);
    }
  }
  const written = [...tasks.keys()].filter((t) => !unwritten.has(t));
  for (const [i, [path, digest]] of [...manifests].entries())
    add('manifest', encodeURI(path), JSON.stringify({ digest, tasks: i === 0 ? written : [] }));
  for (const { type, task, json } of unknown) add(type, task, json);
  if (doubt !== undefined) add('damaged', '-', JSON.stringify({ what: doubt }));
  return out;
}
