// The FileState is a memo of digests by stat signature: a hint that a known digest may be used again, never evidence.

import { hash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { digestFile } from './digest.ts';
import { writeAtomic } from './disk.ts';
import { lstatSync, readFileSync, statSync } from './fs.ts';

// Format, version 2. Line 1: `evalmake-filestate 2 <first 16 hex digits of the sha256 of all that follows it>`. Then one
// line per file:  <signature> <digest> <path>
// signature = size:mtimeMs:ctimeMs:inode:device; the times are doubles, which tell a quarter of a microsecond apart.
// A sum that is wrong means that nothing in the file is used: one flipped digit could make a stale file look known.
// Deleting the file is always safe and costs one re-hash of everything.
const header = 'evalmake-filestate 2';

/** Changes this close to the moment of reading could hide a second change with an equal signature. */
export const racyWindowMs = 2000;

/** After this long the kernel has written back what was written to a file; Linux does so after half a minute. */
export const writeBackMs = 120_000;

/** Digests of files, reused while their signatures stay the same. */
export class FileState {
  private known: Map<string, string> | undefined;
  /** Paths are short where the workspace is the current folder: the kernel walks fewer of their parts. */
  private readonly prefix: string;
  private changed = false;

  /**
   * @param root the workspace
   * @param file where the memo is kept, or undefined to keep none
   * @param nowMs the clock, milliseconds since 1970
   * @param boot names this boot of the machine, '' where nothing tells; not given when the memo is kept by nobody else
   */
  constructor(
    root: string,
    private readonly file: string | undefined,
    private readonly nowMs: () => number,
    private readonly boot?: string,
  ) {
    this.prefix = process.cwd() === root ? '' : `${root}/`;
  }

  /** Digest and size of a file, or undefined when there is none. Directories give 'dir'. */
  digest(path: string): { digest: string; bytes: number } | 'dir' | undefined {
    const full = path.startsWith('/') ? path : this.prefix + path;
    const stat = statOf(full);
    if (stat === undefined) return undefined;
    if (stat.isDirectory()) return 'dir';
    // Reading a pipe would wait for somebody to write into it.
    if (!stat.isFile()) return undefined;
    const signature = signatureOf(stat);
    const table = this.load();
    const known = table.get(path);
    if (known?.startsWith(signature) === true && known[signature.length] === ' ')
      return { digest: known.slice(signature.length + 1), bytes: stat.size };
    const made = readable(full);
    if (made === undefined) return undefined;
    this.keep(path, {
      stat,
      after: statSync(full, { throwIfNoEntry: false }),
      digest: made.digest,
      had: known !== undefined,
    });
    return made;
  }

  /** Keeps a digest only when the file cannot have changed unseen: same signature after reading, and old enough. */
  private keep(
    path: string,
    seen: { stat: Stats; after: Stats | undefined; digest: string; had: boolean },
  ): void {
    const table = this.load();
    const signature = signatureOf(seen.stat);
    const newest = Math.max(seen.stat.mtimeMs, seen.stat.ctimeMs);
    const settled =
      this.nowMs() - newest > racyWindowMs &&
      seen.after !== undefined &&
      signatureOf(seen.after) === signature;
    if (settled) table.set(path, `${signature} ${seen.digest}`);
    else if (seen.had) table.delete(path);
    if (settled || seen.had) this.changed = true;
  }

  private load(): Map<string, string> {
    if (this.known !== undefined) return this.known;
    const table = new Map<string, string>();
    this.known = table;
    if (this.file === undefined) return table;
    const text = summed(this.file);
    let at = text.indexOf('\n') + 1;
    const [boot = '', saved = ''] = text.slice(0, Math.max(0, at - 1)).split(' ');
    const restful =
      this.boot === undefined || (boot !== '-' && boot === this.boot) ? undefined : Number(saved);
    while (at < text.length) {
      let end = text.indexOf('\n', at);
      if (end < 0) end = text.length;
      const one = text.indexOf(' ', at);
      const two = text.indexOf(' ', one + 1);
      const whole = one > at && two > one && two < end && two - one === 72;
      if (whole && (restful === undefined || restedBy(text.slice(at, one), restful))) {
        table.set(text.slice(two + 1, end), text.slice(at, two));
      }
      at = end + 1;
    }
    return table;
  }

  /** Writes the memo back when it has changed. A failure costs only time, so it is not an error. */
  save(): void {
    if (!this.changed || this.file === undefined || this.known === undefined) return;
    const lines: string[] = [];
    for (const [path, known] of this.known) if (!path.includes('\n')) lines.push(`${known} ${path}\n`);
    const text = `${this.boot || '-'} ${this.nowMs()}\n${lines.join('')}`;
    try {
      writeAtomic(this.file, `${header} ${sumOf(text)}\n${text}`, false);
      this.changed = false;
    } catch {
      // A full or read-only disk: the next build hashes again.
    }
  }
}

function sumOf(content: string | Uint8Array): string {
  return hash('sha256', content, 'hex').slice(0, 16);
}

/** What a memo holds behind its first line; nothing when it is not there, of another version, or damaged. */
function summed(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch {
    return '';
  }
  const end = bytes.indexOf(0x0a);
  const rest = bytes.subarray(end + 1);
  return bytes.toString('latin1', 0, Math.max(0, end)) === `${header} ${sumOf(rest)}` ? rest.toString() : '';
}

/**
 * Whether a file had been at rest for long when the memo was saved. After a power cut the file system may have kept its
 * size and times and not its content, when that had not yet been written back.
 */
function restedBy(signature: string, savedMs: number): boolean {
  const [, modified, changed] = signature.split(':');
  return savedMs - Math.max(Number(modified), Number(changed)) > writeBackMs;
}

function signatureOf(stat: Stats): string {
  return `${stat.size}:${stat.mtimeMs}:${stat.ctimeMs}:${stat.ino}:${stat.dev}`;
}

/** Status of what a path leads to. A path that cannot name a file (too long, through a file, a loop of links) names none. */
export function statOf(full: string): Stats | undefined {
  try {
    return statSync(full, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** A file that may not be read is as good as missing: it is never taken for unchanged. */
function readable(full: string): { digest: string; bytes: number } | undefined {
  try {
    return digestFile(full);
  } catch {
    return undefined;
  }
}

/** Status of what stands at a path, links not followed; a path that cannot name a file names none. */
export function lstatOf(full: string): Stats | undefined {
  try {
    return lstatSync(full, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Whether anything is at a path, a broken link included. */
export function present(path: string): boolean {
  return lstatOf(path) !== undefined;
}
