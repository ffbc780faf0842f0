// Verifying records: the journal line by line, every manifest, and what both say of the same task against each other.
import { join } from 'node:path';
import type { Graph, Task, TaskRecord } from '@evalmake/core';
import { readManifest } from '@evalmake/core/manifest';
import { recordDifferences } from '@evalmake/core/record-difference';
import { digestText } from './digest.ts';
import { existsSync, readFileSync } from './fs.ts';
import type { Mismatch } from './mismatch.ts';
import { stateDir, type Workspace } from './workspace.ts';

/**
 * Lines of the journal whose checksum is wrong. A last line without its end is none: a crash may leave one, a build may
 * just be writing it, and it is told of when the journal is opened.
 */
export function damagedLines({ root }: Workspace, graph: Graph): Mismatch[] {
  const path = `${stateDir}/journal.jsonl`;
  if (!existsSync(join(root, path))) return [];
  const lines = readFileSync(join(root, path), 'utf8').split('\n').slice(0, -1);
  return lines.flatMap((line, i): Mismatch[] => {
    if ((i === 0 && line.startsWith('evalmake-journal ')) || isWhole(line)) return [];
    const known = line.split(' ', 4).find((word) => graph.byId.has(word));
    const message = `line ${i + 1} is damaged; what it said of its task is lost`;
    return [{ code: 'journal-damaged', task: known, path, message }];
  });
}

/** Whether a line has the checksum it begins with. */
function isWhole(line: string): boolean {
  return line[16] === ' ' && digestText(line.slice(17)).slice(7, 23) === line.slice(0, 16);
}

/** Manifests that cannot be read as what they should be. Those of another version are told of when they are opened. */
export function damagedManifests(workspace: Workspace, tasks: readonly Task[]): Mismatch[] {
  const first = new Map<string, string>();
  for (const { manifest, id } of tasks)
    if (manifest !== undefined && !first.has(manifest)) first.set(manifest, id);
  return [...first].flatMap(([path, task]): Mismatch[] => {
    const problem = workspace.manifests.problem(path);
    if (problem !== 'unparsable' && problem !== 'invalid') return [];
    return [{ code: 'manifest-damaged', task, path, message: whyDamaged(join(workspace.root, path)) }];
  });
}

function whyDamaged(path: string): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
    return readManifest(text).message ?? 'it cannot be read';
  } catch (error) {
    return (error as Error).message;
  }
}

/** What is known of one task. */
export interface TaskRecords {
  readonly journal: readonly TaskRecord[];
  readonly manifest: TaskRecord | undefined;
  /** Whether a record's outputs are exactly what lies on disk. */
  readonly onDisk: (record: TaskRecord) => boolean;
}

/**
 * Where journal and manifest contradict each other. A manifest with another fingerprint whose outputs are those on disk
 * is no contradiction: it came with them from another workspace.
 */
export function manifestMismatches(task: Task, records: TaskRecords, workspace: Workspace): Mismatch[] {
  const { journal, manifest, onDisk } = records;
  const path = task.manifest;
  const newest = journal[0];
  // A crash came between the two: the next build writes the manifest.
  if (path === undefined || newest === undefined || workspace.journal.unwritten.has(task.id)) return [];
  const about = { task: task.id, path };
  if (manifest === undefined) {
    if (!workspace.manifests.exists(path)) {
      const message = 'the manifest is not there; the next build writes it again';
      return [{ ...about, code: 'manifest-missing', message }];
    }
    const told = workspace.manifests.problem(path) !== undefined;
    if (told || workspace.journal.lastAttempt(task.id) !== undefined) return [];
    const message = 'the journal has a record of this task, and the manifest has none';
    return [{ ...about, code: 'manifest-differs', message }];
  }
  if (journal.some((record) => recordDifferences(record, manifest).length === 0)) return [];
  const sameParts = (r: TaskRecord) =>
    recordDifferences(fingerprintOf(r), fingerprintOf(manifest)).length === 0;
  const twin = journal.find((r) => r.at === manifest.at) ?? journal.find(sameParts);
  if (twin === undefined && onDisk(manifest)) return [];
  return recordDifferences(twin ?? newest, manifest).map(({ subject, expected, found }) => ({
    ...about,
    code: 'manifest-differs',
    subject,
    ...(expected === undefined ? {} : { expected }),
    ...(found === undefined ? {} : { found }),
  }));
}

/** A record reduced to its fingerprint. */
function fingerprintOf({ task, target, parts, at, run, ms }: TaskRecord): TaskRecord {
  return { task, target, parts, at, run, ms, outputs: {}, checks: [] };
}
