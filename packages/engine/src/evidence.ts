// Evidence is a damaged file kept beside the good one that takes its place: for people, never read again.
import { constants } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { byCodeUnit } from '@evalmake/core';
import { digestFile } from './digest.ts';
import { copyFileSync, linkSync, readdirSync, rmSync, statSync } from './fs.ts';

/** How many damaged files are kept; the newest ones. */
const most = 3;

/**
 * Keeps a damaged file under a name that says what it holds. Nothing is removed: the file itself is still there.
 * @param path the damaged file
 * @returns the name it is kept under
 * @throws what the disk throws when it can be neither linked nor copied
 */
export function keepEvidence(path: string): string {
  const kept = `${path}.corrupt-${digestFile(path).digest.slice(7, 19)}`;
  try {
    linkSync(path, kept);
  } catch (error) {
    // The same bytes have been kept before.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return basename(kept);
    copyWhole(path, kept);
  }
  prune(path, basename(kept));
  return basename(kept);
}

/** Where a file cannot have two names it is copied; half a copy is no evidence. */
function copyWhole(from: string, to: string): void {
  try {
    copyFileSync(from, to, constants.COPYFILE_FICLONE);
  } catch (error) {
    rmSync(to, { force: true });
    throw error;
  }
}

function prune(path: string, newest: string): void {
  const dir = dirname(path);
  const age = (name: string): number => statSync(join(dir, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const others = readdirSync(dir)
    .filter((name) => name.startsWith(`${basename(path)}.corrupt-`) && name !== newest)
    .map((name) => ({ name, at: age(name) }))
    .sort((a, b) => b.at - a.at || byCodeUnit(a.name, b.name));
  for (const { name } of others.slice(most - 1)) rmSync(join(dir, name), { force: true });
}
