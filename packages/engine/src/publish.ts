// Publishing renames what an attempt wrote into place, by a list that is in the journal first and is replayed after a crash.

import { join } from 'node:path';
import { parentDir, type TaskRecord } from '@evalmake/core';
import { presentFiles, recordedFiles } from './aside.ts';
import type { Attempt } from './attempt.ts';
import { digestDir, digestFile } from './digest.ts';
import { moveInto, remove } from './disk.ts';
import { Failure } from './failure.ts';
import { existsSync, lstatSync, rmdirSync } from './fs.ts';
import { LockLost } from './held-lock.ts';
import type { Journal } from './journal.ts';
import type { Publishing } from './journal-line.ts';
import type { Collected } from './outcome.ts';

/** The renames and removals that make a record true. */
export function publishing(
  attempt: Attempt,
  collected: Collected,
  { record, root }: { readonly record: TaskRecord; readonly root: string },
): Publishing {
  const moves: { from: string; to: string; digest: string }[] = [];
  const kept = new Set<string>();
  for (const list of collected.values()) {
    for (const { at, path, digest } of list) {
      kept.add(path);
      if (at !== path) moves.push({ from: at, to: path, digest });
    }
  }
  // Only members of a set vanish with it; a file whose declared path changed stays, as an orphan. What the record says
  // is not enough: a manifest may come from anywhere, and must not name the files that are removed.
  const members = attempt.task.outputs
    .filter((o) => o.kind === 'glob')
    .flatMap((o) => {
      const recorded = recordedFiles(o, attempt.decision);
      return presentFiles(o, root).filter((path) => recorded.has(path));
    });
  const remove = [...new Set(members)].filter((path) => !kept.has(path));
  return { record, moves, remove };
}

/** A disk failed in the middle of a publication: nothing is undone, since the next build can complete it. */
export class HalfPublished extends Failure {
  constructor(cause: unknown) {
    super(
      'publish',
      `the outputs could not all be put in place: ${(cause as Error).message}; the next build completes that`,
    );
  }
}

/** Where a list is written and done. */
export interface PublishPlace {
  readonly journal: Journal;
  readonly root: string;
  /**
   * Whether the list must be on disk before the first rename. New members of a set need that: after a power cut nothing
   * else would say that a build wrote them. A file is found to be another one by its content.
   */
  readonly durably: boolean;
}

/**
 * Writes the list, does it, and records the task as finished; the caller waits until that is durable.
 * @throws HalfPublished when the list is written, and what it says could not all be done
 */
export async function publish(list: Publishing, { journal, root, durably }: PublishPlace): Promise<void> {
  const { record } = list;
  preflight(list, root);
  if (list.moves.length === 0 && list.remove.length === 0) {
    journal.append('finished', record.task, record, false);
    return;
  }
  journal.append('publishing', record.task, list, false);
  try {
    if (durably) await journal.durable();
    journal.lock?.check();
    perform(list, root);
    journal.append('finished', record.task, record, false);
  } catch (error) {
    if (error instanceof LockLost) throw error;
    throw new HalfPublished(error);
  }
}

/** Looks at every place before the first rename: all outputs of a task take their place, or none. */
function preflight(list: Publishing, root: string): void {
  for (const { to } of list.moves) {
    const stat = lstatSync(join(root, to).replace(/\/$/, ''), { throwIfNoEntry: false });
    if (stat === undefined) continue;
    if (to.endsWith('/') && !stat.isDirectory())
      throw new Failure('publish', `"${to}" cannot be published: a file stands in its place`);
    if (!to.endsWith('/') && stat.isDirectory())
      throw new Failure('publish', `"${to}" cannot be published: a folder stands in its place`);
  }
}

/** A file that should be published is nowhere: what a list says cannot be done any more. */
export class NotThere extends Error {}

/**
 * Looks whether a list that a crash cut off can still be done: each file is in its place, or its very bytes are where
 * they were to be moved from. A power cut, or a line that is lost, may have left others there.
 * @throws NotThere that names the first file that is in neither place
 */
export function checkMoves(list: Publishing, root: string): void {
  for (const { from, to, digest } of list.moves) {
    const places = [to, from].map((path) => join(root, path).replace(/\/$/, ''));
    if (!places.some((place) => contentOf(place) === digest))
      throw new NotThere(`"${to}" was being published and is neither in its place nor at "${from}"`);
  }
}

/** Does what a list says, as far as it is not done; can be repeated. */
export function perform(list: Publishing, root: string): void {
  for (const { from, to, digest } of list.moves) {
    const source = join(root, from).replace(/\/$/, '');
    const target = join(root, to).replace(/\/$/, '');
    if (contentOf(target) === digest) remove(source);
    else if (!existsSync(source))
      throw new NotThere(`"${to}" was being published and is neither in its place nor at "${from}"`);
    else if (to.endsWith('/')) replaceDir(source, target);
    else moveInto(source, target);
  }
  for (const path of list.remove) removeMember(root, path);
}

/** Digest of what lies at a path, file or folder; undefined when there is nothing. */
export function contentOf(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return digestFile(path).digest;
  } catch {
    return digestDir(path, (f) => digestFile(f).digest).digest;
  }
}

/** A folder cannot be renamed over another: the old one steps aside first, and goes when the new one stands. */
function replaceDir(source: string, target: string): void {
  const old = `${source}.old`;
  remove(old);
  if (existsSync(target)) moveInto(target, old);
  moveInto(source, target);
  remove(old);
}

function removeMember(root: string, path: string): void {
  remove(join(root, path));
  // A folder that held only this set goes with its last member; rmdir refuses when anything else is in it.
  for (let dir = parentDir(path); dir !== ''; dir = parentDir(dir)) {
    try {
      rmdirSync(join(root, dir));
    } catch {
      return;
    }
  }
}
