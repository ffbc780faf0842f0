// What the disk in memory tells about an inode: status in numbers or in bigints, and entries of a folder.
import type { BigIntStats, Dirent, Stats } from 'node:fs';
import type { Inode } from './memory-disk-inode.ts';

const typeBits = { file: 0o100000, folder: 0o040000, link: 0o120000 } as const;
const device = 77;
const blockSize = 4096;

/** Nanoseconds of a time in milliseconds; exact for whole milliseconds, as a double can be for the rest. */
function nanoseconds(ms: number): bigint {
  const whole = Math.floor(ms);
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6));
}

/** What both kinds of status, and entries, tell about the kind. */
class Kind {
  constructor(protected readonly inodeKind: Inode['kind']) {}
  isFile(): boolean {
    return this.inodeKind === 'file';
  }
  isDirectory(): boolean {
    return this.inodeKind === 'folder';
  }
  isSymbolicLink(): boolean {
    return this.inodeKind === 'link';
  }
  isBlockDevice(): boolean {
    return false;
  }
  isCharacterDevice(): boolean {
    return false;
  }
  isFIFO(): boolean {
    return false;
  }
  isSocket(): boolean {
    return false;
  }
}

class NumberStats extends Kind implements Stats {
  readonly dev = device;
  readonly uid = 1000;
  readonly gid = 1000;
  readonly rdev = 0;
  readonly blksize = blockSize;
  readonly ino: number;
  readonly mode: number;
  readonly nlink: number;
  readonly size: number;
  readonly blocks: number;
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly birthtimeMs: number;

  constructor(inode: Inode) {
    super(inode.kind);
    this.ino = inode.ino;
    this.mode = typeBits[inode.kind] | inode.mode;
    this.nlink = inode.nlink;
    this.size = inode.size;
    this.blocks = Math.ceil(inode.size / blockSize) * (blockSize / 512);
    this.atimeMs = inode.mtime;
    this.mtimeMs = inode.mtime;
    this.ctimeMs = inode.ctime;
    this.birthtimeMs = inode.birthtime;
  }
  get atime(): Date {
    return new Date(this.atimeMs);
  }
  get mtime(): Date {
    return new Date(this.mtimeMs);
  }
  get ctime(): Date {
    return new Date(this.ctimeMs);
  }
  get birthtime(): Date {
    return new Date(this.birthtimeMs);
  }
}

class ExactStats extends Kind implements BigIntStats {
  readonly dev = BigInt(device);
  readonly uid = 1000n;
  readonly gid = 1000n;
  readonly rdev = 0n;
  readonly blksize = BigInt(blockSize);
  readonly ino: bigint;
  readonly mode: bigint;
  readonly nlink: bigint;
  readonly size: bigint;
  readonly blocks: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly birthtimeNs: bigint;

  constructor(inode: Inode) {
    super(inode.kind);
    this.ino = BigInt(inode.ino);
    this.mode = BigInt(typeBits[inode.kind] | inode.mode);
    this.nlink = BigInt(inode.nlink);
    this.size = BigInt(inode.size);
    this.blocks = BigInt(Math.ceil(inode.size / blockSize) * (blockSize / 512));
    this.mtimeNs = nanoseconds(inode.mtime);
    this.ctimeNs = nanoseconds(inode.ctime);
    this.birthtimeNs = nanoseconds(inode.birthtime);
  }
  get atimeNs(): bigint {
    return this.mtimeNs;
  }
  get atimeMs(): bigint {
    return this.mtimeMs;
  }
  get mtimeMs(): bigint {
    return this.mtimeNs / 1_000_000n;
  }
  get ctimeMs(): bigint {
    return this.ctimeNs / 1_000_000n;
  }
  get birthtimeMs(): bigint {
    return this.birthtimeNs / 1_000_000n;
  }
  get atime(): Date {
    return this.mtime;
  }
  get mtime(): Date {
    return new Date(Number(this.mtimeMs));
  }
  get ctime(): Date {
    return new Date(Number(this.ctimeMs));
  }
  get birthtime(): Date {
    return new Date(Number(this.birthtimeMs));
  }
}

class Entry extends Kind {
  constructor(
    readonly name: string,
    kind: Inode['kind'],
    readonly parentPath: string,
  ) {
    super(kind);
  }
  get path(): string {
    return this.parentPath;
  }
}

/** The status of an inode; `bigint` asks for the exact one. */
export function statusOf(inode: Inode, options?: { bigint?: boolean | undefined }): Stats | BigIntStats {
  return options?.bigint === true ? new ExactStats(inode) : new NumberStats(inode);
}

/** An entry of a folder, as `readdir` gives it. */
export function entryOf(name: string, inode: Inode, folder: string): Dirent {
  return new Entry(name, inode.kind, folder);
}
