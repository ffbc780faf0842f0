// PresentOutputs are what lies at the outputs of a task now, whoever put it there: files with digests, and what is missing.
import { join } from 'node:path';
import type { OutputFile, Reason, Task, TaskOutput, TaskRecord } from '@evalmake/core';
import { listDir } from './digest.ts';
import type { Workspace } from './workspace.ts';

/** The outputs of a task as they lie there. */
export interface PresentOutputs {
  /** By output; a set or a directory is what is there now. */
  readonly outputs: Readonly<Record<string, readonly OutputFile[]>>;
  /** Outputs that are not there, and members that a record knows and that are gone. */
  readonly missing: readonly Reason[];
}

/**
 * Looks at the outputs of a task anew.
 * @param record the record that explains them best: what it knows of a set must still be there
 */
export function presentOutputs(
  task: Task,
  record: TaskRecord | undefined,
  workspace: Workspace,
): PresentOutputs {
  const { snapshot } = workspace;
  const outputs: Record<string, readonly OutputFile[]> = {};
  const missing: Reason[] = [];
  for (const output of task.outputs) {
    snapshot.forget([output.path]);
    const files = filesOf(output, workspace);
    outputs[output.name] = files;
    const gone = files.length === 0 ? [output.path] : goneMembers(output, files, { record, workspace });
    for (const subject of gone) missing.push({ code: 'output-missing', root: true, subject });
  }
  return { outputs, missing };
}

function filesOf(output: TaskOutput, workspace: Workspace): OutputFile[] {
  const { snapshot, root } = workspace;
  const paths = output.kind === 'glob' ? snapshot.glob(output.path) : [output.path];
  snapshot.forget(paths);
  return paths.flatMap((path): OutputFile[] => {
    const entry = snapshot.entry(path);
    if (entry.kind !== (output.kind === 'dir' ? 'dir' : 'file')) return [];
    const { digest, bytes } = entry;
    if (output.kind !== 'dir') return [{ path, digest, bytes }];
    const members = listDir(join(root, path)).flatMap((e) => (e.kind === 'dir' ? [] : [e.path]));
    return [{ path, digest, bytes, members }];
  });
}

/** Members of a set or directory that the record has and the disk has not. */
function goneMembers(
  output: TaskOutput,
  files: readonly OutputFile[],
  { record, workspace }: { record: TaskRecord | undefined; workspace: Workspace },
): string[] {
  const recorded = record?.outputs[output.name] ?? [];
  if (output.kind === 'dir') {
    const there = new Set(files[0]?.members);
    const before = recorded.find((f) => f.path === output.path)?.members ?? [];
    return before.filter((m) => !there.has(m)).map((m) => `${output.path}${m}`);
  }
  const there = new Set(files.map((f) => f.path));
  const { world } = workspace;
  // A record from when the set had another place knows members that this set never had.
  return recorded.map((f) => f.path).filter((p) => !there.has(p) && world.matches(output.path, p));
}
