// A folder in memory for the temporary files of tests: what they sync and remove by the thousand waits for no disk.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { freemem } from 'node:os';
import { join } from 'node:path';

/** Where Linux keeps one; a container often makes it small, or lets no program start in it. */
const place = '/dev/shm';
/** Free memory below which a disk is better: tests use a few hundred megabytes at a time. */
const leastBytes = 2 * 2 ** 30;
/** What statfs says of a tmpfs. */
const tmpfs = 0x01021994;

/** Makes the folder. @returns undefined where there is no room for it, or nothing in it could be executed */
export function makeMemoryFolder() {
  let folder;
  try {
    const { type, bavail, bsize } = statfsSync(place);
    if (type !== tmpfs || Math.min(bavail * bsize, freemem()) < leastBytes) return undefined;
    folder = mkdtempSync(join(place, 'evalmake-tests-'));
    const program = join(folder, 'probe');
    writeFileSync(program, '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    const { status } = spawnSync(program);
    rmSync(program);
    if (status === 0) return folder;
  } catch {
    // The next best thing is done: the usual folder for temporary files.
  }
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  return undefined;
}
