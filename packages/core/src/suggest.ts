// A suggestion is the known word nearest to one that is not known: "did you mean …?".

/** Words longer than this are no typing mistake of a known one; the bound keeps a suggestion cheap. */
const longest = 100;

/**
 * The word nearest to a misspelt one, or undefined when none is near. Near means at most one edit for each three
 * letters (one to three edits), case aside; of equally near words the first.
 * @param word what was written
 * @param among the words that would have been understood
 */
export function suggest(word: string, among: Iterable<string>): string | undefined {
  if (word === '' || word.length > longest) return undefined;
  const wanted = word.toLowerCase();
  let bound = Math.min(3, Math.max(1, Math.floor(word.length / 3)));
  let best: string | undefined;
  for (const candidate of among) {
    if (candidate === word || Math.abs(candidate.length - word.length) > bound) continue;
    const edits = distance(wanted, candidate.toLowerCase(), bound);
    if (edits > bound) continue;
    if (edits === 0) return candidate;
    best = candidate;
    bound = edits - 1;
  }
  return best;
}

/**
 * Damerau-Levenshtein distance (optimal string alignment: insert, delete, replace, swap of neighbours), counted only
 * up to a bound; anything beyond it is `bound + 1`.
 */
function distance(a: string, b: string, bound: number): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let edits = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        edits = Math.min(edits, at(before, j - 2) + 1);
      row.push(edits);
      least = Math.min(least, edits);
    }
    if (least > bound) return bound + 1;
    before = last;
    last = row;
  }
  return Math.min(at(last, b.length), bound + 1);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
