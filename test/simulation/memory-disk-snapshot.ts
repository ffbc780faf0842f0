// A snapshot of the disk in memory: the whole tree and what of it is durable; file contents are shared until written.
import type { Backlog } from './memory-disk-backlog.ts';
import { FileInode, FolderInode, type Inode } from './memory-disk-inode.ts';
import type { Volume } from './memory-disk-volume.ts';

/** The state of a disk without the processes that use it; may be restored many times. */
export interface Snapshot {
  readonly root: FolderInode;
  readonly backlog: Backlog;
  readonly cwd: string;
}

/** Copies inodes, each one once, with all that they lead to. */
class Copier {
  private readonly copies = new Map<Inode, Inode>();

  copyOf = <T extends Inode>(inode: T): T => {
    const known = this.copies.get(inode);
    if (known !== undefined) return known as T;
    const copy =
      inode instanceof FolderInode ? inode.copyEmpty() : (inode as Exclude<Inode, FolderInode>).copy();
    this.copies.set(inode, copy);
    if (inode instanceof FolderInode && copy instanceof FolderInode) {
      for (const [name, entry] of inode.entries) copy.entries.set(name, this.copyOf(entry));
      copy.folders = inode.folders;
      copy.parent = this.copyOf(inode.parent);
    }
    return copy as T;
  };
}

function copyTree(from: Snapshot): Snapshot {
  const { copyOf } = new Copier();
  return { root: copyOf(from.root), backlog: from.backlog.copy(copyOf), cwd: from.cwd };
}

/** Takes a snapshot. Descriptors and syncs that are under way belong to processes, so they are not part of it. */
export function snapshotOf(volume: Volume): Snapshot {
  return copyTree(volume);
}

/** Brings a snapshot back; the snapshot stays as it is. */
export function restoreInto(volume: Volume, snapshot: Snapshot): void {
  const { root, backlog, cwd } = copyTree(snapshot);
  volume.root = root;
  volume.backlog = backlog;
  volume.cwd = cwd;
  volume.recount();
}

/** What is at each path below a folder: `name` -> content, `name/` -> '', `link` -> `-> target`. */
export function treeOf(folder: FolderInode): Record<string, string> {
  const tree: Record<string, string> = {};
  const visit = (at: FolderInode, prefix: string): void => {
    for (const name of [...at.entries.keys()].sort()) {
      const inode = at.entries.get(name)!;
      if (inode instanceof FolderInode) {
        tree[`${prefix}${name}/`] = '';
        visit(inode, `${prefix}${name}/`);
      } else {
        const content = inode instanceof FileInode ? inode.content.toString('latin1') : `-> ${inode.target}`;
        tree[`${prefix}${name}`] = content;
      }
    }
  };
  visit(folder, '');
  return tree;
}
