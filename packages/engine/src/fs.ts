// The file system as the engine sees it: every call goes through one Disk, which a test replaces by one that fails or dies.
import * as node from 'node:fs';

/** The calls the engine makes to the disk; those of `node:fs` and a double that lives in memory alike. */
export interface Disk {
  readonly closeSync: typeof node.closeSync;
  readonly copyFileSync: typeof node.copyFileSync;
  readonly cpSync: typeof node.cpSync;
  readonly existsSync: typeof node.existsSync;
  readonly fdatasync: typeof node.fdatasync;
  readonly fdatasyncSync: typeof node.fdatasyncSync;
  readonly fstatSync: typeof node.fstatSync;
  readonly fsyncSync: typeof node.fsyncSync;
  readonly ftruncateSync: typeof node.ftruncateSync;
  readonly linkSync: typeof node.linkSync;
  readonly lstatSync: typeof node.lstatSync;
  readonly mkdirSync: typeof node.mkdirSync;
  readonly openSync: typeof node.openSync;
  readonly readFileSync: typeof node.readFileSync;
  readonly readSync: typeof node.readSync;
  readonly readdirSync: typeof node.readdirSync;
  readonly readlinkSync: typeof node.readlinkSync;
  readonly realpathSync: typeof node.realpathSync;
  readonly renameSync: typeof node.renameSync;
  readonly rmSync: typeof node.rmSync;
  readonly rmdirSync: typeof node.rmdirSync;
  readonly statSync: typeof node.statSync;
  readonly unlinkSync: typeof node.unlinkSync;
  readonly writeFileSync: typeof node.writeFileSync;
  readonly writeSync: typeof node.writeSync;
}

let disk: Disk = node;

/**
 * Puts another disk in place of the real one: for simulations, which crash the engine in front of each of its calls.
 * One switch for the whole process, because a disk handed through every function would be there for tests only.
 * @returns the disk that was used before
 */
export function useDisk(other: Disk): Disk {
  const before = disk;
  disk = other;
  return before;
}

type Call = (...args: never[]) => unknown;

/** A call that goes to whichever disk is used at that moment. */
function through<K extends keyof Disk>(name: K): Disk[K] {
  const call = (...args: never[]): unknown => (disk[name] as Call)(...args);
  return call as unknown as Disk[K];
}

export const closeSync = through('closeSync');
export const copyFileSync = through('copyFileSync');
export const cpSync = through('cpSync');
export const existsSync = through('existsSync');
export const fdatasync = through('fdatasync');
export const fdatasyncSync = through('fdatasyncSync');
export const fstatSync = through('fstatSync');
export const fsyncSync = through('fsyncSync');
export const ftruncateSync = through('ftruncateSync');
export const linkSync = through('linkSync');
export const lstatSync = through('lstatSync');
export const mkdirSync = through('mkdirSync');
export const openSync = through('openSync');
export const readFileSync = through('readFileSync');
export const readSync = through('readSync');
export const readdirSync = through('readdirSync');
export const readlinkSync = through('readlinkSync');
export const realpathSync = through('realpathSync');
export const renameSync = through('renameSync');
export const rmSync = through('rmSync');
export const rmdirSync = through('rmdirSync');
export const statSync = through('statSync');
export const unlinkSync = through('unlinkSync');
export const writeFileSync = through('writeFileSync');
export const writeSync = through('writeSync');
