// The backlog: changes of names that a power cut can still take back, in the order in which they were made.
import type { FolderInode, Inode } from './memory-disk-inode.ts';

/** One name of a folder, and what it led to before the change. */
interface Undo {
  readonly folder: FolderInode;
  readonly name: string;
  readonly before: Inode | undefined;
}

/** Longer ago than so many changes, the kernel has written everything back on its own. */
const longest = 4096;

/** The changes of names since the last sync of a folder. Each change is taken back whole, or not at all. */
export class Backlog {
  /** The number of the first change that is still here. */
  private first = 0;
  private changes: Undo[][] = [];

  /** Notes a change, in front of it. */
  add(...undo: Undo[]): void {
    const number = this.first + this.changes.push(undo) - 1;
    for (const { folder } of undo) folder.lastChange = number;
    if (this.changes.length >= 2 * longest) this.forgetUntil(this.first + longest);
  }

  /** A folder was synced: its changes, and all that were made before them, are durable. */
  synced(folder: FolderInode): void {
    this.forgetUntil(folder.lastChange + 1);
  }

  /** Everything is durable. */
  clear(): void {
    this.first += this.changes.length;
    this.changes = [];
  }

  /** How many changes could be lost. */
  get size(): number {
    return this.changes.length;
  }

  /** Takes back all but the first `keep` changes, the last one first; what is left is durable. */
  cut(keep: number): void {
    const changes = this.changes;
    this.clear();
    for (const undo of changes.slice(keep).reverse()) {
      for (const { folder, name, before } of undo) {
        if (before === undefined) folder.entries.delete(name);
        else folder.entries.set(name, before);
      }
    }
  }

  /** The same backlog, told about other inodes. */
  copy(other: <T extends Inode>(inode: T) => T): Backlog {
    const copy = new Backlog();
    copy.first = this.first;
    copy.changes = this.changes.map((undo) =>
      undo.map(({ folder, name, before }) => ({
        folder: other(folder),
        name,
        before: before === undefined ? undefined : other(before),
      })),
    );
    return copy;
  }

  private forgetUntil(number: number): void {
    if (number <= this.first) return;
    this.changes.splice(0, number - this.first);
    this.first = number;
  }
}
