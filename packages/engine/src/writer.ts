// A Writer is the one process that may change a workspace's state: it holds the lock, and has dealt with what a crash left.
import { existsSync, readdirSync } from './fs.ts';
import { type LockRefused, takeLock } from './lock.ts';
import type { LockOwner } from './lock-file.ts';
import { clearStop } from './stop-request.ts';
import { isoTime, stateDir, type Workspace } from './workspace.ts';

/** How to become the writer. */
export interface WriterRequest {
  /** The command line, for the message of the next who comes. */
  readonly command: string;
  /** Takes over a lock of which nobody here can tell whether its owner lives. */
  readonly breakLock?: boolean;
}

/** Writing is allowed until `end` is called, or somebody else has it. */
export type Writing =
  | { readonly held: true; readonly tookOver: LockOwner | undefined; readonly end: () => void }
  | LockRefused;

/**
 * Takes the lock, reads what was written since the workspace was opened, and brings tasks that a crash cut off to an end.
 * @throws Unreadable when the state cannot be read or written
 */
export async function startWriting(workspace: Workspace, request: WriterRequest): Promise<Writing> {
  const { root, journal, ledger, options, machine } = workspace;
  const lock = takeLock(`${root}/${stateDir}/lock`, {
    ...request,
    since: isoTime(options.nowMs()),
    processes: machine.processes,
  });
  if (!lock.held) return lock;
  journal.lock = lock;
  const end = (): void => {
    // The request for a build that has taken the lock from us is not ours to remove.
    if (lock.ours) clearStop(root);
    lock.release();
    journal.close();
    ledger.close();
  };
  try {
    journal.reload();
    if (journal.damaged || journal.interrupted().length > 0 || leftAside(root)) {
      const { recover } = await import('./recover.ts');
      journal.open();
      for (const warning of journal.warnings) options.warn(warning);
      recover(workspace);
    }
  } catch (error) {
    end();
    throw error;
  }
  return { held: true, tookOver: lock.tookOver, end };
}

/** Whether an attempt saved files that were never put back. Its folder tells even when the journal has lost its lines. */
function leftAside(root: string): boolean {
  const attempts = `${root}/${stateDir}/attempt`;
  if (!existsSync(attempts)) return false;
  return readdirSync(attempts).some((name) => existsSync(`${attempts}/${name}/aside`));
}
