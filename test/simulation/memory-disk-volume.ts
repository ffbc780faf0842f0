// The volume of the disk in memory: its tree of inodes, how a path is found in it, and each single change of it.
import { Backlog } from './memory-disk-backlog.ts';
import type { Code } from './memory-disk-error.ts';
import { FileInode, FolderInode, type Inode, LinkInode } from './memory-disk-inode.ts';

const nameBytesMax = 255;
const pathBytesMax = 4095;
const linksMax = 40;

/** Where the last part of a path stands, or would. `.`, `..` and `/` are no names: they lead to a folder itself. */
export interface Spot {
  readonly folder: FolderInode;
  readonly name: string;
  readonly inode: Inode | undefined;
  /** Whether the path ended in a slash: only a folder can be meant. */
  readonly slash: boolean;
  readonly isName: boolean;
}

const longerThan = (text: string, bytes: number): boolean =>
  text.length * 3 > bytes && Buffer.byteLength(text) > bytes;

/** A tree of inodes. Searches answer with a `Code` instead of throwing, since most of what is asked for is missing. */
export class Volume {
  root: FolderInode;
  backlog = new Backlog();
  /** Bytes in files, those without a name but open included. */
  used = 0;
  private nextIno = 3;
  /** Numbers of inodes that are gone; like ext4, the next inode gets one of these. */
  private freeInos: number[] = [];

  constructor(
    private readonly now: () => number,
    private readonly umask: number,
    public cwd: string,
  ) {
    this.root = new FolderInode(2, 0o755, this.now());
  }

  /** The time of now as the disk keeps it. */
  time(): number {
    return this.now();
  }

  /** The inode that a path leads to; a link at its end is followed when asked, or when a slash follows it. */
  find(path: string, follow = true): Inode | Code {
    if (longerThan(path, pathBytesMax)) return 'ENAMETOOLONG';
    if (path === '') return 'ENOENT';
    const start = this.start(path);
    return typeof start === 'string' ? start : this.walk(start, path, follow, { links: 0 });
  }

  /** The place that a path names: its folder, links on the way followed, and its last part, which may be missing. */
  spot(path: string, from?: FolderInode): Spot | Code {
    if (longerThan(path, pathBytesMax)) return 'ENAMETOOLONG';
    if (path === '') return 'ENOENT';
    const start = from === undefined || path.startsWith('/') ? this.start(path) : from;
    if (typeof start === 'string') return start;
    let end = path.length;
    while (end > 1 && path.charCodeAt(end - 1) === 0x2f) end--;
    const at = path.lastIndexOf('/', end - 1) + 1;
    const name = path.slice(at, end);
    const folder = at === 0 ? start : this.walk(start, path.slice(0, at), true, { links: 0 });
    if (typeof folder === 'string') return folder;
    if (folder.kind !== 'folder') return 'ENOTDIR';
    if ((folder.mode & 0o100) === 0) return 'EACCES';
    const slash = end < path.length;
    if (name === '.' || name === '..' || name === '') {
      const inode = name === '..' ? folder.parent : folder;
      return { folder, name: name === '' ? '/' : name, inode, slash, isName: false };
    }
    const inode = folder.entries.get(name);
    if (inode === undefined && longerThan(name, nameBytesMax)) return 'ENAMETOOLONG';
    return { folder, name, inode, slash, isName: true };
  }

  private start(path: string): FolderInode | Code {
    if (path.charCodeAt(0) === 0x2f) return this.root;
    const folder = this.walk(this.root, this.cwd, true, { links: 0 });
    if (typeof folder === 'string') return folder;
    return folder.kind === 'folder' ? folder : 'ENOTDIR';
  }

  private walk(from: FolderInode, path: string, follow: boolean, seen: { links: number }): Inode | Code {
    let inode: Inode = path.charCodeAt(0) === 0x2f ? this.root : from;
    for (let at = 0; ; ) {
      while (path.charCodeAt(at) === 0x2f) at++;
      if (at >= path.length) {
        const slash = path.charCodeAt(at - 1) === 0x2f;
        return slash && inode.kind !== 'folder' ? 'ENOTDIR' : inode;
      }
      if (inode.kind !== 'folder') return 'ENOTDIR';
      if ((inode.mode & 0o100) === 0) return 'EACCES';
      const slash = path.indexOf('/', at);
      const end = slash < 0 ? path.length : slash;
      const name = path.slice(at, end);
      const next = this.step(inode, name);
      if (typeof next === 'string') return next;
      if (next.kind === 'link' && (follow || slash >= 0)) {
        if (++seen.links > linksMax) return 'ELOOP';
        const target = this.walk(inode, next.target, true, seen);
        if (typeof target === 'string') return target;
        inode = target;
      } else inode = next;
      at = end;
    }
  }

