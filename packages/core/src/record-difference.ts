// The difference between two records of one task: what the journal says of it and what its manifest says.
import { byCodeUnit, canonical, type Json } from './json.ts';
import type { OutputFile, TaskRecord } from './record.ts';

/** One thing of which two records say different things; undefined where one says nothing. */
export interface RecordDifference {
  /** `fingerprint config:least`, `digest of out/a.txt`, `check min_rows`, … */
  readonly subject: string;
  readonly expected: string | undefined;
  readonly found: string | undefined;
}

/**
 * Everything in which a record differs from another, in code-unit order. When and in which run it was made does not
 * count: a manifest keeps the time of the first run that had this result.
 * @param expected the record that is believed
 * @param found the record that is held against it
 */
export function recordDifferences(expected: TaskRecord, found: TaskRecord): RecordDifference[] {
  const [a, b] = [said(expected), said(found)];
  const subjects = [...new Set([...a.keys(), ...b.keys()])].sort(byCodeUnit);
  return subjects.flatMap((subject) => {
    const [was, now] = [a.get(subject), b.get(subject)];
    return was === now ? [] : [{ subject, expected: was, found: now }];
  });
}

/** What a record says, by subject. */
function said(record: TaskRecord): Map<string, string> {
  const out = new Map<string, string>();
  for (const [label, value] of Object.entries(record.parts)) out.set(`fingerprint ${label}`, value);
  for (const [name, files] of Object.entries(record.outputs)) {
    for (const file of files) addFile(file, name, out);
  }
  for (const { id, status, digest } of record.checks) {
    out.set(`check ${id}`, status);
    out.set(`text of check ${id}`, digest);
  }
  for (const [path, digest] of Object.entries(record.deps ?? {})) out.set(`dependency ${path}`, digest);
  if (record.adopted !== undefined) out.set('adopted', record.adopted);
  if (record.costUsd !== undefined) out.set('cost', String(record.costUsd));
  return out;
}

function addFile(file: OutputFile, output: string, out: Map<string, string>): void {
  const { path, digest, bytes, members, facts } = file;
  out.set(`output of ${path}`, output);
  out.set(`digest of ${path}`, digest);
  out.set(`bytes of ${path}`, String(bytes));
  if (members !== undefined) out.set(`members of ${path}`, canonical(members));
  const { rows, ...others } = facts ?? {};
  if (rows !== undefined) out.set(`rows of ${path}`, String(rows));
  // Without rows a format alone is no fact: it follows from the name.
  if (Object.keys(others).length > 1) out.set(`facts of ${path}`, canonical(others as unknown as Json));
}
