// A word diff tells two texts apart word by word: what is the same, what is gone, what is new.
import type { DiffPart } from './model.ts';

/** Texts of more words are told apart only by their common beginning and end. */
const mostWords = 600;

/** How many words of a long stretch that is the same are kept on each side of a difference. */
const context = 4;

/**
 * The difference of two texts. White space counts as one blank.
 * @returns parts in the order of the text; joined with blanks, `same` and `new` are the new text with its long
 * unchanged stretches as `…`
 */
export function wordDiff(was: string, now: string): DiffPart[] {
  const [a, b] = [words(was), words(now)];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const middle = between(a.slice(start, a.length - end), b.slice(start, b.length - end));
  const parts = [
    ...a.slice(0, start).map((w) => ['same', w] as const),
    ...middle,
    ...a.slice(a.length - end).map((w) => ['same', w] as const),
  ];
  return shortened(joined(parts));
}

type Word = readonly [kind: DiffPart['kind'], word: string];

function words(text: string): string[] {
  return text.split(/\s+/).filter((w) => w !== '');
}

/** The words of two texts by a longest common subsequence (Wagner & Fischer 1974). */
function between(a: readonly string[], b: readonly string[]): Word[] {
  if (a.length > mostWords || b.length > mostWords)
    return [...a.map((w): Word => ['gone', w]), ...b.map((w): Word => ['new', w])];
  const width = b.length + 1;
  const longest = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number): number => longest[i * width + j] as number;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      longest[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const out: Word[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      out.push(['same', a[i] as string]);
      i++;
      j++;
    } else if (i < a.length && (j === b.length || at(i + 1, j) >= at(i, j + 1)))
      out.push(['gone', a[i++] as string]);
    else out.push(['new', b[j++] as string]);
  }
  return out;
}

function joined(parts: readonly Word[]): DiffPart[] {
  const out: { kind: DiffPart['kind']; text: string }[] = [];
  for (const [kind, word] of parts) {
    const last = out.at(-1);
    if (last?.kind === kind) last.text += ` ${word}`;
    else out.push({ kind, text: word });
  }
  return out;
}

/** Long stretches that are the same are cut to what stands next to a difference. */
function shortened(parts: readonly DiffPart[]): DiffPart[] {
  return parts.map((part, i) => {
    const all = part.text.split(' ');
    const head = i === 0 ? 0 : context;
    const tail = i === parts.length - 1 ? 0 : context;
    if (part.kind !== 'same' || parts.length === 1 || all.length <= head + tail + 2) return part;
    const kept = [...all.slice(0, head), '…', ...all.slice(all.length - tail)];
    return { kind: 'same', text: kept.join(' ') };
  });
}
