// A process with everything it started: the way to end a test file so that no grandchild goes on.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** All processes below one, also those in process groups of their own. Linux has /proc; elsewhere ps is asked. */
function descendants(pid) {
  const parents = existsSync('/proc/self/stat')
    ? readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name) && existsSync(`/proc/${name}/stat`))
        .map((name) => [Number(name), parentFromProc(name)])
    : spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
        .stdout.trim()
        .split('\n')
        .map((line) => line.trim().split(/\s+/).map(Number));
  const below = [pid];
  for (const one of below) for (const [child, parent] of parents) if (parent === one) below.push(child);
  return below.slice(1);
}

/** The parent's id from /proc/<pid>/stat, whose second field (the name, in brackets) may hold any character. */
function parentFromProc(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return -1; // ended meanwhile
  }
}

/** Kills a process (or, when negative, a process group) at once. One that is already gone is what was wanted
 *  (ESRCH; EPERM is what macOS says of a group whose last process has ended but was not collected). */
export function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH' && error.code !== 'EPERM') throw error;
  }
}

/** Kills a test file's process group and whatever it started elsewhere. */
export function killTree(pid) {
  const below = descendants(pid);
  kill(-pid);
  for (const one of below) kill(one);
}
