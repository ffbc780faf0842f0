// Folders of arrays and attempts: where they lie, and how those that are over go. Jobs that nobody follows may still write there.
import { join } from 'node:path';
import { remove } from '../disk.ts';
import { readdirSync, readFileSync, rmdirSync, statSync } from '../fs.ts';

/** Folder of arrays and attempts, relative to the workspace. */
export const slurmDir = '.evalmake/slurm';

const attempts = `${slurmDir}/attempt`;

/** Folder of the attempts of a task, relative to the workspace. */
export function attemptsOf(folder: string): string {
  return `${attempts}/${folder}`;
}

/**
 * Removes the folders of former attempts of a task. The command goes first, so that a job that still wants to start finds
 * none, and its environment with it. What a job that goes on to write leaves behind goes with the next sweep.
 * @param folder of the attempts, absolute
 */
export function clearAttempts(folder: string): void {
  for (const name of namesIn(folder)) {
    const dir = join(folder, name);
    remove(join(dir, 'command.sh'));
    remove(join(dir, 'env'));
    try {
      remove(dir);
    } catch {
      // A job that was given up has just written there.
    }
  }
}

/** Removes arrays of which no attempt is left, and folders of tasks without any. */
export function sweep(root: string): void {
  for (const name of namesIn(join(root, attempts))) {
    try {
      rmdirSync(join(root, attempts, name));
    } catch {
      // An attempt lies in it, which may be gone on with.
    }
  }
  for (const name of namesIn(join(root, slurmDir))) {
    if (!name.startsWith('em-')) continue;
    const array = join(root, slurmDir, name);
    const listed = attemptsIn(array);
    if (listed?.every((dir) => statSync(dir, { throwIfNoEntry: false }) === undefined)) remove(array);
  }
}

/** The folders of the attempts of an array; undefined while it is just being made. */
function attemptsIn(array: string): string[] | undefined {
  let text: string;
  try {
    text = readFileSync(join(array, 'manifest'), 'utf8');
  } catch {
    return undefined;
  }
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => line.slice(0, line.lastIndexOf(' ')));
}

function namesIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir);
  } catch {
    return []; // Nothing was ever there.
  }
}
