// Removal: taking files out of a workspace without ever following a link out of it.
import { dirname, join, sep } from 'node:path';
import { byCodeUnit, parentDir } from '@evalmake/core';
import { remove } from './disk.ts';
import { lstatOf } from './file-state.ts';
import { readdirSync, realpathSync, rmdirSync, unlinkSync } from './fs.ts';

/** What stands at a path, links not followed. */
export type Standing = 'file' | 'dir' | 'link';

/** What stands at a path of the workspace; undefined when nothing does. */
export function standingAt(root: string, path: string): Standing | undefined {
  const stat = lstatOf(join(root, bare(path)));
  if (stat === undefined) return undefined;
  return stat.isSymbolicLink() ? 'link' : stat.isDirectory() ? 'dir' : 'file';
}

/** Whether the folder of a path lies in the workspace once every link on the way is followed. */
export function staysInside(root: string, path: string): boolean {
  try {
    const home = realpathSync(root);
    const folder = realpathSync(dirname(join(root, bare(path))));
    return folder === home || folder.startsWith(home.endsWith(sep) ? home : home + sep);
  } catch {
    // A way that leads nowhere leads to nothing that could be removed.
    return false;
  }
}

/** Bytes of all files at and below a path; a link counts as itself. */
export function sizeBelow(full: string): number {
  const stat = lstatOf(full);
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.size;
  try {
    return readdirSync(full).reduce((sum, name) => sum + sizeBelow(`${full}/${name}`), 0);
  } catch {
    // A folder that may not be read is worth nothing that could be told.
    return 0;
  }
}

/** A path that could not be removed, and why. */
export interface NotRemoved {
  readonly path: string;
  readonly message: string;
}

/** Removes paths of the workspace, then folders above them that hold nothing any more. Links go as links. */
export function removePaths(root: string, paths: readonly string[]): NotRemoved[] {
  const failed: NotRemoved[] = [];
  const folders = new Set<string>();
  for (const path of paths) {
    try {
      takeAway(root, path);
      for (let dir = parentDir(path); dir !== ''; dir = parentDir(dir)) folders.add(dir);
    } catch (error) {
      failed.push({ path, message: (error as Error).message });
    }
  }
  // What is deeper goes first: its name begins with that of the folder around it.
  for (const dir of [...folders].sort(byCodeUnit).reverse()) removeEmpty(join(root, dir));
  return failed;
}

function takeAway(root: string, path: string): void {
  const full = join(root, bare(path));
  const standing = standingAt(root, path);
  if (standing === 'dir') remove(full);
  else if (standing !== undefined) unlinkSync(full);
}

function removeEmpty(full: string): void {
  try {
    rmdirSync(full);
  } catch {
    // Something else is in it, or it is a link: it stays.
  }
}

function bare(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}
