// Recovery deals with what a crash left, before anything is planned: survivors are ended, publications completed.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { presentFiles, restoreFiles } from './aside.ts';
import { attemptDir } from './attempt.ts';
import { attemptToken } from './attempt-token.ts';
import { moveInto } from './disk.ts';
import type { Publishing, Started } from './journal-line.ts';
import { isAlive, signalGroup } from './process-id.ts';
import { perform } from './publish.ts';
import { isoTime, type Workspace } from './workspace.ts';

const waitMs = 50;
const waitRounds = 100;

/** Brings the workspace to a state in which every task has either finished or not. Needs the lock. */
export function recover(workspace: Workspace): void {
  const { journal, options } = workspace;
  for (const { task, started, publishing } of journal.interrupted()) {
    endSurvivors(task, started, workspace);
    if (publishing !== undefined && completed(task, publishing, workspace)) continue;
    undo(task, started, workspace);
    journal.append('failed', task, {
      kind: 'interrupted',
      message: '',
      at: started?.at ?? isoTime(options.nowMs()),
    });
  }
  workspace.snapshot.forgetAll();
}

function completed(task: string, publishing: Publishing, { journal, root, options }: Workspace): boolean {
  try {
    perform(publishing, root);
    journal.append('finished', task, publishing.record);
    options.warn(`"${task}" was being published when the last build ended; that is now complete`);
    return true;
  } catch (error) {
    options.warn(`"${task}" was being published when the last build ended: ${(error as Error).message}`);
    return false;
  }
}

/** Puts back what stood at fixed paths; what the dead attempt wrote there is moved below its folder, not lost. */
function undo(task: string, started: Started | undefined, workspace: Workspace): void {
  if (started?.fixed === undefined) return;
  const { root, options } = workspace;
  const dir = attemptDir(task, workspace.world.digest);
  const aside = new Set(started.aside ?? []);
  const left: string[] = [];
  for (const output of started.fixed) {
    for (const path of presentFiles(output, root)) {
      if (aside.has(path)) continue;
      moveInto(join(root, path), join(root, dir, 'left', path));
      left.push(path);
    }
  }
  if (left.length > 0)
    options.warn(
      `what the interrupted "${task}" had written (${left.slice(0, 3).join(', ')}${left.length > 3 ? ', …' : ''}) was moved to ${dir}/left`,
    );
  restoreFiles(dir, [...aside], root);
}

/** Ends commands that outlived their build: they could still write into what is built next. */
function endSurvivors(task: string, started: Started | undefined, workspace: Workspace): void {
  if (started === undefined || started.host !== hostname()) return;
  const groups = new Set(marked(attemptToken(workspace.root, task)));
  if (started.pid !== undefined && isAlive(started.pid, started.started ?? '')) groups.add(started.pid);
  const living = [...groups].filter((group) => signalGroup(group, 0));
  if (living.length === 0) return;
  workspace.options.warn(
    `a command of "${task}" outlived the last build (process group ${living.join(', ')}); it is ended first`,
  );
  for (const group of living) signalGroup(group, 'SIGKILL');
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let i = 0; i < waitRounds && living.some((group) => signalGroup(group, 0)); i++)
    Atomics.wait(pause, 0, 0, waitMs);
}

/**
 * Process groups whose environment carries an attempt's token: found even when the build died between starting a
 * command and writing its number down. Only where /proc tells; elsewhere the journal's number must do.
 */
function marked(token: string): number[] {
  if (!existsSync('/proc/self/environ')) return [];
  const wanted = `EVALMAKE_ATTEMPT=${token}`;
  const groups: number[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (!readFileSync(`/proc/${name}/environ`, 'latin1').split('\0').includes(wanted)) continue;
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      const [, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      groups.push(Number(group));
    } catch {
      // Gone meanwhile, or not ours to read.
    }
  }
  return groups;
}
