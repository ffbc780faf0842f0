// The Lock lets one build at a time write in a workspace; it names its owner, so that a dead one can be told from a living.

import { dirname } from 'node:path';
import { makeDir } from './disk.ts';
import { Unreadable } from './failure.ts';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from './fs.ts';
import { localProcesses, type Processes, type ProcessSpace } from './processes.ts';

/** Who holds the lock. */
export interface LockOwner {
  readonly pid: number;
  readonly host: string;
  readonly space?: ProcessSpace;
  readonly started: string;
  readonly command: string;
  readonly since: string;
}

/** The lock was taken, or somebody else has it. */
export type LockResult =
  | { readonly held: true; readonly release: () => void; readonly tookOver: LockOwner | undefined }
  | { readonly held: false; readonly owner: LockOwner; readonly life: 'alive' | 'unknown' };

/** Who asks for a lock. */
export interface LockRequest {
  readonly command: string;
  readonly since: string;
  readonly processes?: Processes;
  readonly breakLock?: boolean;
}

/**
 * Whether the owner of a lock lives. On another machine, and in another container of this one, nobody here can tell. No
 * process outlives a boot; but that it was this machine that booted, and not one with the same name, must be known.
 */
function lifeOf(owner: LockOwner, own: LockOwner, processes: Processes): 'alive' | 'dead' | 'unknown' {
  if (owner.host !== own.host) return 'unknown';
  const [theirs, ours] = [owner.space, own.space];
  if (theirs !== undefined && ours !== undefined) {
    if (theirs.boot !== ours.boot)
      return ours.machine !== '' && theirs.machine === ours.machine ? 'dead' : 'unknown';
    if (theirs.numbers !== ours.numbers) return 'unknown';
  }
  return processes.isAlive(owner.pid, owner.started) ? 'alive' : 'dead';
}

/**
 * Takes the lock or says who has it, at once. The file is linked into place complete, so that no reader sees half of it
 * and it works where only rename and link are atomic.
 * @param path the lock file
 * @param request.command the command line, for the message of the next who comes
 * @param request.since the time now, ISO 8601
 * @param request.processes the processes of this machine
 * @param request.breakLock takes over a lock of which nobody here can tell whether its owner lives
 */
export function takeLock(path: string, request: LockRequest): LockResult {
  const { processes = localProcesses, command, since, breakLock = false } = request;
  const own: LockOwner = {
    pid: processes.pid,
    host: processes.host,
    space: processes.space,
    started: processes.startTime(processes.pid),
    command,
    since,
  };
  const temporary = `${path}.${processes.pid}`;
  try {
    writeOwner(temporary, own);
    let tookOver: LockOwner | undefined;
    for (let attempt = 0; ; attempt++) {
      if (tryLink(temporary, path)) return { held: true, release: () => release(path, own), tookOver };
      const owner = readOwner(path);
      if (owner === undefined) continue;
      if (owner !== 'damaged') {
        const life = lifeOf(owner, own, processes);
        if (life === 'alive' || (life === 'unknown' && !breakLock)) return { held: false, owner, life };
      }
      if (attempt > 5) throw new Error(`cannot take the lock ${path}`);
      if (owner !== 'damaged') tookOver = owner;
      removeStale(path, owner, own.pid);
    }
  } finally {
    rmSync(temporary, { force: true });
  }
}

function writeOwner(path: string, own: LockOwner): void {
  try {
    makeDir(dirname(path));
    writeFileSync(path, `${JSON.stringify(own)}\n`);
  } catch (error) {
    throw new Unreadable(`the lock cannot be written: ${(error as Error).message}`);
  }
}

/**
 * Removes the lock of a dead owner. Another who comes at the same time may have replaced it meanwhile: what was taken
 * away is looked at, and a living owner's lock is put back.
 */
function removeStale(path: string, dead: LockOwner | 'damaged', pid: number): void {
  const taken = `${path}.stale-${pid}`;
  try {
    renameSync(path, taken);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const was = readOwner(taken);
  const same =
    dead === 'damaged'
      ? was === 'damaged'
      : was !== 'damaged' && was?.pid === dead.pid && was.since === dead.since;
  if (!same) tryLink(taken, path);
  rmSync(taken, { force: true });
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    throw error;
  }
}

/** The owner of a lock, undefined when there is none. */
export function readOwner(path: string): LockOwner | 'damaged' | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  try {
    const owner = JSON.parse(text) as LockOwner;
    return typeof owner.pid === 'number' && typeof owner.host === 'string' ? owner : 'damaged';
  } catch {
    return 'damaged';
  }
}

function release(path: string, own: LockOwner): void {
  const owner = readOwner(path);
  if (owner !== undefined && owner !== 'damaged' && owner.pid === own.pid && owner.started === own.started)
    rmSync(path, { force: true });
}
