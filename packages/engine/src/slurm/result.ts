// A Result is what a job itself wrote when its command ended: the first of two witnesses, Slurm being the other.
import { readFileSync } from '../fs.ts';

// Format: one JSON object, written below the array's folder as `done/<index>` by temporary file, sync and rename. The file
// `seen` in the attempt's folder is written before it: a line `<bytes> <path>` for each file that the node saw.

/** How a command ended on its node. */
export interface Result {
  readonly token: string;
  readonly code: number;
  readonly timedOut: boolean;
  readonly node: string;
  readonly job: string;
  /** Seconds since 1970. */
  readonly started: number;
  readonly ended: number;
  /** How many files the node saw. */
  readonly files: number;
}

/** Reads a result; undefined when there is none, or it is not whole, or of another attempt. */
export function readResult(path: string, token: string): Result | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined; // Not there yet, or not seen whole yet: it is looked at again.
  }
  return isResult(value) && value.token === token ? value : undefined;
}

function isResult(value: unknown): value is Result {
  if (typeof value !== 'object' || value === null) return false;
  const { token, code, timedOut, node, files } = value as Partial<Record<keyof Result, unknown>>;
  return (
    typeof token === 'string' &&
    typeof code === 'number' &&
    typeof timedOut === 'boolean' &&
    typeof node === 'string' &&
    typeof files === 'number'
  );
}

/** A file as its node saw it. */
export interface SeenFile {
  readonly path: string;
  readonly bytes: number;
}

/** What the node saw; undefined when not all of the list is visible yet. */
export function readSeen(path: string, files: number): SeenFile[] | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  const lines = text.split('\0').filter((line) => line !== '');
  if (lines.length !== files) return undefined;
  return lines.map((line) => {
    const space = line.indexOf(' ');
    return { bytes: Number(line.slice(0, space)), path: line.slice(space + 1) };
  });
}
