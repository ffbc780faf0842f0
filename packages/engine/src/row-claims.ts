// A RowClaim says that somebody is about to ask rows, so that nobody else pays for the same ones; kept beside the row store.
import { canonical, isMap, type Json } from '@evalmake/core/json';
import { digestText } from './digest.ts';
import { makeDir, syncDir, writeAtomic } from './disk.ts';
import { Unreadable } from './failure.ts';
import { existsSync, readdirSync, readFileSync, rmSync } from './fs.ts';
import type { HeldLock } from './held-lock.ts';
import { takeLock } from './lock.ts';
import { localProcesses, type Processes } from './processes.ts';
import { keyBytes, RowKeys } from './row-keys.ts';

// Format: `<dir>/claims/<target>/<16 hex digits of the owner's digest>.json`, {owner: {host, workspace, task}, at, keys}; the
// keys are one text, 32 hex digits each. Written by temp + fsync + rename while the lock beside it is held, so of two that
// want one row only one writes. A claim stands until its owner takes it back: what was asked may be paid for although the
// one who asked has died.

/** Who claims: a task of a checkout. */
export interface ClaimOwner {
  readonly host: string;
  readonly workspace: string;
  readonly task: string;
}

/** Where the claims of a target are, and who asks. */
export interface ClaimPlace {
  /** The folder of the row store. */
  readonly dir: string;
  readonly target: string;
  readonly owner: ClaimOwner;
}

/** A claim of somebody else. */
export interface ClaimConflict {
  readonly owner: ClaimOwner;
  /** Since when, ISO 8601. */
  readonly at: string;
  /** How many of the rows it has. */
  readonly rows: number;
}

/** When a claim is made, and by the processes of which machine. */
export interface ClaimTime {
  /** The time now, ISO 8601. */
  readonly at: string;
  readonly processes?: Processes;
}

function folderOf({ dir, target }: ClaimPlace): string {
  return `${dir}/claims/${target}`;
}

function pathOf(place: ClaimPlace): string {
  const { host, workspace, task } = place.owner;
  return `${folderOf(place)}/${digestText(canonical({ host, workspace, task })).slice(7, 23)}.json`;
}

/**
 * Claims rows for their owner, in place of what it had claimed, unless another owner has one of them.
 * @param keys the keys, 16 bytes each
 * @returns the claims that stand in the way; none when the rows are claimed, durably
 * @throws Unreadable when the claims cannot be read or written
 */
export function claimRows(place: ClaimPlace, keys: Uint8Array, time: ClaimTime): ClaimConflict[] {
  const folder = folderOf(place);
  makeDir(folder);
  const lock = lockOf(folder, time);
  try {
    const conflicts = claimConflicts(place, keys);
    if (conflicts.length > 0) return conflicts;
    const { owner } = place;
    const hex = Buffer.from(keys.buffer, keys.byteOffset, keys.length).toString('hex');
    lock.check();
    writeAtomic(pathOf(place), `${JSON.stringify({ owner, at: time.at, keys: hex })}\n`);
    for (const dir of [`${place.dir}/claims`, place.dir]) syncDir(dir);
    return [];
  } finally {
    lock.release();
  }
}

/**
 * Who else has claimed some of these rows.
 * @throws Unreadable when a claim cannot be read: nobody knows then what it holds
 */
export function claimConflicts(place: ClaimPlace, keys: Uint8Array): ClaimConflict[] {
  const folder = folderOf(place);
  if (!existsSync(folder)) return [];
  const own = pathOf(place);
  const mine = new RowKeys(Buffer.from(keys.buffer, keys.byteOffset, keys.length));
  const out: ClaimConflict[] = [];
  for (const name of readdirSync(folder).sort()) {
    const path = `${folder}/${name}`;
    if (!/^[0-9a-f]{16}\.json$/.test(name) || path === own) continue;
    const claim = readClaim(path);
    if (claim === undefined) continue;
    let rows = 0;
    for (let i = 0; i < claim.keys.length / keyBytes; i++) if (mine.find(claim.keys, i) >= 0) rows += 1;
    if (rows > 0) out.push({ owner: claim.owner, at: claim.at, rows });
  }
  return out;
}

/** Takes the claim of an owner back; durable, since a claim that comes back would keep others away. */
export function releaseRows(place: ClaimPlace): void {
  const path = pathOf(place);
  if (!existsSync(path)) return;
  rmSync(path, { force: true });
  syncDir(folderOf(place));
}

function readClaim(path: string): { owner: ClaimOwner; at: string; keys: Buffer } | undefined {
  let value: Json;
  try {
    value = JSON.parse(readFileSync(path, 'utf8')) as Json;
  } catch (error) {
    // Taken back just now.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unreadable(path, (error as Error).message);
  }
  const { owner, at, keys } = isMap(value) ? value : {};
  if (!isMap(owner) || typeof at !== 'string' || typeof keys !== 'string')
    throw unreadable(path, 'it is no claim');
  const { host, workspace, task } = owner;
  if (typeof host !== 'string' || typeof workspace !== 'string' || typeof task !== 'string')
    throw unreadable(path, 'it names no owner');
  if (!/^(?:[0-9a-f]{32})*$/.test(keys)) throw unreadable(path, 'its keys are damaged');
  return { owner: { host, workspace, task }, at, keys: Buffer.from(keys, 'hex') };
}

function unreadable(path: string, why: string): Unreadable {
  return new Unreadable(
    `the claim of rows ${path} cannot be read: ${why}; nobody can tell which rows are being asked; remove it when no build uses this row store`,
  );
}

/** How long another may hold the lock: it is held for the writing of one file. */
const pauseMs = 20;
const mostPauses = 500;

function lockOf(folder: string, { at, processes = localProcesses }: ClaimTime): HeldLock {
  for (let pause = 0; ; pause++) {
    const lock = takeLock(`${folder}/lock`, { command: 'row claims', since: at, processes });
    if (lock.held) return lock;
    if (pause === mostPauses)
      throw new Unreadable(
        `the claims of rows in ${folder} are locked by process ${lock.owner.pid} on ${lock.owner.host} since ${lock.owner.since}; remove ${folder}/lock when that process is gone`,
      );
    processes.pause(pauseMs);
  }
}
