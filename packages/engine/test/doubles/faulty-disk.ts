// A FaultyDisk is the real disk that dies in front of its n-th change, tears a write, or refuses a call.
import * as node from 'node:fs';
import { type Disk, useDisk } from '@evalmake/engine/fs';

/** Thrown by every call after the disk has died. */
export class Died extends Error {}

const changing = [
  'copyFileSync',
  'fdatasyncSync',
  'fsyncSync',
  'ftruncateSync',
  'linkSync',
  'mkdirSync',
  'openSync',
  'renameSync',
  'rmSync',
  'unlinkSync',
  'writeFileSync',
  'writeSync',
] as const;

/** An error as the operating system gives it. */
export function errno(code: string, call: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: on purpose, ${call}`), { code, syscall: call });
}

export interface Faults {
  /** Dies in front of this change, from 1. */
  readonly dieAt?: number;
  /** A write that is died in front of still writes this many bytes. */
  readonly torn?: number;
  /** Refuses a call by throwing, or lets it be. */
  readonly refuse?: (call: string, args: readonly unknown[]) => void;
  /** What an asynchronous fdatasync answers. */
  readonly sync?: () => Error | null;
}

/**
 * Does something on a disk with faults.
 * @returns how many changes were asked for, and whether it died
 */
export function withFaults(faults: Faults, body: () => void): { changes: number; died: boolean } {
  let changes = 0;
  let died = false;
  const other = { ...node } as unknown as Record<string, (...args: never[]) => unknown>;
  for (const [name, call] of Object.entries(node)) {
    if (typeof call !== 'function' || !name.endsWith('Sync')) continue;
    other[name] = (...args: never[]) => {
      if (died) throw new Died(name);
      if ((changing as readonly string[]).includes(name) && !(name === 'openSync' && isRead(args))) {
        changes++;
        if (changes === faults.dieAt) {
          died = true;
          if (name === 'writeSync' && faults.torn !== undefined) tear(args, faults.torn);
          throw new Died(name);
        }
        faults.refuse?.(name, args);
      }
      return (call as (...args: never[]) => unknown)(...args);
    };
  }
  const before = useDisk(other as unknown as Disk);
  try {
    body();
  } catch (error) {
    if (!died) throw error;
  } finally {
    useDisk(before);
  }
  return { changes, died };
}

function isRead(args: readonly unknown[]): boolean {
  return args[1] === 'r';
}

function tear([fd, bytes]: readonly unknown[], many: number): void {
  if (bytes instanceof Uint8Array) node.writeSync(fd as number, bytes.subarray(0, many));
}
