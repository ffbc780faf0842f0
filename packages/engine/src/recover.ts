// Recovery deals with what a crash left, before anything is planned: survivors are ended, publications completed.
import { join } from 'node:path';
import { recordFiles } from '@evalmake/core';
import { presentFiles, removeEmptyFolders, restoreFiles } from './aside.ts';
import { attemptDir } from './attempt.ts';
import { attemptToken } from './attempt-token.ts';
import { moveInto } from './disk.ts';
import { Unreadable } from './failure.ts';
import { present } from './file-state.ts';
import { existsSync } from './fs.ts';
import { nature, type Publishing, remoteAttempt, type Started } from './journal-line.ts';
import { checkMoves, contentOf, NotThere, perform } from './publish.ts';
import { KnownRecords, leftFolders, settleAside, undoDoubtful } from './recover-damaged.ts';
import { Saved } from './saved.ts';
import { isoTime, type Workspace } from './workspace.ts';

const waitMs = 20;
const waitRounds = 250;

/** Brings the workspace to a state in which every task has either finished or not. Needs the lock. */
export function recover(workspace: Workspace): void {
  const { journal, options, root } = workspace;
  const left = journal.interrupted();
  const records = new KnownRecords(workspace);
  const folders = leftFolders(workspace, records);
  const unsure = folders.filter(({ task }) => journal.damaged || !known(task, journal));
  endSurvivors([...left, ...unsure.map(({ task }) => ({ task, started: undefined }))], workspace);
  for (const { task, started, publishing, doubtful } of left) {
    if (publishing !== undefined) {
      if (completed(task, publishing, { workspace, doubtful })) continue;
      withdraw(task, publishing, { workspace, doubtful });
      // No command was cut off: what `started` says is of an attempt that ended, and what stands there is good.
      if (publishing.restored === true) {
        const line = { kind: 'interrupted', message: '', at: isoTime(options.nowMs()), restore: true };
        journal.append('failed', task, line);
        continue;
      }
    }
    if (publishing === undefined && started?.remote !== undefined) {
      // Its command outlives us and writes in a folder of its own: the build goes on with it.
      const { at, run, fp, remote } = started;
      journal.append('waiting', task, { ...remoteAttempt(remote), at, run, fp });
      continue;
    }
    const gone = !existsSync(join(root, attemptDir(task, workspace.world.digest)));
    if (gone || doubtful) undoDoubtful({ task, started, gone }, workspace, records);
    else undo(task, started, workspace);
    journal.append('failed', task, {
      kind: 'interrupted',
      message: '',
      at: started?.at ?? isoTime(options.nowMs()),
      ...(started?.fp === undefined ? {} : { fp: started.fp }),
      ...nature(started ?? {}),
    });
  }
  workspace.snapshot.forgetAll();
  for (const folder of folders) settleAside(folder, workspace, records);
  workspace.snapshot.forgetAll();
}

function known(task: string, journal: Workspace['journal']): boolean {
  return journal.finished(task) || journal.lastAttempt(task) !== undefined;
}

interface Replay {
  readonly workspace: Workspace;
  /** More may have happened since: what the list says may be that of an attempt before the last. */
  readonly doubtful: boolean;
}

/** Goes on with a publication. When the disk does not let it, that is told, and tried again by the next build. */
function completed(task: string, publishing: Publishing, { workspace, doubtful }: Replay): boolean {
  const { journal, root, options } = workspace;
  try {
    checkMoves(publishing, root);
    if (doubtful) {
      const saved = new Saved(workspace, task);
      for (const path of publishing.remove) if (present(join(root, path))) saved.save(path, path);
      saved.tell(`what "${task}" no longer writes`);
    }
    perform(publishing, root);
    journal.append('finished', task, publishing.record);
    options.warn(`"${task}" was being published when the last build ended; that is now complete`);
    return true;
  } catch (error) {
    options.warn(`"${task}" was being published when the last build ended: ${(error as Error).message}`);
    return !(error instanceof NotThere);
  }
}

/** Takes back what was published of an attempt that cannot be completed: no record would know these files. */
function withdraw(task: string, { moves }: Publishing, { workspace, doubtful }: Replay): void {
  const { journal, root, world } = workspace;
  const saved = new Saved(workspace, task);
  const known = new Set(journal.records(task).flatMap((record) => recordFiles(record).map((f) => f.path)));
  const left = join(root, attemptDir(task, world.digest), 'left');
  for (const { to, digest } of moves) {
    if (known.has(to) || contentOf(join(root, to)) !== digest) continue;
    if (doubtful) saved.save(to, to);
    else moveInto(join(root, to), join(left, to));
  }
  saved.tell(`what "${task}" had published`);
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
    removeEmptyFolders(output, root);
  }
  if (left.length > 0)
    options.warn(
      `what the interrupted "${task}" had written (${left.slice(0, 3).join(', ')}${left.length > 3 ? ', …' : ''}) was moved to ${dir}/left`,
    );
  restoreFiles(dir, [...aside], root);
}

/**
 * Ends commands that outlived their build: they could still write into what is built next.
 * @throws Unreadable when one of them cannot be ended
 */
function endSurvivors(
  left: readonly { task: string; started: Started | undefined }[],
  { root, machine, options }: Workspace,
): void {
  const { processes } = machine;
  const here = left.filter(({ started }) => started === undefined || started.host === processes.host);
  const byToken = new Map(here.map(({ task }) => [attemptToken(root, task), task]));
  const groups = new Map<number, string>();
  for (const { task, started } of here) {
    if (started?.pid !== undefined && processes.isAlive(started.pid, started.started ?? ''))
      groups.set(started.pid, task);
  }
  const told = new Set<number>();
  // Looked for each time anew: one that was just starting another may have left that behind.
  for (let round = 0; round < waitRounds; round++) {
    for (const { group, token } of processes.marked(new Set(byToken.keys())))
      groups.set(group, byToken.get(token) as string);
    const living = [...groups].filter(([group]) => processes.signalGroup(group, 0));
    if (living.length === 0) return;
    for (const [group, task] of living) {
      if (!told.has(group))
        options.warn(
          `a command of "${task}" outlived the last build (process group ${group}); it is ended first`,
        );
      told.add(group);
      processes.signalGroup(group, 'SIGKILL');
    }
    processes.pause(waitMs);
  }
  const [group, task] = [...groups].find(([g]) => processes.signalGroup(g, 0)) ?? [];
  throw new Unreadable(
    `a command of "${task}" of the last build cannot be ended (process group ${group}): end it, then try again`,
  );
}
