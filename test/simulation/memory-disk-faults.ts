// The faults of the disk in memory: what happens in front of each change, and that the dead do nothing more.
import { Died, ShortWrite, TornWrite } from './memory-disk-error.ts';

/** The calls that change the disk, or make a change durable. Calls such as `rm -r` are made of many of these. */
export type Change =
  | 'open'
  | 'write'
  | 'ftruncate'
  | 'rename'
  | 'link'
  | 'symlink'
  | 'unlink'
  | 'mkdir'
  | 'rmdir'
  | 'chmod'
  | 'utimes'
  | 'fsync'
  | 'fdatasync';

/**
 * Called in front of a change; what it throws, the call throws.
 * @param call which change it is
 * @param path the path as the caller gave it; for a descriptor, the path it was opened by
 * @param count how many changes there were, this one included
 * @param to the other path of `rename` (the new name) and `link` (the new name)
 */
export type Before = (call: Change, path: string, count: number, to?: string) => void;

export class Faults {
  before: Before | undefined;
  /** Changes so far. */
  count = 0;
  dead = false;
  private quiet = 0;

  /** To be called at the start of each call to the disk. */
  alive(): void {
    if (this.dead && this.quiet === 0) throw new Died();
  }

  /** To be called when a change is about to be made. */
  change(call: Change, path: string, to?: string): void {
    if (this.quiet > 0) return;
    this.count++;
    if (this.before === undefined) return;
    try {
      this.before(call, path, this.count, to);
    } catch (error) {
      if (error instanceof Died) this.dead = true;
      throw error;
    }
  }

  /**
   * The same in front of a write.
   * @returns how many of the bytes shall be written, and what is thrown when they have been
   */
  write(path: string, bytes: number): { bytes: number; end?: Error } {
    try {
      this.change('write', path);
    } catch (error) {
      if (error instanceof ShortWrite) return { bytes: Math.min(error.bytes, bytes) };
      if (error instanceof TornWrite) return { bytes: Math.min(error.bytes, bytes), end: error };
      throw error;
    }
    return { bytes };
  }

  /** Does something as if from outside: nothing is counted or fails, and it also works on behalf of the dead. */
  outside<T>(work: () => T): T {
    this.quiet++;
    try {
      return work();
    } finally {
      this.quiet--;
    }
  }
}
