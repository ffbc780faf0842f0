// The disk: small synchronous file operations that are atomic and durable where a record depends on them.
import { constants, type Dirent } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  closeSync,
  copyFileSync,
  cpSync,
  fdatasyncSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  unlinkSync,
  writeSync,
} from './fs.ts';

/** Makes a folder and all above it. */
export function makeDir(path: string): void {
  mkdirSync(path, { recursive: true });
}

/**
 * Removes a small folder of ours with a few calls: `rm -r` as Node does it costs a millisecond, and every task has one.
 * Links are removed, never followed; what is not there is fine.
 * @throws ENOTEMPTY when something is just written there, or a shared disk still says that a file is missing
 */
export function removeFolder(path: string): void {
  let entries: Dirent[];
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch {
    return;
  }
  for (const entry of entries) {
    const inner = `${path}/${entry.name}`;
    if (entry.isDirectory()) removeFolder(inner);
    else unlessMissing(() => unlinkSync(inner));
  }
  rmdirSync(path);
}

function unlessMissing(call: () => void): void {
  try {
    call();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Opens a file; when its folder is missing, makes the folder and opens it then. */
export function openMaking(path: string, flags: string): number {
  try {
    return openSync(path, flags, 0o666);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    makeDir(dirname(path));
    return openSync(path, flags, 0o666);
  }
}

/** Removes a file or a whole folder; one that is not there is fine. */
export function remove(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

/** What is written to a file, as a whole or in parts. */
type Content = string | Uint8Array | readonly string[];

/**
 * Writes a file so that readers see the old content or the new, and a crash leaves one of the two.
 * @param path where the content shall be
 * @param content the whole new content, or its parts one after the other
 * @param durable whether to wait until it would survive a power cut
 */
export function writeAtomic(path: string, content: Content, durable = true): void {
  replace(path, content, { durable, still: () => true });
}

/**
 * Writes a file like `writeAtomic`, durably, unless something has changed in the last moment.
 * @param still asked right before the rename; `false` leaves everything as it is
 * @returns whether the file was written
 */
export function writeAtomicIf(path: string, content: Content, still: () => boolean): boolean {
  return replace(path, content, { durable: true, still });
}

function replace(
  path: string,
  content: Content,
  { durable, still }: { readonly durable: boolean; readonly still: () => boolean },
): boolean {
  const temporary = temporaryOf(path);
  const fd = openMaking(temporary, 'w');
  try {
    try {
      if (typeof content === 'string' || content instanceof Uint8Array) writeAll(fd, content);
      else for (const part of content) writeAll(fd, part);
      if (durable) fdatasyncSync(fd);
    } finally {
      closeSync(fd);
    }
    if (!still()) {
      rmSync(temporary, { force: true });
      return false;
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  if (durable) syncDir(dirname(path));
  return true;
}

/** A name beside a path for what becomes it: hidden, so that no glob of a user matches one that a crash left. */
export function temporaryOf(path: string): string {
  return join(dirname(path), `.${basename(path).slice(0, 200)}.tmp-${process.pid}`);
}

/** Writes all of a content at the file's position; a short write is continued. */
export function writeAll(fd: number, content: string | Uint8Array): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  let at = 0;
  while (at < bytes.length) at += writeSync(fd, bytes, at, bytes.length - at);
}

/** Makes renames inside a folder durable; file systems that cannot are left alone. */
export function syncDir(path: string): void {
  try {
    const fd = openSync(path, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch {
    // Some network file systems refuse to sync folders; the rename itself has happened.
  }
}

/** Makes all files below a folder durable, and the folders themselves. */
export function syncTree(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) syncTree(inner);
    else if (entry.isFile()) syncFile(inner);
  }
  syncDir(path);
}

/** Makes what a file holds durable. */
export function syncFile(path: string): void {
  const fd = openSync(path, 'r+');
  try {
    fdatasyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Renames a file or a folder into place; across devices it is copied beside the place first. */
export function moveInto(from: string, to: string): void {
  try {
    renameMaking(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    const beside = temporaryOf(to);
    try {
      copyAll(from, beside);
      renameSync(beside, to);
    } catch (failed) {
      remove(beside);
      throw failed;
    }
    remove(from);
  }
}

/** Copies a file or a folder with all in it; links stay links. */
function copyAll(from: string, to: string): void {
  makeDir(dirname(to));
  remove(to);
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE });
}

function renameMaking(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    makeDir(dirname(to));
    renameSync(from, to);
  }
}

/**
 * Copies a file, sharing its blocks where the file system can. It gets its name when it is whole: after a crash a copy
 * is put back in place of what it was made of, and half of one would be the end of that.
 * @param making the name of the copy until then, on the same file system
 */
export function copyFile(from: string, to: string, making: string): void {
  makeDir(dirname(to));
  try {
    copyFileSync(from, making, constants.COPYFILE_FICLONE);
    renameSync(making, to);
  } catch (error) {
    rmSync(making, { force: true });
    throw error;
  }
}
