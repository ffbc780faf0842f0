// What was Bought and fails its checks is kept beside the state of its attempt, where no later attempt empties it.
import { join } from 'node:path';
import { parentDir } from '@evalmake/core';
import { makeDir, remove, syncTree } from './disk.ts';
import { cpSync } from './fs.ts';
import type { Collected } from './outcome.ts';

/** The folder in which the results of an attempt are kept, by the folder of its state. */
export function keptFolder(state: string): string {
  return `${state}.kept`;
}

/**
 * Copies what an attempt wrote, durably, below the paths that it was to have. Paths are relative to the workspace.
 * @throws what the disk says, when there is no room
 */
export function keepBought(root: string, kept: string, collected: Collected): void {
  remove(join(root, kept));
  makeDir(join(root, kept));
  for (const { path, at } of [...collected.values()].flat()) {
    makeDir(join(root, kept, parentDir(path)));
    cpSync(join(root, at), join(root, kept, path), { recursive: true, verbatimSymlinks: true });
  }
  syncTree(join(root, kept));
}
