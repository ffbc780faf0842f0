// Calls that are made of many: `mkdir -p`, `rm -r`, `cp -r` and `realpath`, step by step as Node makes them.
import { type CopySyncOptions, constants, type RmOptions } from 'node:fs';
import { posix } from 'node:path';
import { type Code, diskError, nodeError } from './memory-disk-error.ts';
import type { OpenFiles } from './memory-disk-files.ts';
import type { Inode } from './memory-disk-inode.ts';
import { expectDone, type Names } from './memory-disk-names.ts';
import type { Volume } from './memory-disk-volume.ts';

export class Trees {
  constructor(
    private readonly volume: Volume,
    private readonly names: Names,
    private readonly files: OpenFiles,
  ) {}

  /** Makes a folder and all that are missing above it; the answer is the first one that was made. */
  makeAll(path: string, mode: number): string | undefined {
    const missing = [path];
    let first: string | undefined;
    for (let next = missing.pop(); next !== undefined; next = missing.pop()) {
      const code = this.names.mkdir(next, mode);
      if (code === undefined) {
        first ??= next;
        continue;
      }
      const above = next.slice(0, Math.max(0, next.lastIndexOf('/')));
      if (code === 'ENOENT' && next.includes('/')) missing.push(next, above);
      else if (code === 'EACCES' || code === 'ENOTDIR') throw diskError(code, 'mkdir', path);
      else this.expectFolder(next, { path, below: missing.length });
    }
    return first;
  }

  private expectFolder(at: string, whole: { path: string; below: number }): void {
    const inode = this.volume.find(at);
    if (typeof inode === 'string') throw diskError(inode, 'mkdir', whole.path);
    if (inode.kind !== 'folder') throw diskError(whole.below > 0 ? 'ENOTDIR' : 'EEXIST', 'mkdir', whole.path);
  }

  remove(path: string, { force = false, recursive = false }: RmOptions): void {
    if (!force || !recursive) {
      const inode = this.volume.find(path, false);
      if (inode === 'ENOENT' && force) return;
      if (typeof inode === 'string') throw diskError(inode, 'lstat', path);
      if (inode.kind === 'folder' && !recursive)
        throw nodeError('ERR_FS_EISDIR', `Path is a directory: rm returned EISDIR (is a directory) ${path}`);
    }
    this.removeAll(path);
  }

  private removeAll(path: string): void {
    const inode = this.volume.find(path, false);
    if (inode === 'ENOENT') return;
    if (typeof inode === 'string' || inode.kind !== 'folder') {
      const code = this.names.unlink(path);
      if (code !== 'ENOENT') expectDone(code, 'unlink', path);
      return;
    }
    let code = this.names.rmdir(path);
    if (code === 'ENOTEMPTY') {
      const entries = this.names.entries(path);
      if (typeof entries === 'string') throw diskError(entries, 'scandir', path);
      for (const [name] of entries) this.removeAll(posix.join(path, name));
      code = this.names.rmdir(path);
    }
    if (code !== 'ENOENT') expectDone(code, 'rmdir', path);
  }

  /** Copies a file into another one. As libuv does it, what could not be copied leaves no target. */
  copyFile(from: string, to: string, mode: number): void {
    expectDone(this.copyContent(from, to, mode), 'copyfile', from, to);
  }

  private copyContent(from: string, to: string, mode: number): Code | undefined {
    const source = this.volume.find(from);
    if (typeof source === 'string') return source;
    if ((source.mode & 0o400) === 0) return 'EACCES';
    const excl = (mode & constants.COPYFILE_EXCL) === 0 ? 0 : constants.O_EXCL;
    const fd = this.files.tryOpen(to, constants.O_WRONLY | constants.O_CREAT | excl, source.mode);
    if (typeof fd === 'string') return fd;
    try {
      const target = this.files.descriptor(fd, 'copyfile').inode;
      if (target === source) return undefined;
      if (source.kind !== 'file' || target.kind !== 'file') return this.names.unlink(to) ?? 'EISDIR';
      this.files.truncate(fd, 0);
      target.mode = source.mode;
      this.files.writeAll(fd, source.content);
      return undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      return this.names.unlink(to) ?? 'ENOSPC';
    } finally {
      this.files.close(fd);
    }
  }

