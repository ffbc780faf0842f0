// Folder watches: one kernel watch for each folder, set before the folder is read, so that nothing falls between the two.

import { type Dirent, watch as nodeWatch } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { readdirSync, realpathSync, statSync } from './fs.ts';

/** What is followed, as absolute paths; nothing of it need exist yet. */
export interface Followed {
  readonly files: ReadonlySet<string>;
  /** With everything below them, also what is made later. */
  readonly folders: ReadonlySet<string>;
}

/** Something that tells in which paths something may have changed. */
export interface Watching {
  /** Resolves when every later change of these is told. */
  follow(followed: Followed): Promise<void>;
  close(): Promise<void>;
}

/** Folders that are not entered: they are large, written all the time, and hold no input that is not named itself. */
export const neverEntered: ReadonlySet<string> = new Set(['.evalmake', '.git', 'node_modules']);

interface Watch {
  /** Device and inode: another folder in the place of the watched one has to be watched anew. */
  readonly identity: string;
  readonly close: () => void;
}

/**
 * Watches by the events of the kernel. A file is watched through its folder, so that its removal, its return and its replacement
 * are told; what is followed and missing, through the nearest folder above it.
 */
export class FolderWatches implements Watching {
  private readonly watches = new Map<string, Watch>();
  /** Where a link leads -> the links that lead there. */
  private readonly links = new Map<string, Set<string>>();
  private followed: Followed = { files: new Set(), folders: new Set() };

  /**
   * @param told called with the path in which something may have changed, perhaps several times for one change
   * @param failed called when a folder cannot be watched, as when the kernel has no watches left
   */
  constructor(
    private readonly told: (path: string) => void,
    private readonly failed: (error: Error) => void,
  ) {}

  async follow(followed: Followed): Promise<void> {
    this.followed = followed;
    let before: number;
    // A folder that is made while the one above it is entered would be missed: so until a pass finds nothing new.
    do {
      before = this.watches.size;
      const kept = new Set<string>();
      for (const file of followed.files) this.enter(existing(dirname(file)), kept);
      for (const file of followed.files) this.enterTarget(file, kept);
      for (const folder of followed.folders) {
        if (identityOf(folder) === undefined) this.enter(existing(dirname(folder)), kept);
        else this.descend(folder, kept, new Set());
      }
      for (const folder of [...this.watches.keys()]) if (!kept.has(folder)) this.leave(folder);
    } while (this.watches.size > before);
  }

  async close(): Promise<void> {
    for (const folder of [...this.watches.keys()]) this.leave(folder);
  }

  /** Watches a folder and those below it. `through`: the identities on the way here, for links that lead back. */
  private descend(folder: string, kept: Set<string>, through: ReadonlySet<string>): void {
    const identity = this.enter(folder, kept);
    if (identity === undefined || through.has(identity)) return;
    const within = new Set([...through, identity]);
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name);
      const isLink = entry.isSymbolicLink();
      if (neverEntered.has(entry.name)) continue;
      if (entry.isDirectory() || (isLink && identityOf(path) !== undefined)) this.descend(path, kept, within);
      else if (isLink) this.enterTarget(path, kept);
    }
  }

  /** A file that is a link changes where it leads. */
  private enterTarget(file: string, kept: Set<string>): void {
    let real: string;
    try {
      real = realpathSync(file);
    } catch {
      return; // missing: its folder tells when it comes
    }
    if (real === file) return;
    const links = this.links.get(real) ?? new Set();
    this.links.set(real, links.add(file));
    this.enter(dirname(real), kept);
  }

  /** Watches one folder unless it is watched already; gives its identity, or undefined when it cannot be watched. */
  private enter(folder: string, kept: Set<string>): string | undefined {
    const identity = identityOf(folder);
    if (identity === undefined) return undefined;
    kept.add(folder);
    if (this.watches.get(folder)?.identity === identity) return identity;
    this.leave(folder);
    try {
      const watcher = nodeWatch(folder, (_event, name) => this.heard(folder, name));
      watcher.on('error', () => this.leave(folder));
      this.watches.set(folder, { identity, close: () => watcher.close() });
    } catch (error) {
      if (identityOf(folder) !== undefined) this.failed(error as Error);
      return undefined;
    }
    return identity;
  }

  private leave(folder: string): void {
    this.watches.get(folder)?.close();
    this.watches.delete(folder);
  }

  private heard(folder: string, name: string | null): void {
    // Of its own removal a folder tells by its own name, as if that lay in it.
    if (name === null || (name === basename(folder) && this.isReplaced(folder))) {
      this.told(folder);
      return;
    }
    const path = join(folder, name);
    if (this.isDeep(folder) && !neverEntered.has(name)) this.renew(path);
    this.told(path);
    for (const link of this.links.get(path) ?? []) this.told(link);
  }

  private isReplaced(folder: string): boolean {
    return identityOf(folder) !== this.watches.get(folder)?.identity;
  }

  /** Watches the folders that a path is now, and no longer those that it was. */
  private renew(path: string): void {
    const isOrWas = this.watches.has(path) || identityOf(path) !== undefined;
    if (!isOrWas) return;
    const kept = new Set<string>();
    this.descend(path, kept, new Set());
    for (const folder of [...this.watches.keys()])
      if (isWithin(folder, path) && !kept.has(folder)) this.leave(folder);
  }

  private isDeep(folder: string): boolean {
    for (const root of this.followed.folders) if (isWithin(folder, root)) return true;
    return false;
  }
}

/** Whether a path is this folder, or lies in it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // it went away, which the folder above tells
  }
}

function identityOf(folder: string): string | undefined {
  const stat = statSync(folder, { bigint: true, throwIfNoEntry: false });
  return stat?.isDirectory() ? `${stat.dev}:${stat.ino}` : undefined;
}

/** The folder, or the nearest above it that exists. */
function existing(folder: string): string {
  let at = folder;
  while (identityOf(at) === undefined && at !== dirname(at)) at = dirname(at);
  return at;
}
