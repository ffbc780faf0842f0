// Machines with processes that live and die as a test says, and a disk on which something happens in front of each call.
import * as node from 'node:fs';
import { type Disk, useDisk } from '@evalmake/engine/fs';
import type { Processes, ProcessSpace } from '@evalmake/engine/processes';

export const space: ProcessSpace = { boot: 'boot-1', numbers: 'pid:[1]', machine: 'machine-1' };

/** The numbers of processes that live; all others are dead. */
export class Population {
  readonly living = new Set<number>();

  /** The processes of one machine as the one with this number sees them. */
  seenBy(pid: number, more: Partial<Processes> = {}): Processes {
    this.living.add(pid);
    return {
      host: 'host-1',
      space,
      pid,
      startTime: (of) => `start-${of}`,
      isAlive: (of, started) => this.living.has(of) && started === `start-${of}`,
      signalGroup: () => false,
      marked: () => [],
      pause: () => {},
      ...more,
    };
  }
}

const calls = [
  'linkSync',
  'mkdirSync',
  'readFileSync',
  'renameSync',
  'rmSync',
  'unlinkSync',
  'writeFileSync',
] as const;

/** What happens around each call to the disk, which are counted from 1. Calls made by these do not count. */
export interface Around {
  readonly before?: (call: number) => void;
  /** May throw: the call has been made, and its answer is lost. */
  readonly after?: (name: string) => void;
}

/** Lets things happen around the calls to the disk that a body makes. */
export function watchingDisk({ before = () => {}, after = () => {} }: Around, body: () => void): void {
  let count = 0;
  let inside = false;
  const aside = (happen: () => void): void => {
    if (inside) return;
    inside = true;
    try {
      happen();
    } finally {
      inside = false;
    }
  };
  const disk: Record<string, unknown> = { ...node };
  for (const name of calls) {
    const real = disk[name] as (...args: unknown[]) => unknown;
    disk[name] = (...args: unknown[]) => {
      aside(() => before(++count));
      const answer = real(...args);
      aside(() => after(name));
      return answer;
    };
  }
  const own = useDisk(disk as unknown as Disk);
  try {
    body();
  } finally {
    useDisk(own);
  }
}
