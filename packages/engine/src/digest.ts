// Digests: sha256 of texts, files and directories, read with one reused buffer because that is the fastest in Node.
import { createHash, hash } from 'node:crypto';
import { byCodeUnit } from '@evalmake/core';
import { Unreadable } from './failure.ts';
import { closeSync, openSync, readdirSync, readlinkSync, readSync, statSync } from './fs.ts';

let buffer: Buffer | undefined;

/** `sha256:` and the hex digest of a text, or of bytes. */
export function digestText(text: string | Uint8Array): string {
  return `sha256:${hash('sha256', text, 'hex')}`;
}

/** `sha256:` and the hex digest of a file's content. Throws what opening and reading throw. */
export function digestFile(path: string): { digest: string; bytes: number } {
  buffer ??= Buffer.allocUnsafeSlow(1 << 20);
  const fd = openSync(path, 'r');
  try {
    let n = fill(fd, buffer);
    if (n < buffer.length)
      return { digest: `sha256:${hash('sha256', buffer.subarray(0, n), 'hex')}`, bytes: n };
    const sum = createHash('sha256');
    let bytes = 0;
    for (; n > 0; n = fill(fd, buffer)) {
      sum.update(buffer.subarray(0, n));
      bytes += n;
    }
    return { digest: `sha256:${sum.digest('hex')}`, bytes };
  } finally {
    closeSync(fd);
  }
}

/** Fills a buffer as far as the file goes: some file systems give less than was asked for before the end. */
function fill(fd: number, into: Buffer): number {
  let have = 0;
  while (have < into.length) {
    const n = readSync(fd, into, have, into.length - have, null);
    if (n === 0) break;
    have += n;
  }
  return have;
}

/** One thing inside a directory, for its digest. */
export interface DirEntry {
  /** Relative to the directory, with `/`. */
  readonly path: string;
  readonly kind: 'file' | 'dir' | 'link';
}

/** Everything below a directory in code-unit order, links not followed. */
export function listDir(root: string): DirEntry[] {
  const out: DirEntry[] = [];
  const walk = (dir: string, prefix: string): void => {
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      const path = `${prefix}${entry.name}`;
      if (entry.isDirectory()) {
        out.push({ path, kind: 'dir' });
        walk(`${dir}/${entry.name}`, `${path}/`);
      } else out.push({ path, kind: entry.isSymbolicLink() ? 'link' : 'file' });
    }
  };
  walk(root, '');
  return out.sort((a, b) => byCodeUnit(a.path, b.path));
}

/**
 * Digest of a directory: sorted relative paths, kind, exec bit and content of all below it.
 * @param root the directory
 * @param fileDigest digest of one file by its full path (cached by the caller)
 * @param listing names and sizes only, without reading content
 * @throws Unreadable when something in it is not there under its name
 */
export function digestDir(
  root: string,
  fileDigest: (path: string) => string,
  listing = false,
): { digest: string; bytes: number } {
  const sum = createHash('sha256');
  let bytes = 0;
  for (const { path, kind } of listDir(root)) {
    const full = `${root}/${path}`;
    if (kind === 'dir') sum.update(`dir ${path}\0`);
    else if (kind === 'link') sum.update(`link ${path}\0${readlinkSync(full)}\0`);
    else {
      const stat = statSync(full, { throwIfNoEntry: false });
      // Left out it would count for nothing, and whatever changed in it would be called fresh.
      if (stat === undefined)
        throw new Unreadable(`"${full}" cannot be read: its name is no UTF-8, or it vanished just now`);
      bytes += stat.size;
      const exec = (stat.mode & 0o111) !== 0 ? 'x' : '-';
      sum.update(`file ${exec} ${path}\0${listing ? stat.size : fileDigest(full)}\0`);
    }
  }
  return { digest: `sha256:${sum.digest('hex')}`, bytes };
}
