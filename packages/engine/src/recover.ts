// Recovery deals with what a crash left, before anything is planned: survivors are ended, publications completed.
import { hostname } from 'node:os';
import { attemptDir, restoreFiles } from './attempt.ts';
import type { Started } from './journal-line.ts';
import { isAlive, signalGroup } from './process-id.ts';
import { perform } from './publish.ts';
import { isoTime, type Workspace } from './workspace.ts';

const waitMs = 50;
const waitRounds = 100;

/** Brings the workspace to a state in which every task has either finished or not. Needs the lock. */
export function recover(workspace: Workspace): void {
  const { journal, options } = workspace;
  for (const { task, started, publishing } of journal.interrupted()) {
    if (started !== undefined) endSurvivor(task, started, workspace);
    const at = isoTime(options.nowMs());
    if (publishing !== undefined) {
      try {
        perform(publishing, workspace.root);
        journal.append('finished', task, publishing.record);
        options.warn(`"${task}" was being published when the last build ended; that is now complete`);
        continue;
      } catch (error) {
        options.warn(`"${task}" was being published when the last build ended: ${(error as Error).message}`);
      }
    }
    if (started?.aside !== undefined)
      restoreFiles(attemptDir(task, workspace.world.digest), started.aside, workspace.root);
    journal.append('failed', task, { kind: 'interrupted', message: '', at: started?.at ?? at });
  }
  workspace.snapshot.forgetAll();
}

/** Ends a command that outlived its build: it could still write into what is built next. */
function endSurvivor(task: string, started: Started, workspace: Workspace): void {
  if (started.pid === undefined || started.host !== hostname()) return;
  if (!isAlive(started.pid, started.started ?? '') || !signalGroup(started.pid, 0)) return;
  workspace.options.warn(
    `a command of "${task}" outlived the last build (process group ${started.pid}); it is ended first`,
  );
  signalGroup(started.pid, 'SIGKILL');
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let i = 0; i < waitRounds && signalGroup(started.pid, 0); i++) Atomics.wait(pause, 0, 0, waitMs);
}
