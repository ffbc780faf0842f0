// Gc state: which folders of `${{ state }}` belong to work that can never be asked for again.
import { discoveredLabel, type Parts, stateKey, type Task } from '@evalmake/core';
import { recordsOf } from './clean.ts';
import type { GcContext, Pruned } from './gc-context.ts';
import { byFolder, namesIn } from './gc-folders.ts';
import { isGone } from './gone.ts';
import { isKeptName } from './kept-results.ts';
import { stateDir } from './workspace.ts';

/**
 * State of tasks that are gone, and of fingerprints that neither a record nor today's plan has. State may be what money
 * bought: of a task whose last attempt did not succeed, or of which anything is not known, all of it stays.
 */
export function deadState(context: GcContext): Pruned[] {
  const { workspace, graph } = context;
  const { root, journal } = workspace;
  const known = byFolder([...journal.names(), ...graph.byId.keys()]);
  return namesIn(root, 'state').flatMap((name): Pruned[] => {
    const task = known.get(name);
    const path = `${stateDir}/state/${name}`;
    if (task === undefined || journal.lastAttempt(task) !== undefined) return [];
    const index = graph.byId.get(task);
    if (index === undefined)
      return isGone(task, journal.records(task), graph) ? [{ kind: 'state', path, task }] : [];
    const alive = aliveKeys(graph.tasks[index] as Task, context);
    if (alive === undefined) return [];
    // Attempts at rows, and what was left behind of them (`<key>.attempt`, `<key>.left-1`), may be what money bought.
    const dead = namesIn(root, `state/${name}`).filter((key) => !alive.has(key) && !key.includes('.'));
    const kept = published(graph.tasks[index] as Task, context);
    const over = namesIn(root, `state/${name}`).filter((n) => kept !== undefined && isKeptName(n, kept));
    return [...dead, ...over].map((key) => ({ kind: 'state', path: `${path}/${key}`, task }));
  });
}

/** The key of a fingerprint whose result is in place: what attempts at it made that failed is of no use any more. */
function published(task: Task, { plan, workspace }: GcContext): string | undefined {
  const decision = plan.decisions[task.index];
  if (decision?.verdict !== 'fresh' || decision.reasons.length > 0) return undefined;
  return stateKey(asStarted(decision.fingerprint.parts), workspace.world.digest);
}

/** Names of the state folders of a task that may be asked for; undefined when that is not known. */
function aliveKeys(task: Task, { plan, workspace }: GcContext): Set<string> | undefined {
  const decision = plan.decisions[task.index];
  if (decision === undefined || task.placeholder) return undefined;
  const { parts, pending } = decision.fingerprint;
  if (pending.length > 0 || Object.keys(parts).length === 0) return undefined;
  const all = [parts, ...recordsOf(task, workspace).map((record) => record.parts)];
  return new Set(all.map((each) => stateKey(asStarted(each), workspace.world.digest)));
}

/** A fingerprint as it was when the command started: before it listed what it reads. */
function asStarted(parts: Parts): Parts {
  const prefix = discoveredLabel('');
  return Object.fromEntries(Object.entries(parts).filter(([label]) => !label.startsWith(prefix)));
}
