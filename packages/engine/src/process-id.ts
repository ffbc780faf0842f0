// A ProcessId names a process for good: its number is reused after it ends, its start time is not.
import { readFileSync } from 'node:fs';

/** Start time of a process as the kernel counts it, or '' where that cannot be read (then the number alone must do). */
export function startTime(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

/** Whether a process still lives; another that got its number does not count. */
export function isAlive(pid: number, started: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = startTime(pid);
  return started === '' || now === '' || now === started;
}

/** Sends a signal to a whole process group; one that is gone is fine. Returns whether there was any process. */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
