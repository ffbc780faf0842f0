// The names on the disk in memory: making, renaming, linking and removing them one by one.
import { type Code, diskError } from './memory-disk-error.ts';
import type { Faults } from './memory-disk-faults.ts';
import type { FolderInode, Inode } from './memory-disk-inode.ts';
import type { Spot, Volume } from './memory-disk-volume.ts';

const byCodePoint = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Calls that answer with a `Code` when they fail, and with nothing when they succeed. */
export class Names {
  constructor(
    private readonly volume: Volume,
    private readonly faults: Faults,
    private readonly order: 'sorted' | 'inserted',
  ) {}

  /** The spot of something that is to be made: its folder can be written to and the name is free. */
  private free(path: string, folderAllowed: boolean): Spot | Code {
    const spot = this.volume.spot(path);
    if (typeof spot === 'string') return spot;
    if (spot.inode !== undefined) return 'EEXIST';
    if (spot.slash && !folderAllowed) return 'ENOENT';
    return writable(spot.folder) ? spot : 'EACCES';
  }

  mkdir(path: string, mode: number): Code | undefined {
    const spot = this.free(path, true);
    if (typeof spot === 'string') return spot;
    this.faults.change('mkdir', path);
    this.volume.add(spot.folder, spot.name, this.volume.newFolder(mode));
    return undefined;
  }

  symlink(target: string, path: string): Code | undefined {
    const spot = this.free(path, false);
    if (typeof spot === 'string') return spot;
    this.faults.change('symlink', path);
    this.volume.add(spot.folder, spot.name, this.volume.newLink(target));
    return undefined;
  }

  link(from: string, to: string): Code | undefined {
    const source = this.volume.find(from, false);
    if (typeof source === 'string') return source;
    const spot = this.free(to, false);
    if (typeof spot === 'string') return spot;
    if (source.kind === 'folder') return 'EPERM';
    this.faults.change('link', from, to);
    this.volume.add(spot.folder, spot.name, source);
    return undefined;
  }

  unlink(path: string): Code | undefined {
    const spot = this.volume.spot(path);
    if (typeof spot === 'string') return spot;
    if (!spot.isName) return 'EISDIR';
    if (spot.inode === undefined) return 'ENOENT';
    if (spot.inode.kind === 'folder') return 'EISDIR';
    if (spot.slash) return 'ENOTDIR';
    if (!writable(spot.folder)) return 'EACCES';
    this.faults.change('unlink', path);
    this.volume.remove(spot.folder, spot.name, spot.inode);
    return undefined;
  }

  rmdir(path: string): Code | undefined {
    const spot = this.volume.spot(path);
    if (typeof spot === 'string') return spot;
    if (!spot.isName) return spot.name === '.' ? 'EINVAL' : spot.name === '..' ? 'ENOTEMPTY' : 'EBUSY';
    if (spot.inode === undefined) return 'ENOENT';
    if (!writable(spot.folder)) return 'EACCES';
    if (spot.inode.kind !== 'folder') return 'ENOTDIR';
    if (spot.inode.entries.size > 0) return 'ENOTEMPTY';
    this.faults.change('rmdir', path);
    this.volume.remove(spot.folder, spot.name, spot.inode);
    return undefined;
  }

  rename(from: string, to: string): Code | undefined {
    const source = this.volume.spot(from);
    if (typeof source === 'string') return source;
    const target = this.volume.spot(to);
    if (typeof target === 'string') return target;
    const wrong = cannotMove(source, target);
    if (wrong !== undefined) return wrong;
    if (source.inode === target.inode) return undefined;
    this.faults.change('rename', from, to);
    this.volume.move(source, target);
    return undefined;
  }

  /** The names in a folder with what they lead to. */
  entries(path: string): [string, Inode][] | Code {
    const folder = this.volume.find(path);
    if (typeof folder === 'string') return folder;
    if (folder.kind !== 'folder') return 'ENOTDIR';
    if ((folder.mode & 0o400) === 0) return 'EACCES';
    const entries = [...folder.entries];
    return this.order === 'sorted' ? entries.sort(([a], [b]) => byCodePoint(a, b)) : entries;
  }
}

const writable = (folder: FolderInode): boolean => (folder.mode & 0o200) !== 0;

/** Whether a folder is another one, or in it. */
function within(folder: FolderInode, other: Inode): boolean {
  for (let at = folder; ; at = at.parent) {
    if (at === other) return true;
    if (at === at.parent) return false;
  }
}

/** Why a rename is impossible, checked in the order of the kernel. */
function cannotMove(source: Spot, target: Spot): Code | undefined {
  if (!source.isName || !target.isName) return 'EBUSY';
  const { inode } = source;
  if (inode === undefined) return 'ENOENT';
  if (inode.kind !== 'folder' && (source.slash || target.slash)) return 'ENOTDIR';
  if (inode.kind === 'folder' && within(target.folder, inode)) return 'EINVAL';
  if (target.inode !== undefined && target.folder !== source.folder && within(source.folder, target.inode))
    return 'ENOTEMPTY';
  if (inode === target.inode) return undefined;
  if (!writable(source.folder) || !writable(target.folder)) return 'EACCES';
  if (target.inode === undefined) return undefined;
  if (inode.kind === 'folder' && target.inode.kind !== 'folder') return 'ENOTDIR';
  if (inode.kind !== 'folder' && target.inode.kind === 'folder') return 'EISDIR';
  if (target.inode.kind === 'folder' && target.inode.entries.size > 0) return 'ENOTEMPTY';
  return undefined;
}

/** Throws what a call came to when it failed. */
export function expectDone(code: Code | undefined, call: string, path: string, to?: string): void {
  if (code !== undefined) throw diskError(code, call, path, to);
}
