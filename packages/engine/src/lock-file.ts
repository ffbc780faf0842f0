// A LockFile is the text by which somebody holds something, and the name it stands under: made by link, so never seen half.
import { digestText } from './digest.ts';
import { Unreadable } from './failure.ts';
import { linkSync, readFileSync } from './fs.ts';
import type { ProcessSpace } from './processes.ts';

/** Who holds the lock. */
export interface LockOwner {
  readonly pid: number;
  readonly host: string;
  readonly space?: ProcessSpace;
  readonly started: string;
  readonly command: string;
  readonly since: string;
}

/** What a lock file holds: its text, and the owner it names when it can be read as one. */
export interface LockText {
  readonly text: string;
  readonly owner: LockOwner | 'damaged';
}

/** The text by which an owner holds a lock. */
export function lockText(owner: LockOwner): string {
  return `${JSON.stringify(owner)}\n`;
}

/**
 * Reads a lock file; undefined when there is none.
 * @throws Unreadable when something is there that cannot be read
 */
export function readLock(path: string): LockText | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // On a network file system a file that was replaced while it was opened is stale: as good as gone.
    if (code === 'ENOENT' || code === 'ESTALE') return undefined;
    throw new Unreadable(`the lock cannot be read: ${message}`);
  }
  return { text, owner: ownerIn(text) };
}

/** The owner of a lock, undefined when there is none. */
export function readOwner(path: string): LockOwner | 'damaged' | undefined {
  return readLock(path)?.owner;
}

function ownerIn(text: string): LockOwner | 'damaged' {
  try {
    const owner = JSON.parse(text) as LockOwner;
    return typeof owner.pid === 'number' && typeof owner.host === 'string' ? owner : 'damaged';
  } catch {
    return 'damaged';
  }
}

/**
 * Links a complete file to a name that nobody has yet. The answer of a network file system may be lost although the link
 * was made, and the repeated call then finds the name taken: so what stands there decides.
 * @returns whether the name now holds `text`
 */
export function linkText(from: string, to: string, text: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST') throw error;
    return readLock(to)?.text === text;
  }
}

/** A name for a text, beside a lock: what it is for cannot be meant for another text. */
export function besideLock(path: string, word: 'new' | 'after', text: string): string {
  return `${path}.${word}-${digestText(text).slice(7, 23)}`;
}
