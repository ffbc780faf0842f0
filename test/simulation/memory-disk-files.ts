// The open files of the disk in memory: descriptors with their positions, reading, writing and syncing.
import { constants } from 'node:fs';
import { type Code, Died, diskError, nodeError } from './memory-disk-error.ts';
import type { Faults } from './memory-disk-faults.ts';
import type { FileInode, Inode, Mark } from './memory-disk-inode.ts';
import type { Spot, Volume } from './memory-disk-volume.ts';

const { O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_RDWR, O_SYNC, O_TRUNC, O_WRONLY } =
  constants;

const flagNumbers = new Map<string, number>(
  Object.entries({
    r: O_RDONLY,
    'r+': O_RDWR,
    w: O_TRUNC | O_CREAT | O_WRONLY,
    wx: O_TRUNC | O_CREAT | O_WRONLY | O_EXCL,
    'w+': O_TRUNC | O_CREAT | O_RDWR,
    'wx+': O_TRUNC | O_CREAT | O_RDWR | O_EXCL,
    a: O_APPEND | O_CREAT | O_WRONLY,
    ax: O_APPEND | O_CREAT | O_WRONLY | O_EXCL,
    'a+': O_APPEND | O_CREAT | O_RDWR,
    'ax+': O_APPEND | O_CREAT | O_RDWR | O_EXCL,
    rs: O_RDONLY | O_SYNC,
    'rs+': O_RDWR | O_SYNC,
    as: O_APPEND | O_CREAT | O_WRONLY | O_SYNC,
  }),
);

function numberOf(flags: string | number): number {
  if (typeof flags === 'number') return flags;
  const number = flagNumbers.get(flags);
  if (number === undefined)
    throw nodeError('ERR_INVALID_ARG_VALUE', `The argument 'flags' is invalid. Received '${flags}'`);
  return number;
}

/** An open file or folder. */
interface Descriptor {
  readonly path: string;
  readonly inode: Inode;
  readonly reads: boolean;
  readonly writes: boolean;
  readonly appends: boolean;
  position: number;
}

/** A `fdatasync` that has begun. Its file is durable, and its caller goes on, when it is ended from outside. */
export interface PendingSync {
  readonly path: string;
  /** Ends it: what was written before it began is durable. */
  finish(): void;
  /** Ends it with an error: nothing is known to be durable. */
  fail(error: Error): void;
}

export class OpenFiles {
  private readonly open = new Map<number, Descriptor>();
  // Numbers are never given twice: a descriptor of a process that died is bad for ever, and not somebody else's.
  private nextFd = 1000;
  /** Syncs that have begun and not ended, oldest first. */
  readonly syncs: PendingSync[] = [];
  capacity = Number.POSITIVE_INFINITY;

  constructor(
    private readonly volume: Volume,
    private readonly faults: Faults,
  ) {}

  /** Closes all descriptors and drops what is under way: their process is gone. */
  closeAll(): void {
    for (const fd of [...this.open.keys()]) this.close(fd);
    this.syncs.length = 0;
  }

  openFile(path: string, flags: string | number, mode: number): number {
    const fd = this.tryOpen(path, numberOf(flags), mode);
    if (typeof fd === 'string') throw diskError(fd, 'open', path);
    return fd;
  }

  /** Opens a file by flags in bits; what is wrong is an answer. */
  tryOpen(path: string, bits: number, mode: number): number | Code {
    const found = (bits & O_CREAT) === 0 ? this.existing(path, bits) : this.created(path, bits, mode);
    if (typeof found === 'string') return found;
    const access = bits & 3;
    const [reads, writes] = [access !== O_WRONLY, access !== O_RDONLY];
    if (found.inode.kind === 'file' && (bits & O_TRUNC) !== 0 && !found.fresh) this.cut(found.inode, 0);
    const appends = (bits & O_APPEND) !== 0;
    const fd = this.nextFd++;
    found.inode.opens++;
    this.open.set(fd, { path, inode: found.inode, reads, writes, appends, position: 0 });
    return fd;
  }

  private existing(path: string, bits: number): { inode: Inode; fresh: boolean } | Code {
    const inode = this.volume.find(path, (bits & O_NOFOLLOW) === 0);
    return typeof inode === 'string' ? inode : this.allowed(inode, path, bits);
  }

  private allowed(inode: Inode, path: string, bits: number): { inode: Inode; fresh: boolean } | Code {
    const access = bits & 3;
    const changes = access !== O_RDONLY || (bits & O_TRUNC) !== 0;
    if (inode.kind === 'link') return 'ELOOP';
    if ((bits & O_DIRECTORY) !== 0 && inode.kind !== 'folder') return 'ENOTDIR';
    if (inode.kind === 'folder' && (changes || (bits & O_CREAT) !== 0)) return 'EISDIR';
    if (access !== O_WRONLY && (inode.mode & 0o400) === 0) return 'EACCES';
    if (changes && (inode.mode & 0o200) === 0) return 'EACCES';
    if (changes) this.faults.change('open', path);
    return { inode, fresh: false };
  }

