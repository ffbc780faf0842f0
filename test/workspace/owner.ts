// An owner of a lock, as a test forges one: who it is decides whether the next build may have the lock.
import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** What a lock file holds. */
export interface Owner {
  readonly pid: number;
  readonly host: string;
  readonly started: string;
  readonly space?: { readonly boot: string; readonly numbers: string; readonly machine: string };
  readonly command: string;
  readonly since: string;
}

function told(read: () => string): string {
  try {
    return read().trim();
  } catch {
    return '';
  }
}

/** When a process started, as the kernel counts it. */
export function startOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/** The number of a process that has ended. */
export function deadPid(): number {
  return Number(execFileSync('bash', ['-c', 'echo $$'], { encoding: 'utf8' }));
}

/** This very test process, as if it had the lock; with differences. */
export function livingOwner(more: Partial<Owner> = {}): Owner {
  return {
    pid: process.pid,
    host: hostname(),
    started: startOf(process.pid),
    space: {
      boot: told(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
      numbers: told(() => readlinkSync('/proc/self/ns/pid')),
      machine: told(() => readFileSync('/etc/machine-id', 'utf8')),
    },
    command: 'evalmake the-other',
    since: '2024-01-01T00:00:00.000Z',
    ...more,
  };
}
