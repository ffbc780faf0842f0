// The difference between the outputs on disk and those of a record: missing, modified, or never recorded.
import type { Task, TaskOutput } from './graph.ts';
import type { Snapshot } from './ports.ts';
import type { Reason } from './reason.ts';
import type { OutputFile, TaskRecord } from './record.ts';

/** How the outputs on disk differ from those of a record. */
export interface OutputDifference {
  readonly reasons: Reason[];
  readonly missing: string[];
  /** Whether all that is wrong is members of a glob that are missing or were modified. */
  readonly onlyMissingMembers: boolean;
}

/** Compares the outputs on disk with those of a record. */
export function compareOutputs(task: Task, record: TaskRecord, snapshot: Snapshot): OutputDifference {
  const out: OutputDifference & { onlyMissingMembers: boolean } = {
    reasons: [],
    missing: [],
    onlyMissingMembers: true,
  };
  for (const output of task.outputs) {
    const recorded = record.outputs[output.name];
    if (recorded === undefined) {
      out.reasons.push({ code: 'output-missing', root: true, subject: output.path });
      out.onlyMissingMembers = false;
      continue;
    }
    compareFiles(output, recorded, out, snapshot);
    if (output.kind === 'glob') unrecorded(output, recorded, out, snapshot);
  }
  return out;
}

function compareFiles(
  output: TaskOutput,
  recorded: readonly OutputFile[],
  out: { reasons: Reason[]; missing: string[]; onlyMissingMembers: boolean },
  snapshot: Snapshot,
): void {
  if (output.kind !== 'glob' && recorded[0]?.path !== output.path) {
    out.reasons.push({ code: 'output-missing', root: true, subject: output.path });
    out.onlyMissingMembers = false;
    return;
  }
  for (const file of recorded) {
    const entry = snapshot.entry(file.path);
    if (entry.kind === 'missing') {
      out.reasons.push({ code: 'output-missing', root: true, subject: file.path });
      if (output.kind === 'glob') out.missing.push(file.path);
      else out.onlyMissingMembers = false;
    } else if (entry.digest !== file.digest) {
      out.reasons.push({
        code: 'output-modified',
        root: true,
        subject: file.path,
        was: file.digest,
        now: entry.digest,
      });
      // A member that was tampered with is written again like one that is gone.
      if (output.kind === 'glob') out.missing.push(file.path);
      else out.onlyMissingMembers = false;
    }
  }
}

/** Compares the members of a set with what matches it now: files of nobody, and members that it no longer takes in. */
function unrecorded(
  output: TaskOutput,
  recorded: readonly OutputFile[],
  out: { reasons: Reason[]; onlyMissingMembers: boolean },
  snapshot: Snapshot,
): void {
  const found = snapshot.glob(output.path);
  const known = new Set(recorded.map((f) => f.path));
  let common = 0;
  const foreign: string[] = [];
  for (const path of found) {
    if (known.has(path)) common++;
    else foreign.push(path);
  }
  // A member that is there but matches no longer: the set has another place now, where it has yet to be written.
  if (common < known.size && movedAway(recorded, new Set(found), snapshot)) {
    out.reasons.push({ code: 'output-missing', root: true, subject: output.path });
    out.onlyMissingMembers = false;
  }
  for (const subject of foreign) {
    out.reasons.push({ code: 'output-unrecorded', root: true, subject });
    out.onlyMissingMembers = false;
  }
}

function movedAway(recorded: readonly OutputFile[], found: ReadonlySet<string>, snapshot: Snapshot): boolean {
  return recorded.some((f) => !found.has(f.path) && snapshot.exists(f.path));
}
