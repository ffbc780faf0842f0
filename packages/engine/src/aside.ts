// What stands aside: files at fixed output paths, saved before a command may touch them and put back when it fails.

import { join } from 'node:path';
import { type Decision, type Graph, type Task, type TaskOutput, usageOf } from '@evalmake/core';
import { listDir } from './digest.ts';
import { copyFile, makeDir, moveInto, remove } from './disk.ts';
import { Failure } from './failure.ts';
import { lstatOf } from './file-state.ts';
import { existsSync, rmdirSync } from './fs.ts';
import { globFiles } from './glob.ts';
import { writtenSignature } from './input-guard.ts';
import type { Started } from './journal-line.ts';

/** A fixed-path file that was there before the command: path and signature, or its copy. */
export interface Aside {
  /** Files that will be moved below the attempt (and empty folders, which end in `/`), and files that will be copied. */
  readonly moved: readonly string[];
  readonly copied: readonly string[];
  readonly kept: ReadonlySet<string>;
  /** Signatures of what stays in its place, by path: what is the same afterwards was not written by the command. */
  readonly stood: ReadonlyMap<string, string>;
}

/** What to look at. */
export interface AsideRequest {
  readonly task: Task;
  readonly graph: Graph;
  readonly root: string;
  readonly decision: Decision;
  /** Members to write; undefined for all. */
  readonly partial: readonly string[] | undefined;
}

/** An attempt as far as this matters here. */
export interface HasAside {
  readonly task: Task;
  readonly dir: string;
  readonly aside: Aside;
}

/** Whether an output is written below the attempt: the command is told its place. */
export function isStaged(task: Task, output: TaskOutput, graph: Graph): boolean {
  if (task.target.rows !== undefined) return true;
  const usage = usageOf(task.target, graph.pipeline);
  return usage.task || usage.staged.has('*') || usage.staged.has(output.name);
}

/** What stands at fixed paths: listed first, so that the journal can say what will be moved before it is moved. */
export function planAside({ task, graph, root, decision, partial }: AsideRequest): Aside {
  const moved: string[] = [];
  const copied: string[] = [];
  const stood = new Map<string, string>();
  for (const output of task.outputs) {
    if (isStaged(task, output, graph)) continue;
    const recorded = recordedFiles(output, decision);
    if (partial === undefined) moved.push(...emptyFolders(output, root));
    for (const path of presentFiles(output, root)) {
      if (output.kind !== 'file' && recorded.has(path)) {
        (partial === undefined ? moved : copied).push(path);
        continue;
      }
      stood.set(path, writtenSignature(join(root, path)));
      copied.push(path);
    }
  }
  return { moved, copied, kept: new Set([...moved, ...copied]), stood };
}

/**
 * Saves what stands at fixed paths before the command may touch it. A file is copied and stays; members of a glob or
 * directory are moved, so that what stands there afterwards is what the attempt wrote.
 */
export function setAside(attempt: HasAside, root: string): void {
  const copy = (path: string) => join(root, attempt.dir, 'aside', path);
  try {
    // Made beside `aside`: what lies in there is whole, and recovery may put back all of it.
    const making = join(root, attempt.dir, 'copy');
    for (const path of attempt.aside.copied) copyFile(join(root, path), copy(path), making);
    for (const path of attempt.aside.moved) if (!path.endsWith('/')) moveInto(join(root, path), copy(path));
    if (attempt.aside.moved.length > 0)
      for (const output of attempt.task.outputs) removeEmptyFolders(output, root);
  } catch (error) {
    // Nothing has run yet: what was moved goes back at once, since nobody knows of it until all is moved.
    restoreFiles(attempt.dir, attempt.aside.moved, root);
    remove(join(root, attempt.dir, 'aside'));
    throw new Failure(
      'could-not-start',
      `what stands at its outputs cannot be saved first: ${(error as Error).message}`,
    );
  }
}

