// A fresh look is a workspace in which every file is read again: no digest that was known before is believed.
import { FileState } from './file-state.ts';
import { DiskSnapshot } from './observe.ts';
import type { Workspace } from './workspace.ts';

/** The same workspace without its digest cache. Files are read once, when they are first asked for. */
export function freshLook(workspace: Workspace): Workspace {
  const { root, options, world } = workspace;
  const files = new FileState(root, undefined, options.nowMs);
  const snapshot = new DiskSnapshot(root, files);
  return { ...workspace, files, snapshot, world: { ...world, snapshot } };
}
