// Listed inputs are those that a command wrote into its deps file; without a run they are what the file says now.
import { join } from 'node:path';
import {
  type Decision,
  discoveredLabel,
  type Graph,
  type Parts,
  partsFor,
  renderPath,
  type Task,
} from '@evalmake/core';
import { publishedPlaces } from './check-published.ts';
import { discoveredParts } from './deps-file.ts';
import { Failure } from './failure.ts';
import { existsSync } from './fs.ts';
import type { Workspace } from './workspace.ts';

/**
 * Fingerprint parts of the inputs in a task's deps file: as it lies there, else as the record knows them.
 * @returns a text when they cannot be known
 */
export function listedParts(
  task: Task,
  decision: Decision,
  { workspace, graph }: { readonly workspace: Workspace; readonly graph: Graph },
): Parts | string {
  const { depsFile } = task.target;
  if (depsFile === undefined) return {};
  const { config, world, root } = workspace;
  const places = publishedPlaces(task, workspace);
  const files = decision.fingerprint.files;
  const path = renderPath(depsFile, { graph, config, world, task, files, places });
  if (!existsSync(join(root, path))) {
    const { record } = decision;
    if (record === undefined) return `its deps_file "${path}" is not there: nothing says what it reads`;
    const parts = partsFor(task, record, decision.fingerprint, workspace);
    const prefix = discoveredLabel('');
    return Object.fromEntries(Object.entries(parts).filter(([label]) => label.startsWith(prefix)));
  }
  const own = new Set(task.outputs.map((o) => o.path));
  try {
    return discoveredParts(path, workspace, (p) => own.has(p));
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
}
