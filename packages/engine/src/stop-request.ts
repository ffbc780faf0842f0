// A StopRequest asks the build that holds the lock to drain: a file, so that it can be asked from another machine too.
import { makeDir, writeAtomic } from './disk.ts';
import { readFileSync, rmSync } from './fs.ts';
import { lifeOf } from './lock.ts';
import { type LockOwner, readOwner } from './lock-file.ts';
import type { Processes } from './processes.ts';
import { stateDir } from './workspace.ts';

/** Which build is asked: the very owner of the lock, so that no later one is meant. */
type StopRequest = Pick<LockOwner, 'pid' | 'host' | 'started' | 'since'>;

function pathIn(root: string): string {
  return `${root}/${stateDir}/stop`;
}

/**
 * Asks the build that runs in a workspace to drain.
 * @returns whom it asked; undefined when no build runs
 * @throws Unreadable when the lock cannot be read; what the disk throws when the request cannot be written
 */
export function requestStop(root: string, processes: Processes): LockOwner | undefined {
  const owner = readOwner(`${root}/${stateDir}/lock`);
  if (owner === undefined || owner === 'damaged' || lifeOf(owner, processes) === 'dead') return undefined;
  const { pid, host, started, since } = owner;
  const request: StopRequest = { pid, host, started, since };
  makeDir(`${root}/${stateDir}`);
  writeAtomic(pathIn(root), `${JSON.stringify(request)}\n`, false);
  return owner;
}

/** Whether a build is asked to drain. A request that cannot be read asks nobody. */
export function stopRequested(root: string, owner: LockOwner): boolean {
  try {
    const asked = JSON.parse(readFileSync(pathIn(root), 'utf8')) as StopRequest;
    return (
      asked.pid === owner.pid &&
      asked.host === owner.host &&
      asked.started === owner.started &&
      asked.since === owner.since
    );
  } catch {
    return false;
  }
}

/** Removes the request: at the end of a build there is none that is not for it, or older. */
export function clearStop(root: string): void {
  rmSync(pathIn(root), { force: true });
}
