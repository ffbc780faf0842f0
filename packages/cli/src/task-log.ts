// A TaskLog is what a command wrote, shown: what could steer a terminal is made visible, colours and piping or not.
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { printable } from './style.ts';

const chunkBytes = 64 * 1024;
/** A line that never ends is shown in pieces. */
const longestLine = 1 << 20;

/** A line of a log as it may be shown: without colours, and with every other control character made visible. */
export function logLine(text: string): string {
  // A pipe may end in a terminal too (`| less -R`, `| tee`), so it gets the same; the file itself holds every byte.
  return printable(text.replace(/\x1b\[[0-9;:]*m/g, ''));
}

/** Whether there is a log. */
export function hasLog(root: string, path: string): boolean {
  return statSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true;
}

/** The last lines of a log. `cut` says whether there are more. */
export function readLog(
  root: string,
  path: string,
  count: number,
): { readonly lines: readonly string[]; readonly cut: boolean } {
  const fd = openSync(join(root, path), 'r');
  try {
    const { size } = fstatSync(fd);
    const from = Math.max(0, size - chunkBytes);
    const buffer = Buffer.alloc(size - from);
    const length = readSync(fd, buffer, 0, buffer.length, from);
    const lines = splitLines(buffer.subarray(0, length).toString('utf8'));
    if (lines.at(-1) === '') lines.pop();
    // The first one began before what was read.
    if (from > 0 && lines.length > 1) lines.shift();
    return { lines: lines.slice(-count).map(logLine), cut: from > 0 || lines.length > count };
  } finally {
    closeSync(fd);
  }
}

/** Writes a whole log to standard output, however long it is. */
export function tellWholeLog(root: string, path: string): void {
  const fd = openSync(join(root, path), 'r');
  try {
    const decoder = new StringDecoder('utf8');
    const buffer = Buffer.alloc(chunkBytes);
    let rest = '';
    for (let n = readSync(fd, buffer); n > 0; n = readSync(fd, buffer)) {
      const text = rest + decoder.write(buffer.subarray(0, n));
      // A `\r` at the end may be the first half of a line break.
      const lines = splitLines(text.endsWith('\r') ? text.slice(0, -1) : text);
      rest = `${lines.pop() ?? ''}${text.endsWith('\r') ? '\r' : ''}`;
      if (rest.length > longestLine) lines.push(rest.slice(0, longestLine));
      if (rest.length > longestLine) rest = rest.slice(longestLine);
      process.stdout.write(lines.map((line) => `${logLine(line)}\n`).join(''));
    }
    for (const line of splitLines(rest + decoder.end()))
      if (line !== '') process.stdout.write(`${logLine(line)}\n`);
  } finally {
    closeSync(fd);
  }
}

/** A progress bar that goes back to the start of its line is shown line by line: nothing is painted over. */
function splitLines(text: string): string[] {
  return text.split(/\r\n|\r|\n/);
}
