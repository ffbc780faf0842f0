// The disk in memory: a Disk for simulations that can fail, fill up, die in front of any change, and lose power.
//
//   const disk = new MemoryDisk({ now: () => time, cwd: '/project' });
//   const real = useDisk(disk);               // from now on the engine works on it
//   disk.before = (call, path, count) => {    // in front of every change; what it throws, the call throws
//     if (count === 17) throw new Died();     // kill -9: this call and all after it throw Died
//   };                                        // TornWrite(n): the same after n bytes; diskError('ENOSPC', call, path)
//   disk.revive();                            // all that was written is there; descriptors are closed
//   disk.powerCut(random);                    // or: what was not synced is old, new, cut, mixed or zeros
//
// It behaves as Linux and Node do: links and their loops, descriptors of files without a name, error codes, what touches
// which times. Numbers of inodes are used again, descriptors never. test/simulation/memory-disk.test.ts holds it against
// the real one. Only the owner's permission bits count, and they bind everybody.
//
// What a power cut leaves:
// - Names: changes of names (new, renamed, removed) survive as a prefix of the order in which they were made; one change
//   survives whole or not at all. A sync of a folder pins its last change and with it all before. A sync of a file pins
//   no name, not even its own.
// - Content: what was in a file when its last sync began, and was not written over or cut off since, is there. All else,
//   file by file: what was written in place is new up to anywhere and then old; what was appended is there, not there,
//   cut anywhere, or zeros from anywhere to the new length. So a file that was never synced can be zeros as a whole.
// - Times: new, or (only with the old content) those of the last sync. Modes are durable at once.
// Longer than 4096 changes ago, the kernel has synced the names by itself. This is at least as hostile as ext4 with
// data=ordered and XFS.
import { DiskCalls, type DiskParts } from './memory-disk-calls.ts';
import { type Before, Faults } from './memory-disk-faults.ts';
import { OpenFiles, type PendingSync } from './memory-disk-files.ts';
import { Names } from './memory-disk-names.ts';
import { loseUnsynced, type PowerCut } from './memory-disk-power.ts';
import { restoreInto, type Snapshot, snapshotOf, treeOf } from './memory-disk-snapshot.ts';
import { Trees } from './memory-disk-trees.ts';
import { Volume } from './memory-disk-volume.ts';

export { Died, diskError, ShortWrite, TornWrite } from './memory-disk-error.ts';
export type { Before, Change } from './memory-disk-faults.ts';
export type { PendingSync } from './memory-disk-files.ts';
export type { PowerCut } from './memory-disk-power.ts';
export type { Snapshot } from './memory-disk-snapshot.ts';

export interface MemoryDiskOptions {
  /** The clock (milliseconds, fractions allowed); by default each look at it is a millisecond later. */
  readonly now?: () => number;
  /** Times on the disk are multiples of this (milliseconds), as a kernel's are of its tick; 0 keeps them exact. */
  readonly granularity?: number;
  /** Where relative paths start; the folder is made. */
  readonly cwd?: string;
  /** Bytes that all files together can have. */
  readonly capacity?: number;
  readonly umask?: number;
  /** In which order `readdir` gives names: sorted as Node does it, or as they came. */
  readonly order?: 'sorted' | 'inserted';
}

function partsFor(options: MemoryDiskOptions): DiskParts {
  let ticks = 1_700_000_000_000;
  const { now = () => ticks++, granularity = 0, cwd = '/project', order = 'sorted' } = options;
  const time = granularity > 0 ? () => Math.floor(now() / granularity) * granularity : now;
  const faults = new Faults();
  const volume = new Volume(time, options.umask ?? 0o022, cwd);
  const files = new OpenFiles(volume, faults);
  files.capacity = options.capacity ?? Number.POSITIVE_INFINITY;
  const names = new Names(volume, faults, order);
  const trees = new Trees(volume, names, files);
  return { faults, volume, files, names, trees };
}

/** The disk; its calls are those of `node:fs`. */
export class MemoryDisk extends DiskCalls {
  constructor(options: MemoryDiskOptions = {}) {
    super(partsFor(options));
    this.outside(() => this.mkdirSync(this.cwd, { recursive: true }));
    this.sync();
  }

  /** Called in front of each change; what it throws, the call throws. */
  get before(): Before | undefined {
    return this.parts.faults.before;
  }
  set before(before: Before | undefined) {
    this.parts.faults.before = before;
  }

  /** How many changes there were; may be set. */
  get changes(): number {
    return this.parts.faults.count;
  }
  set changes(count: number) {
    this.parts.faults.count = count;
  }

  /** Syncs that have begun and not come back, oldest first; `finish` or `fail` ends one, in any order. */
  get syncs(): readonly PendingSync[] {
    return this.parts.files.syncs;
  }

  /** Bytes that all files together can have; with less room a write is short, with none it fails. */
  get capacity(): number {
    return this.parts.files.capacity;
  }
  set capacity(bytes: number) {
    this.parts.files.capacity = bytes;
  }

  /** Bytes that all files together have. */
  get used(): number {
    return this.parts.volume.used;
  }

  get cwd(): string {
    return this.parts.volume.cwd;
  }
  set cwd(path: string) {
    this.parts.volume.cwd = path;
  }

  /** Whether the process that uses the disk is dead; so it is from the moment in which `before` throws a Died. */
  get dead(): boolean {
    return this.parts.faults.dead;
  }

  /** Kills the process between two calls. */
  die(): void {
    this.parts.faults.dead = true;
  }

  /** Lets a new process use the disk: all that was written is there, descriptors and syncs of the old one are gone. */
  revive(): void {
    this.parts.files.closeAll();
    this.parts.faults.dead = false;
  }

  /**
   * Cuts the power and boots: what was not synced is lost in part or as a whole (see above), the rest is durable.
   * @param random numbers from 0 up to 1; they decide what is lost
   */
  powerCut(random: () => number, options: PowerCut = {}): void {
    this.revive();
    loseUnsynced(this.parts.volume, random, options);
  }

  /** Makes all that is on the disk durable. */
  sync(): void {
    this.parts.volume.backlog.clear();
    for (const inode of this.parts.volume.inodes()) if (inode.kind === 'file') inode.sync();
  }

  /** Does something as a user at the side: `before` is not called, nothing is counted, and the dead do not matter. */
  outside<T>(work: () => T): T {
    return this.parts.faults.outside(work);
  }

  /** The state of the disk, durable or not, without the processes that use it. Costs little: contents are shared. */
  snapshot(): Snapshot {
    return snapshotOf(this.parts.volume);
  }

  /** Brings back a state for a new process. The same snapshot may be restored many times. */
  restore(snapshot: Snapshot): void {
    this.revive();
    restoreInto(this.parts.volume, snapshot);
  }

  /**
   * What is at each path below a folder, sorted: `name` -> content (one character per byte), `name/` -> '' for folders,
   * `name` -> `-> target` for symbolic links.
   */
  tree(path = '.'): Record<string, string> {
    const folder = this.parts.volume.find(path);
    return typeof folder !== 'string' && folder.kind === 'folder' ? treeOf(folder) : {};
  }
}
