// Processes are what evalmake asks and tells the processes of its machine; a process has a name that is not reused.
import { hostname } from 'node:os';
import { existsSync, readdirSync, readFileSync, readlinkSync } from './fs.ts';

/**
 * What tells the process numbers of this machine from those of another that bears the same name, of an earlier boot, and
 * of a container: each '' where the system does not tell.
 */
export interface ProcessSpace {
  readonly boot: string;
  /** The namespace of process numbers. */
  readonly numbers: string;
  /** The machine itself, the same after a boot. */
  readonly machine: string;
}

/** The processes of one machine. */
export interface Processes {
  /** The name of the machine. */
  readonly host: string;
  readonly space: ProcessSpace;
  /** The number of this very process. */
  readonly pid: number;
  /** Start time of a process as the kernel counts it, or '' where that cannot be read (then the number alone must do). */
  startTime(pid: number): string;
  /** Whether a process still lives; another that got its number does not count, nor does one that only waits to be reaped. */
  isAlive(pid: number, started: string): boolean;
  /**
   * Sends a signal to a whole process group; one that is gone is fine. Returns whether there was any process; asked with
   * 0, those that only wait to be reaped do not count, since they can write nothing more.
   */
  signalGroup(group: number, signal: NodeJS.Signals | 0): boolean;
  /** Process groups with a process whose environment has `EVALMAKE_ATTEMPT` set to one of these, by that value. */
  marked(tokens: ReadonlySet<string>): { readonly token: string; readonly group: number }[];
  /** Waits without going on with anything else. */
  pause(ms: number): void;
}

/** The processes of this machine. */
export const localProcesses: Processes = {
  host: hostname(),
  get space() {
    return processSpace();
  },
  pid: process.pid,
  startTime: (pid) => statOf(pid)?.started ?? '',
  isAlive,
  signalGroup,
  marked,
  pause: (ms) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms),
};

/** State, group and start time of a process; undefined when it is gone, or where nothing tells. */
function statOf(pid: number): { state: string; group: number; started: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', group: Number(fields[2]), started: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

let space: ProcessSpace | undefined;

function processSpace(): ProcessSpace {
  const told = (read: () => string): string => {
    try {
      return read().trim();
    } catch {
      return '';
    }
  };
  space ??= {
    boot: told(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
    numbers: told(() => readlinkSync('/proc/self/ns/pid')),
    machine: told(() => readFileSync('/etc/machine-id', 'utf8')),
  };
  return space;
}

function isAlive(pid: number, started: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = statOf(pid);
  if (now?.state === 'Z' || now?.state === 'X') return false;
  return started === '' || now === undefined || now.started === started;
}

function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return signal !== 0 || anyAlive(group);
}

/** Whether a group has a process that is more than an entry in the table; where nothing tells, it has. */
function anyAlive(group: number): boolean {
  if (statOf(process.pid) === undefined) return true;
  return processNumbers().some((pid) => {
    const stat = statOf(pid);
    return stat?.group === group && stat.state !== 'Z' && stat.state !== 'X';
  });
}

function processNumbers(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

const variable = 'EVALMAKE_ATTEMPT=';

/** Only where /proc tells; elsewhere what the journal knows must do. */
function marked(tokens: ReadonlySet<string>): { token: string; group: number }[] {
  if (tokens.size === 0 || !existsSync('/proc/self/environ')) return [];
  const found: { token: string; group: number }[] = [];
  for (const pid of processNumbers()) {
    // We may be a command of another build ourselves.
    if (pid === process.pid) continue;
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
      const token = environment.find((v) => v.startsWith(variable))?.slice(variable.length);
      if (token === undefined || !tokens.has(token)) continue;
      const stat = statOf(pid);
      if (stat !== undefined) found.push({ token, group: stat.group });
    } catch {
      // Gone meanwhile, or not ours to read.
    }
  }
  return found;
}
