// DisplayWidth is how many columns of a terminal a text takes, and how a text is cut to a number of them.
import { eastAsianWidth } from 'get-east-asian-width';

/** Text of which each code unit takes one column: ASCII, and the signs that evalmake itself draws. */
const single = /^[\u0020-\u007e·…–│░█▸◌✓✗≡↻]*$/;
const nothing = /^[\p{Mn}\p{Me}\p{Cf}\p{Default_Ignorable_Code_Point}]$/u;
/** Longer texts are cut at once: no terminal has that many columns. */
const longest = 1000;
/** A cluster is one letter with its marks; more marks than this nobody can read. */
const longestCluster = 32;

let segmenter: Intl.Segmenter | undefined;

function clusters(text: string): string[] {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return [...segmenter.segment(text)].map(({ segment }) =>
    segment.length <= longestCluster ? segment : String.fromCodePoint(segment.codePointAt(0) as number),
  );
}

/**
 * The columns that a text takes: the sum over its code points. A terminal that joins several emoji to one picture uses
 * fewer; none uses more, and only a line that is too wide would wrap and spoil what is drawn around it.
 */
export function displayWidth(text: string): number {
  if (single.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}

function widthOf(character: string): number {
  if (character === '\ufe0f') return 1;
  return nothing.test(character) ? 0 : eastAsianWidth(character.codePointAt(0) as number);
}

/** How many rows a line takes on a terminal of so many columns. A wide letter that does not fit goes to the next row whole. */
export function rowsTaken(line: string, columns: number): number {
  if (single.test(line)) return Math.max(1, Math.ceil(line.length / columns));
  let rows = 1;
  let used = 0;
  for (const character of line) {
    const width = widthOf(character);
    used += width;
    if (used <= columns) continue;
    rows += 1;
    used = width;
  }
  return rows;
}

/** The first clusters that fit into a width. */
function fitting(all: readonly string[], width: number): string[] {
  let used = 0;
  const out: string[] = [];
  for (const cluster of all) {
    used += displayWidth(cluster);
    if (used > width) break;
    out.push(cluster);
  }
  return out;
}

/** Cuts a text at its end to a width; `mark` stands for what is left out. */
export function cutEnd(text: string, width: number, mark: string): string {
  if (width <= 0) return '';
  const head = text.slice(0, longest);
  if (head === text && displayWidth(text) <= width) return text;
  if (single.test(head)) return head.slice(0, Math.max(0, width - mark.length)) + mark.slice(0, width);
  return fitting(clusters(head), width - mark.length).join('') + mark.slice(0, width);
}

/** Cuts a text in its middle: names of tasks differ at their ends. */
export function cutMiddle(text: string, width: number, mark: string): string {
  const half = longest / 2;
  const short = text.length <= longest ? text : text.slice(0, half) + text.slice(-half);
  if (short === text && displayWidth(text) <= width) return text;
  const room = Math.max(0, width - mark.length);
  const all = clusters(short);
  const head = fitting(all, Math.ceil(room / 2));
  const tail = fitting(all.toReversed(), Math.floor(room / 2));
  return `${head.join('')}${mark.slice(0, width)}${tail.toReversed().join('')}`;
}

/** Fills a text with spaces up to a width. */
export function padTo(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}