  private step(folder: FolderInode, name: string): Inode | Code {
    if (name === '.') return folder;
    if (name === '..') return folder.parent;
    return folder.entries.get(name) ?? (longerThan(name, nameBytesMax) ? 'ENAMETOOLONG' : 'ENOENT');
  }

  /** Makes an inode that has no name yet. */
  newFile(mode: number): FileInode {
    return new FileInode(this.newIno(), mode & ~this.umask & 0o7777, this.now());
  }
  newFolder(mode: number): FolderInode {
    return new FolderInode(this.newIno(), mode & ~this.umask & 0o7777, this.now());
  }
  newLink(target: string): LinkInode {
    return new LinkInode(this.newIno(), target, this.now());
  }

  private newIno(): number {
    return this.freeInos.pop() ?? this.nextIno++;
  }

  /** Gives an inode a name that is free. */
  add(folder: FolderInode, name: string, inode: Inode): void {
    this.backlog.add({ folder, name, before: undefined });
    const now = this.enter(folder, name, inode);
    inode.ctime = now;
  }

  /** Takes a name away; an inode without names and descriptors is gone. */
  remove(folder: FolderInode, name: string, inode: Inode): void {
    this.backlog.add({ folder, name, before: inode });
    this.leave(folder, name, inode);
    this.release(inode);
  }

  /** Gives an inode another name, in place of what had it before. */
  move(from: Spot, to: Spot): void {
    const inode = from.inode!;
    this.backlog.add(
      { folder: from.folder, name: from.name, before: inode },
      { folder: to.folder, name: to.name, before: to.inode },
    );
    if (to.inode !== undefined) this.leave(to.folder, to.name, to.inode);
    this.leave(from.folder, from.name, inode);
    this.enter(to.folder, to.name, inode);
    if (to.inode !== undefined) this.release(to.inode);
  }

  private enter(folder: FolderInode, name: string, inode: Inode): number {
    const now = this.now();
    folder.entries.set(name, inode);
    if (inode.kind === 'folder') {
      inode.parent = folder;
      folder.folders++;
    } else inode.nlink++;
    folder.mtime = now;
    folder.ctime = now;
    return now;
  }

  private leave(folder: FolderInode, name: string, inode: Inode): void {
    const now = this.now();
    folder.entries.delete(name);
    if (inode.kind === 'folder') folder.folders--;
    else inode.nlink--;
    inode.ctime = now;
    folder.mtime = now;
    folder.ctime = now;
  }

  /** Frees what nobody can reach any more; to be called when a name or a descriptor went. */
  release(inode: Inode): void {
    if (inode.opens > 0 || (inode.kind !== 'folder' && inode.nlink > 0)) return;
    if (inode.kind === 'file') this.used -= inode.size;
    this.freeInos.push(inode.ino);
  }

  /** Notes that a file has got other content. */
  written(inode: FileInode, bytesMore: number): void {
    this.used += bytesMore;
    const now = this.now();
    inode.mtime = now;
    inode.ctime = now;
  }

  /** Each inode that has a name, once. */
  inodes(): Set<Inode> {
    const found = new Set<Inode>([this.root]);
    for (const inode of found) {
      if (inode.kind === 'folder') for (const entry of inode.entries.values()) found.add(entry);
    }
    return found;
  }

  /** Counts everything anew, after the tree became another one. */
  recount(): void {
    const inodes = this.inodes();
    const taken = new Set<number>();
    this.used = 0;
    for (const inode of inodes) {
      inode.opens = 0;
      taken.add(inode.ino);
      if (inode.kind === 'folder') inode.folders = 0;
      else inode.nlink = 0;
      if (inode.kind === 'file') this.used += inode.size;
    }
    for (const folder of inodes) {
      if (folder.kind !== 'folder') continue;
      for (const entry of folder.entries.values()) {
        if (entry.kind === 'folder') {
          entry.parent = folder;
          folder.folders++;
        } else entry.nlink++;
      }
    }
    this.nextIno = Math.max(2, ...taken) + 1;
    this.freeInos = [];
    for (let ino = this.nextIno - 1; ino > 2; ino--) if (!taken.has(ino)) this.freeInos.push(ino);
  }
}
