// Gc folders: which attempts, runs and temporary files below .evalmake nothing needs any more.
import { join } from 'node:path';
import { protectionOf } from '@evalmake/core/protection';
import { digestText } from './digest.ts';
import { lstatOf } from './file-state.ts';
import { readdirSync, readFileSync } from './fs.ts';
import type { GcContext, Pruned } from './gc-context.ts';
import { lockHolder } from './lock.ts';
import { eventsPath, runNumbers } from './run-log.ts';
import { taskFolder } from './task-folder.ts';
import { textsFile } from './texts.ts';
import { stateDir } from './workspace.ts';

/** Names in a folder below .evalmake, none when it is not there. */
export function namesIn(root: string, folder: string): string[] {
  try {
    return readdirSync(join(root, stateDir, folder)).sort();
  } catch {
    return [];
  }
}

/** Tasks by the name of their folders; a folder of no task that is known stays. */
export function byFolder(tasks: Iterable<string>): Map<string, string> {
  return new Map([...tasks].map((task) => [taskFolder(task, digestText), task]));
}

/** Runs beyond the newest. */
export function oldRuns({ workspace, keepRuns }: GcContext): Pruned[] {
  const numbers = runNumbers(workspace.root);
  return numbers
    .slice(0, Math.max(0, numbers.length - keepRuns))
    .map((n) => ({ kind: 'run', path: `${stateDir}/runs/${n}` }));
}

/**
 * Attempts that are over. One that a crash or a signal cut off is not; nor one that may still hold what stood at an
 * output before, or what it had bought.
 */
export function deadAttempts(context: GcContext): Pruned[] {
  const { workspace, graph } = context;
  const { root, journal } = workspace;
  const known = byFolder(journal.names());
  const interrupted = new Set(journal.interrupted().map(({ task }) => task));
  const before = oldestKept(context);
  return namesIn(root, 'attempt').flatMap((name): Pruned[] => {
    const path = `${stateDir}/attempt/${name}`;
    const task = known.get(name);
    if (task === undefined || interrupted.has(task)) return [];
    const last = journal.lastAttempt(task)?.kind;
    if (last === 'interrupted' || last === 'stopped') return [];
    const target = graph.tasks[graph.byId.get(task) ?? -1]?.target;
    if (last !== undefined && target !== undefined && protectionOf(target) !== undefined) return [];
    if (holdsFiles(join(root, path, 'aside'))) return [];
    const left = lstatOf(join(root, path, 'left'));
    if (left !== undefined && !(left.mtimeMs < before)) return [];
    return [{ kind: 'attempt', path, task }];
  });
}

/** When the oldest run that stays began, in milliseconds; -Infinity when that is not known. */
function oldestKept({ workspace, keepRuns }: GcContext): number {
  const numbers = runNumbers(workspace.root);
  const oldest = numbers[Math.max(0, numbers.length - keepRuns)];
  if (oldest === undefined) return Number.NEGATIVE_INFINITY;
  try {
    const text = readFileSync(eventsPath(workspace.root, oldest), 'utf8');
    const { at } = JSON.parse(text.slice(0, text.indexOf('\n'))) as { at: string };
    const ms = Date.parse(at);
    return Number.isNaN(ms) ? Number.NEGATIVE_INFINITY : ms;
  } catch {
    // Without its first event nobody knows when it began: then nothing is older.
    return Number.NEGATIVE_INFINITY;
  }
}

function holdsFiles(folder: string): boolean {
  const stat = lstatOf(folder);
  if (stat === undefined) return false;
  return !stat.isDirectory() || readdirSync(folder).some((name) => holdsFiles(`${folder}/${name}`));
}

/** How many bytes of former results stay. */
const storeBytes = 10e9;

/** Former results beyond what fits, the oldest first, and files of the store that belong to none. */
export function oldResults({ workspace }: GcContext): Pruned[] {
  return workspace.store
    .excess(storeBytes)
    .map((path) => ({ kind: 'stored', path: `${stateDir}/store/${path}` }));
}

/** What the parsed cache is made of. */
const cacheFiles: readonly string[] = ['pipeline.json', 'config.json', 'config-valid'];

/** Bytes of words behind digests that are kept. */
const mostTexts = 4_000_000;

/** Files that a crash left half written, and what is no part of the cache any more. Nobody else writes: the lock is held. */
export function leftovers({ workspace }: GcContext): Pruned[] {
  const { root, machine } = workspace;
  const out: Pruned[] = [];
  for (const name of namesIn(root, '')) {
    const path = `${stateDir}/${name}`;
    if (/\.tmp-\d+$/.test(name)) out.push({ kind: 'temporary', path });
    // Only ever appended to, and only for people to read: when it has grown large it begins anew.
    else if (name === textsFile && (lstatOf(join(root, path))?.size ?? 0) > mostTexts)
      out.push({ kind: 'cache', path });
    // Another process may be asking for the lock just now.
    else if (/^lock\.(?:stale-)?\d+$/.test(name)) {
      if (lockHolder(join(root, path), machine.processes)?.life === 'dead')
        out.push({ kind: 'temporary', path });
    }
  }
  for (const name of namesIn(root, 'cache'))
    if (!cacheFiles.includes(name)) out.push({ kind: 'cache', path: `${stateDir}/cache/${name}` });
  return out;
}