/** Paths of the files an output had in any record of its task. */
export function recordedFiles(output: TaskOutput, decision: Decision): Set<string> {
  const out = new Set<string>();
  const records = decision.record === undefined ? decision.history : [decision.record, ...decision.history];
  for (const record of records) {
    for (const file of record.outputs[output.name] ?? []) {
      if (output.kind !== 'dir') out.add(file.path);
      else if (file.path === output.path) for (const m of file.members ?? []) out.add(`${output.path}${m}`);
    }
  }
  return out;
}

/** Files that stand at an output's path now. */
export function presentFiles(output: Pick<TaskOutput, 'kind' | 'path'>, root: string): string[] {
  if (output.kind === 'glob') return globFiles(root, output.path);
  if (output.kind === 'file') return isFile(join(root, output.path)) ? [output.path] : [];
  if (!existsSync(join(root, output.path))) return [];
  return listDir(join(root, output.path)).flatMap((e) =>
    e.kind === 'dir' ? [] : [`${output.path}${e.path}`],
  );
}

/** Folders below a directory output that hold nothing: they are part of what it is. */
function emptyFolders({ kind, path }: Pick<TaskOutput, 'kind' | 'path'>, root: string): string[] {
  if (kind !== 'dir' || !existsSync(join(root, path))) return [];
  const inside = listDir(join(root, path));
  const full = new Set(inside.map((e) => e.path.slice(0, Math.max(0, e.path.lastIndexOf('/')))));
  return inside.flatMap((e) => (e.kind === 'dir' && !full.has(e.path) ? [`${path}${e.path}/`] : []));
}

/** Removes what is left of folders when the files in them have gone: a directory output must not keep those of another. */
export function removeEmptyFolders({ kind, path }: Pick<TaskOutput, 'kind' | 'path'>, root: string): void {
  if (kind !== 'dir' || !existsSync(join(root, path))) return;
  const folders = listDir(join(root, path)).filter((e) => e.kind === 'dir');
  for (const folder of folders.reverse()) {
    try {
      rmdirSync(join(root, path, folder.path));
    } catch {
      // Something is in it.
    }
  }
}

function isFile(path: string): boolean {
  return lstatOf(path)?.isDirectory() === false;
}

/** Puts back what stood at fixed paths before a failed attempt, and removes what the attempt left there. */
export function restoreAside(attempt: HasAside, graph: Graph, root: string): void {
  for (const output of attempt.task.outputs) {
    if (isStaged(attempt.task, output, graph)) continue;
    for (const path of presentFiles(output, root))
      if (!attempt.aside.kept.has(path)) remove(join(root, path));
    removeEmptyFolders(output, root);
  }
  restoreFiles(attempt.dir, [...attempt.aside.kept], root);
}

/**
 * Puts copies back that lie below an attempt's folder. What is left of `aside` then holds nothing: that it is there at
 * all tells that an attempt did not come to an end.
 */
export function restoreFiles(dir: string, paths: readonly string[], root: string): void {
  for (const path of paths) {
    if (path.endsWith('/')) makeDir(join(root, path));
    const copy = join(root, dir, 'aside', path);
    if (existsSync(copy)) moveInto(copy, join(root, path));
  }
  removeEmpty(join(root, dir, 'aside'));
}

/** Removes a folder in which there are only folders; with a file in it, it stays. */
function removeEmpty(path: string): void {
  if (!existsSync(path)) return;
  const inside = listDir(path);
  if (inside.every((entry) => entry.kind === 'dir')) remove(path);
}

/** Outputs at fixed paths and what stood there: what recovery needs to undo an attempt that a crash cut off. */
export function fixedPlaces(attempt: HasAside, graph: Graph): Partial<Started> {
  const fixed = attempt.task.outputs
    .filter((o) => !isStaged(attempt.task, o, graph))
    .map(({ kind, path }) => ({ kind, path }));
  return fixed.length === 0 ? {} : { fixed, aside: [...attempt.aside.kept] };
}
