// Observation: the disk as a Snapshot. The same question gets the same answer until somebody says that a path changed.
import type { Entry, Snapshot } from '@evalmake/core';
import { digestDir } from './digest.ts';
import { type FileState, present, statOf } from './file-state.ts';
import { globFiles } from './glob.ts';

/** A snapshot that looks when it is first asked. */
export class DiskSnapshot implements Snapshot {
  private entries = new Map<string, Entry>();
  private listings = new Map<string, Entry>();
  private globs = new Map<string, readonly string[]>();
  /** Whether any folder was looked at as a whole. */
  private folders = false;

  constructor(
    private readonly root: string,
    private readonly files: FileState,
  ) {}

  entry(path: string, how: 'content' | 'listing' = 'content'): Entry {
    const memo = how === 'content' ? this.entries : this.listings;
    let found = memo.get(path);
    if (found === undefined) {
      found = this.look(path, how);
      memo.set(path, found);
      if (found.kind === 'dir') this.folders = true;
    }
    return found;
  }

  exists(path: string): boolean {
    return present(this.full(path.replace(/\/$/, '')));
  }

  glob(pattern: string): readonly string[] {
    let found = this.globs.get(pattern);
    if (found === undefined) {
      found = globFiles(this.root, pattern);
      this.globs.set(pattern, found);
    }
    return found;
  }

  /** Forgets what was seen of some paths, and every glob: something was written. */
  forget(paths: Iterable<string>): void {
    for (const path of paths) {
      this.entries.delete(path);
      this.listings.delete(path);
      const bare = path.replace(/\/$/, '');
      this.entries.delete(bare);
      this.entries.delete(`${bare}/`);
      if (this.folders) this.forgetAbove(bare);
    }
    this.globs.clear();
  }

  /** A folder is another one when something in it is. */
  private forgetAbove(path: string): void {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const dir = path.slice(0, at);
      for (const name of [dir, `${dir}/`]) {
        this.entries.delete(name);
        this.listings.delete(name);
      }
    }
  }

  /** Forgets everything. */
  forgetAll(): void {
    this.entries = new Map();
    this.listings = new Map();
    this.globs = new Map();
  }

  private full(path: string): string {
    return path.startsWith('/') ? path : `${this.root}/${path}`;
  }

  private look(path: string, how: 'content' | 'listing'): Entry {
    const bare = path.replace(/\/$/, '');
    if (how === 'listing') return this.lookListing(bare);
    if (!path.endsWith('/')) {
      const file = this.files.digest(bare);
      if (file === undefined) return { kind: 'missing' };
      if (file !== 'dir') return { kind: 'file', ...file };
    } else if (statOf(this.full(bare))?.isDirectory() !== true) return { kind: 'missing' };
    const made = digestDir(this.full(bare), (full) => {
      const relative = full.startsWith(`${this.root}/`) ? full.slice(this.root.length + 1) : full;
      const known = this.files.digest(relative);
      return known === undefined || known === 'dir' ? 'missing' : known.digest;
    });
    return { kind: 'dir', ...made };
  }

  private lookListing(path: string): Entry {
    const full = this.full(path);
    const stat = statOf(full);
    if (stat === undefined) return { kind: 'missing' };
    if (stat.isDirectory()) return { kind: 'dir', ...digestDir(full, () => '', true) };
    return { kind: 'file', digest: `size:${stat.size}`, bytes: stat.size };
  }
}
