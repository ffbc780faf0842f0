// Measuring: how many bytes and lines a file of words has; larger ones are not read for it.
import { readFileSync, statSync } from './fs.ts';
import type { FileSize } from './texts.ts';

/** Files above this are told by their bytes alone. */
const mostBytes = 4_000_000;

/** How large a file is now; undefined when it cannot be read. */
export function measure(path: string): FileSize | undefined {
  try {
    const { size } = statSync(path);
    if (size > mostBytes) return { bytes: size, lines: undefined };
    const content = readFileSync(path);
    if (content.includes(0)) return { bytes: size, lines: undefined };
    let lines = 0;
    for (let at = content.indexOf(10); at >= 0; at = content.indexOf(10, at + 1)) lines++;
    const torn = content.length > 0 && content.at(-1) !== 10;
    return { bytes: content.length, lines: lines + (torn ? 1 : 0) };
  } catch {
    return undefined;
  }
}