  private created(path: string, bits: number, mode: number): { inode: Inode; fresh: boolean } | Code {
    let spot: Spot | Code = this.volume.spot(path);
    for (let links = 0; typeof spot !== 'string'; ) {
      const { folder, inode } = spot;
      if (spot.isName && spot.slash) return 'EISDIR';
      if (inode !== undefined && (bits & O_EXCL) !== 0) return 'EEXIST';
      if (!spot.isName) return 'EISDIR';
      if (inode?.kind === 'link' && (bits & O_NOFOLLOW) === 0) {
        if (++links > 40) return 'ELOOP';
        spot = this.volume.spot(inode.target, folder);
        continue;
      }
      if (inode !== undefined) return this.allowed(inode, path, bits);
      if ((folder.mode & 0o200) === 0) return 'EACCES';
      this.faults.change('open', path);
      const file = this.volume.newFile(mode);
      this.volume.add(folder, spot.name, file);
      return { inode: file, fresh: true };
    }
    return spot;
  }

  close(fd: number): void {
    const { inode } = this.descriptor(fd, 'close');
    this.open.delete(fd);
    inode.opens--;
    if (inode.kind !== 'folder') this.volume.release(inode);
  }

  descriptor(fd: number, call: string): Descriptor {
    const found = this.open.get(fd);
    if (found === undefined) throw diskError('EBADF', call);
    return found;
  }

  /** Reads into a buffer, at a place or (null) where the last read ended. */
  read(fd: number, into: Uint8Array, position: number | null): number {
    const file = this.descriptor(fd, 'read');
    if (!file.reads) throw diskError('EBADF', 'read');
    if (file.inode.kind !== 'file') throw diskError('EISDIR', 'read');
    const at = position ?? file.position;
    const end = Math.min(file.inode.size, at + into.length);
    if (end <= at) return 0;
    into.set(file.inode.bytes.subarray(at, end));
    if (position === null) file.position = end;
    return end - at;
  }

  /** All that is left to read. */
  readRest(fd: number): Buffer {
    const { inode, position } = this.descriptor(fd, 'fstat');
    const bytes = Buffer.allocUnsafe(inode.kind === 'file' ? Math.max(0, inode.size - position) : 1);
    const read = this.read(fd, bytes, null);
    return bytes.subarray(0, read);
  }

  /** Writes as much as fits, at a place or (null) where the last write ended; files for appending only grow. */
  write(fd: number, from: Uint8Array, position: number | null): number {
    const file = this.descriptor(fd, 'write');
    const { inode } = file;
    if (!file.writes || inode.kind !== 'file') throw diskError('EBADF', 'write');
    if (from.length === 0) return 0;
    const fault = this.faults.write(file.path, from.length);
    const at = file.appends ? inode.size : (position ?? file.position);
    const room = this.capacity - this.volume.used + Math.max(0, inode.size - at);
    const bytes = Math.min(fault.bytes, Math.max(0, room));
    if (bytes === 0 && fault.bytes > 0) throw diskError('ENOSPC', 'write');
    if (bytes > 0) {
      const before = inode.size;
      inode.write(bytes < from.length ? from.subarray(0, bytes) : from, at);
      this.volume.written(inode, inode.size - before);
      if (position === null) file.position = at + bytes;
    }
    if (fault.end !== undefined) throw fault.end;
    return bytes;
  }

  /** Writes all; a short write is continued. */
  writeAll(fd: number, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) at += this.write(fd, bytes.subarray(at), null);
  }

  truncate(fd: number, size: number): void {
    const { inode, writes, path } = this.descriptor(fd, 'ftruncate');
    if (!writes || inode.kind !== 'file') throw diskError('EINVAL', 'ftruncate');
    if (size - inode.size > this.capacity - this.volume.used) throw diskError('ENOSPC', 'ftruncate');
    this.faults.change('ftruncate', path);
    this.cut(inode, size);
  }

  private cut(inode: FileInode, size: number): void {
    const before = inode.size;
    inode.truncate(size);
    this.volume.written(inode, size - before);
  }

  /** Makes a file's content, or the names in a folder, durable before it returns. */
  sync(fd: number, call: 'fsync' | 'fdatasync'): void {
    const { inode, path } = this.descriptor(fd, call);
    this.faults.change(call, path);
    if (inode.kind === 'file') inode.sync();
    else if (inode.kind === 'folder') this.volume.backlog.synced(inode);
  }

  /** Begins a `fdatasync`; `done` is called when it is ended from outside (see `syncs`). */
  beginSync(fd: number, done: (error: Error | null) => void): void {
    const { inode, path } = this.descriptor(fd, 'fdatasync');
    let failure: Error | undefined;
    try {
      this.faults.change('fdatasync', path);
    } catch (error) {
      if (error instanceof Died) throw error;
      failure = error as Error;
    }
    const mark = inode.kind === 'file' ? inode.beginSync() : undefined;
    const end = (error: Error | undefined): void => this.endSync(sync, inode, mark, { error, done });
    const sync: PendingSync = { path, finish: () => end(failure), fail: end };
    this.syncs.push(sync);
  }

  private endSync(
    sync: PendingSync,
    inode: Inode,
    mark: Mark | undefined,
    how: { error: Error | undefined; done: (error: Error | null) => void },
  ): void {
    const at = this.syncs.indexOf(sync);
    if (at < 0) return; // ended already, or its process is gone
    this.syncs.splice(at, 1);
    if (inode.kind === 'file' && mark !== undefined) inode.endSync(mark, how.error === undefined);
    if (inode.kind === 'folder' && how.error === undefined) this.volume.backlog.synced(inode);
    how.done(how.error ?? null);
  }
}
