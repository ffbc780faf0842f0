// A JournalText is what the bytes of a journal say: its whole lines in their order, and where any are lost.
import { Unreadable } from './failure.ts';
import { header, headerVersion, type Line, readLine } from './journal-line.ts';

/** The lines of a journal and how much of it is lost. */
export interface JournalText {
  /** Whole lines in the order in which they were written, each once. */
  readonly lines: readonly Line[];
  /** Number of the next line; undefined in a journal of version 1, whose lines have none. */
  readonly next: number | undefined;
  /** Bytes up to the end of the last line. */
  readonly size: number;
  /** Whether the last line has no end. */
  readonly torn: boolean;
  /** Whether the first line names this version. */
  readonly current: boolean;
  /** What is wrong with it, in words; undefined when nothing is. */
  readonly damage: string | undefined;
  /** Everything before this place in the order may have been followed by a line that is lost. */
  readonly lostAt: number;
}

interface Scan {
  readonly lines: Line[];
  readonly bad: number[];
  torn: boolean;
  lostAt: number;
}

/** How much is made a text at once: one text of all cannot be longer than 512 MiB, and a journal can. */
const pieceBytes = 1 << 26;

/**
 * Reads a journal. Whatever the bytes are, something comes of it.
 * @param bytes the whole file
 * @param path for the message
 * @param piece how many bytes are made a text at once
 * @throws Unreadable when a newer version wrote it
 */
export function readJournal(bytes: Buffer, path: string, piece = pieceBytes): JournalText {
  const first = bytes.toString('utf8', 0, Math.max(0, bytes.indexOf(0x0a)));
  const version = headerVersion(first);
  if (version !== undefined && version > 2)
    throw new Unreadable(
      `${path} was written by a newer evalmake (evalmake-journal ${version}); use that one, or remove the file`,
    );
  const scan = scanLines(bytes, version, { from: version === undefined ? 0 : first.length + 1, piece });
  const moved = inOrder(scan);
  const last = scan.lines.at(-1)?.number ?? 0;
  const empty = bytes.length === 0;
  return {
    lines: scan.lines,
    next: version === 1 ? undefined : last + 1,
    // In bytes, not in characters: a damaged line may hold what is no UTF-8.
    size: bytes.lastIndexOf(0x0a) + 1,
    torn: scan.torn,
    current: first === header,
    damage: empty ? undefined : damageOf(scan, moved),
    lostAt: scan.lostAt,
  };
}

function scanLines(
  bytes: Buffer,
  version: number | undefined,
  { from, piece }: { readonly from: number; readonly piece: number },
): Scan {
  const scan: Scan = { lines: [], bad: [], torn: false, lostAt: 0 };
  let place = from === 0 ? 1 : 2;
  for (let at = from; at < bytes.length; ) {
    const end = pieceEnd(bytes, at, piece);
    place = scanPiece(scan, bytes.toString('utf8', at, end), place);
    at = end;
  }
  if (version === undefined && bytes.length > 0 && scan.bad[0] !== 1 && !scan.torn) scan.bad.unshift(1);
  return scan;
}

/** Where a piece ends: behind the last line that fits, and behind the first one when none does. */
function pieceEnd(bytes: Buffer, at: number, piece: number): number {
  if (bytes.length - at <= piece) return bytes.length;
  const last = bytes.lastIndexOf(0x0a, at + piece - 1);
  const end = last >= at ? last : bytes.indexOf(0x0a, at + piece);
  return end < 0 ? bytes.length : end + 1;
}

/** Reads the lines of a piece, and gives the place of the line behind it. */
function scanPiece(scan: Scan, text: string, first: number): number {
  let place = first;
  let last = scan.lines.at(-1)?.number ?? 0;
  for (let at = 0; at < text.length; place++) {
    const end = text.indexOf('\n', at);
    const line = end < 0 ? undefined : readLine(text.slice(at, end));
    if (line !== undefined) {
      // Lines of version 1 have no number; their place in the file is as good, for one that is bad still has one.
      last = line.number === 0 ? place - 1 : line.number;
      scan.lines.push(line.number === 0 ? { ...line, number: last } : line);
    } else {
      if (end < 0) scan.torn = true;
      else scan.bad.push(place);
      // Somewhere behind the last whole line.
      scan.lostAt = Math.max(scan.lostAt, last + 0.5);
    }
    at = end < 0 ? text.length : end + 1;
  }
  return place;
}

/** Brings lines into the order of their numbers, each once, and notes gaps. Says whether that was anything to do. */
function inOrder(scan: Scan): { gaps: number; mixed: boolean } {
  const { lines } = scan;
  let at = 0;
  while (at < lines.length && lines[at]?.number === at + 1) at++;
  if (at === lines.length) return { gaps: 0, mixed: false };
  const before = lines.map((line) => line.number);
  const sorted = [...lines].sort((a, b) => a.number - b.number);
  lines.length = 0;
  let gaps = 0;
  for (const line of sorted) {
    const last = lines.at(-1);
    if (last !== undefined && sameLine(last, line)) continue;
    const missing = line.number - (last?.number ?? 0) - 1;
    if (missing > 0) {
      gaps += missing;
      scan.lostAt = Math.max(scan.lostAt, line.number - 1);
    }
    lines.push(line);
  }
  return { gaps, mixed: before.some((number, i) => number !== lines[i]?.number) };
}

function sameLine(a: Line, b: Line): boolean {
  return a.number === b.number && a.type === b.type && a.task === b.task && a.json === b.json;
}

function damageOf(
  { bad, torn }: Scan,
  { gaps, mixed }: { gaps: number; mixed: boolean },
): string | undefined {
  if (bad.length > 0) {
    const shown = `${bad.slice(0, 5).join(', ')}${bad.length > 5 ? ', …' : ''}`;
    return `is damaged in line${bad.length > 1 ? 's' : ''} ${shown}; only what these lines said is lost`;
  }
  if (gaps > 0) return `lacks ${gaps} line${gaps > 1 ? 's' : ''}; only what these lines said is lost`;
  if (torn) return 'ended in the middle of a line; only what that line said is lost';
  return mixed ? 'has lines that are not in their place; they were put in order' : undefined;
}
