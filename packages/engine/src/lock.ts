// The Lock lets one build at a time write in a workspace; it names its owner, so that a dead one can be told from a living.

import { dirname } from 'node:path';
import { makeDir } from './disk.ts';
import { Unreadable } from './failure.ts';
import { renameSync, rmSync, writeFileSync } from './fs.ts';
import { HeldLock } from './held-lock.ts';
import { besideLock, type LockOwner, type LockText, linkText, lockText, readLock } from './lock-file.ts';
import { localProcesses, type Processes } from './processes.ts';

/** Somebody else has the lock. */
export interface LockRefused {
  readonly held: false;
  readonly owner: LockOwner;
  /** Whether the owner is known to live; elsewhere nobody here can tell. */
  readonly life: 'alive' | 'unknown';
}

/** The lock was taken, or somebody else has it. */
export type LockResult = HeldLock | LockRefused;

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
export function lifeOf(
  owner: Pick<LockOwner, 'host' | 'space' | 'pid' | 'started'>,
  processes: Processes,
): 'alive' | 'dead' | 'unknown' {
  if (owner.host !== processes.host) return 'unknown';
  const [theirs, ours] = [owner.space, processes.space];
  if (theirs !== undefined) {
    if (theirs.boot !== ours.boot)
      return ours.machine !== '' && theirs.machine === ours.machine ? 'dead' : 'unknown';
    if (theirs.numbers !== ours.numbers) return 'unknown';
  }
  return processes.isAlive(owner.pid, owner.started) ? 'alive' : 'dead';
}

/** How often others may come first before we give up: each time, somebody else has got on. */
const mostRounds = 100;

/**
 * Takes the lock or says who has it, at once. The file is linked into place complete, so that no reader sees half of it
 * and it works where only rename and link are atomic.
 * @param path the lock file
 * @param request.command the command line, for the message of the next who comes
 * @param request.since the time now, ISO 8601
 * @param request.processes the processes of this machine
 * @param request.breakLock takes over a lock of which nobody here can tell whether its owner lives
 * @throws Unreadable when the lock cannot be read or written
 */
export function takeLock(path: string, request: LockRequest): LockResult {
  const { processes = localProcesses, command, since } = request;
  const owner: LockOwner = {
    pid: processes.pid,
    host: processes.host,
    space: processes.space,
    started: processes.startTime(processes.pid),
    command,
    since,
  };
  const text = lockText(owner);
  const taking: Taking = { path, text, temporary: besideLock(path, 'new', text), request, processes };
  try {
    write(taking);
    for (let round = 0; round < mostRounds; round++) {
      if (linkText(taking.temporary, path, text)) return new HeldLock(path, text, owner);
      const found = readLock(path);
      if (found === undefined) continue;
      const refused = refusal(found, taking);
      if (refused !== undefined) return refused;
      const answer = succeed(found, taking);
      if (answer === 'ours') {
        const from = found.owner === 'damaged' ? undefined : found.owner;
        return new HeldLock(path, text, owner, { from });
      }
      if (answer !== 'again') return answer;
    }
    throw new Unreadable(`the lock ${path} changes hands all the time; try again`);
  } finally {
    rmSync(taking.temporary, { force: true });
  }
}

/**
 * Who holds a lock and whether that owner lives, for those who only look; undefined when nobody holds it.
 * @param path the lock file
 * @param processes the processes of this machine
 */
export function lockHolder(
  path: string,
  processes: Processes,
): { readonly owner: LockOwner; readonly life: 'alive' | 'dead' | 'unknown' } | undefined {
  const owner = readLock(path)?.owner;
  return owner === undefined || owner === 'damaged' ? undefined : { owner, life: lifeOf(owner, processes) };
}

interface Taking {
  readonly path: string;
  /** The text of our lock file, complete in the temporary one. */
  readonly text: string;
  readonly temporary: string;
  readonly request: LockRequest;
  readonly processes: Processes;
}

function write({ temporary, text }: Taking): void {
  try {
    makeDir(dirname(temporary));
    writeFileSync(temporary, text);
  } catch (error) {
    throw new Unreadable(`the lock cannot be written: ${(error as Error).message}`);
  }
}

/** Why what stands there must be respected; undefined when its owner is dead, or given up by the user. */
function refusal({ owner }: LockText, { processes, request }: Taking): LockRefused | undefined {
  if (owner === 'damaged') return undefined;
  const life = lifeOf(owner, processes);
  const respected = life === 'alive' || (life === 'unknown' && request.breakLock !== true);
  return respected ? { held: false, owner, life } : undefined;
}

/**
 * Puts our lock in place of one that nobody holds any more. A lock is replaced only by who has the claim on its very
 * text, and a claim is a name that one alone can make; so of many who come at once only one removes it, and none removes
 * the lock of who was faster. When the holder of a claim has died too, the claim on its text decides, and so on: everybody
 * walks the same way, to its one living end.
 */
function succeed(found: LockText, taking: Taking): 'ours' | 'again' | LockRefused {
  const { path, text, temporary } = taking;
  const claims: string[] = [];
  for (let before = found.text; ; ) {
    const claim = besideLock(path, 'after', before);
    claims.push(claim);
    if (linkText(temporary, claim, text)) break;
    const other = readLock(claim);
    if (other === undefined || readLock(path)?.text !== found.text) return 'again';
    // An owner claims its own lock while it releases it. If it died there, the way goes on under another name.
    const releasing = other.text === before;
    const refused = refusal(other, taking);
    if (refused !== undefined) return refused;
    before = releasing ? `${before}released` : other.text;
  }
  if (readLock(path)?.text !== found.text || !replace(taking)) {
    rmSync(claims.at(-1) as string, { force: true });
    return 'again';
  }
  for (const claim of claims) rmSync(claim, { force: true });
  return 'ours';
}

/** Renames our file over the lock; a network file system may say that it is gone because the rename was made. */
function replace({ temporary, path, text }: Taking): boolean {
  try {
    renameSync(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return readLock(path)?.text === text;
  }
}
