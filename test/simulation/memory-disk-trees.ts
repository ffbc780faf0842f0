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
      for (const [name] of entries) this.removeAll(`${path}/${name}`);
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
      this.files.truncate(fd, 0);
      if (target.kind === 'file') target.mode = source.mode;
      if (source.kind !== 'file') return this.names.unlink(to) ?? 'EISDIR';
      this.files.writeAll(fd, source.content);
      return undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      return this.names.unlink(to) ?? 'ENOSPC';
    } finally {
      this.files.close(fd);
    }
  }

  /**
   * Copies a file, a link or a folder with all in it to where nothing is; links are copied as they are. What Node does
   * when something is there is not modelled.
   */
  copy(from: string, to: string, options: CopySyncOptions): void {
    const source = this.volume.find(from, false);
    if (typeof source === 'string') throw diskError(source, 'lstat', from);
    const target = this.volume.find(to, false);
    if (target !== 'ENOENT' && typeof target === 'string') throw diskError(target, 'lstat', to);
    if (target !== 'ENOENT') throw new Error(`not modelled: cp onto ${to}, which exists`);
    const [start, end] = [posix.resolve(this.volume.cwd, from), posix.resolve(this.volume.cwd, to)];
    if (source.kind === 'folder' && `${end}/`.startsWith(`${start}/`)) throw intoItself(to);
    this.expectOutside(source, posix.dirname(start), to);
    if (source.kind === 'folder' && options.recursive !== true)
      throw nodeError('ERR_FS_EISDIR', `Path is a directory: cp returned EISDIR (${from} is a directory)`);
    const above = posix.dirname(to);
    if (typeof this.volume.find(above) === 'string') this.makeAll(above, 0o777);
    this.copyInto(from, to, options.mode ?? 0);
  }

  private copyInto(from: string, to: string, mode: number): void {
    const source = this.volume.find(from, false);
    if (typeof source === 'string') throw diskError(source, 'lstat', from);
    if (source.kind === 'file') this.copyFile(from, to, mode);
    else if (source.kind === 'link')
      expectDone(this.names.symlink(source.target, to), 'symlink', source.target, to);
    else {
      expectDone(this.names.mkdir(to, 0o777), 'mkdir', to);
      const entries = this.names.entries(from);
      if (typeof entries === 'string') throw diskError(entries, 'scandir', from);
      for (const [name] of entries) this.copyInto(posix.join(from, name), posix.join(to, name), mode);
      const made = this.volume.find(to);
      if (typeof made !== 'string' && made.kind === 'folder') made.mode = source.mode;
    }
  }

  /** Throws when the target lies in the source by way of a link. */
  private expectOutside(source: Inode, sourceParent: string, to: string): void {
    const parent = posix.resolve(this.volume.cwd, posix.dirname(to));
    if (parent === sourceParent || parent === '/') return;
    const inode = this.volume.find(parent);
    if (inode === 'ENOENT') return;
    if (typeof inode === 'string') throw diskError(inode, 'stat', parent);
    if (inode === source) throw intoItself(to);
    this.expectOutside(source, sourceParent, parent);
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

const intoItself = (to: string): Error =>
  nodeError('ERR_FS_CP_EINVAL', `cp: cannot copy to a subdirectory of self (${to})`);