  /** Copies a file, a link or a folder with all in it; links are copied as they are. */
  copy(from: string, to: string, options: CopySyncOptions): void {
    const source = this.volume.find(from, false);
    if (typeof source === 'string') throw diskError(source, 'lstat', from);
    const target = this.volume.find(to, false);
    if (typeof target === 'string' && target !== 'ENOENT') throw diskError(target, 'lstat', to);
    expectCopyable(source, target, [from, to]);
    this.makeAll(posix.dirname(posix.resolve(this.volume.cwd, to)), 0o777);
    this.copyInto(from, to, options);
  }

  private copyInto(from: string, to: string, options: CopySyncOptions): void {
    const source = this.volume.find(from, false);
    if (typeof source === 'string') throw diskError(source, 'lstat', from);
    const found = this.volume.find(to, false);
    const target = typeof found === 'string' ? undefined : found;
    expectCopyable(source, target, [from, to]);
    if (source.kind === 'folder') {
      if (options.recursive !== true)
        throw nodeError('ERR_FS_EISDIR', `Path is a directory: cp returned EISDIR (${from} is a directory)`);
      if (target === undefined) expectDone(this.names.mkdir(to, 0o777), 'mkdir', to);
      const entries = this.names.entries(from);
      if (typeof entries === 'string') throw diskError(entries, 'scandir', from);
      for (const [name] of entries) this.copyInto(posix.join(from, name), posix.join(to, name), options);
      const made = this.volume.find(to);
      if (target === undefined && typeof made !== 'string' && made.kind === 'folder') made.mode = source.mode;
      return;
    }
    if (target !== undefined) {
      if (options.force === false && options.errorOnExist === true)
        throw nodeError(
          'ERR_FS_CP_EEXIST',
          `Target already exists: cp returned EEXIST (${to} already exists)`,
        );
      if (options.force === false) return;
      expectDone(this.names.unlink(to), 'unlink', to);
    }
    if (source.kind === 'link')
      expectDone(this.names.symlink(source.target, to), 'symlink', source.target, to);
    else this.copyFile(from, to, options.mode ?? 0);
  }

  /** The path without links, found one part after the other as Node does it: `..` is taken away first. */
  realpath(path: string): string {
    let parts = posix.resolve(this.volume.cwd, path).split('/').filter(Boolean);
    let real = '';
    for (let links = 0; parts.length > 0; ) {
      const at = `${real}/${parts[0]}`;
      const inode = this.volume.find(at, false);
      if (typeof inode === 'string') throw diskError(inode, 'lstat', at);
      parts = parts.slice(1);
      if (inode.kind !== 'link') {
        real = at;
        continue;
      }
      const end = this.volume.find(at);
      if (typeof end === 'string' || ++links > 1000)
        throw diskError(typeof end === 'string' ? end : 'ELOOP', 'stat', at);
      parts = [
        ...posix
          .resolve(real || '/', inode.target)
          .split('/')
          .filter(Boolean),
        ...parts,
      ];
      real = '';
    }
    return real || '/';
  }
}

function expectCopyable(source: Inode, target: Inode | Code | undefined, [from, to]: [string, string]): void {
  const fail = (code: string, why: string): never => {
    throw nodeError(`ERR_FS_CP_${code}`, `cp: ${why} (${from} -> ${to})`);
  };
  const there = typeof target === 'string' ? undefined : target;
  if (there === source) fail('EINVAL', 'src and dest cannot be the same');
  if (there !== undefined && source.kind === 'folder' && there.kind !== 'folder')
    fail('DIR_TO_NON_DIR', 'cannot overwrite non-directory with directory');
  if (there !== undefined && source.kind !== 'folder' && there.kind === 'folder')
    fail('NON_DIR_TO_DIR', 'cannot overwrite directory with non-directory');
  const inside = `${posix.resolve(to)}/`.startsWith(`${posix.resolve(from)}/`);
  if (source.kind === 'folder' && inside) fail('EINVAL', 'cannot copy to a subdirectory of self');
}
