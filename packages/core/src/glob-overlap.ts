// Glob overlap: whether some path could match two patterns at once, found without looking at any disk.

type Token =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'one' }
  | { readonly kind: 'some' }
  /** Like `some`, but not a dot. */
  | { readonly kind: 'plain' }
  | { readonly kind: 'deep' };

const mostAlternatives = 64;

/**
 * Whether a path could match both of two globs (`*`, `**`, `?`, `[…]`, `{a,b}`). A class of characters counts as any one.
 * @param one a glob, or a literal path
 * @param two another
 */
export function globsOverlap(one: string, two: string): boolean {
  const left = alternatives(one).map(tokens);
  const right = alternatives(two).map(tokens);
  return left.some((a) => right.some((b) => meet(a, b)));
}

/**
 * Whether a source glob would take in members of an output set. Where the set's pattern names an ending, its wildcards
 * stand for names without a dot: `part-*.txt` is not taken for something that `*.json*` finds.
 * @param source the glob of an input
 * @param set the glob of an output
 */
export function takesIn(source: string, set: string): boolean {
  if (!/\.[^*?[\]{}/]+$/.test(set)) return globsOverlap(source, set);
  const left = alternatives(source).map(tokens);
  const right = alternatives(set).map((p) =>
    tokens(p).map((t): Token => (t.kind === 'some' ? { kind: 'plain' } : t)),
  );
  return left.some((a) => right.some((b) => meet(a, b)));
}

/** The part of a pattern before its first wildcard. */
export function literalPrefix(pattern: string): string {
  const at = pattern.search(/[*?[{]/);
  return at < 0 ? pattern : pattern.slice(0, at);
}

/** The patterns that one with braces stands for; where there are too many, braces count as any text. */
function alternatives(pattern: string): string[] {
  let all = [pattern];
  for (;;) {
    const next = all.flatMap((p) => {
      const match = /^(.*?)\{([^{}]*)\}(.*)$/s.exec(p);
      if (match === null) return [p];
      const [, before, inner, after] = match as unknown as [string, string, string, string];
      return inner.split(',').map((part) => before + part + after);
    });
    if (next.length > mostAlternatives) return [pattern.replace(/\{.*\}/s, '**')];
    if (next.length === all.length && next.every((p, i) => p === all[i])) return all;
    all = next;
  }
}

function tokens(pattern: string): Token[] {
  return [...pattern.matchAll(/\*\*\/?|\*|\?|\[[^\]/]+\]|[^*?[]+|\[/g)].flatMap(([part]): Token[] => {
    if (part.startsWith('**')) return [{ kind: 'deep' }];
    if (part === '*') return [{ kind: 'some' }];
    if (part === '?' || (part.length > 1 && part.startsWith('['))) return [{ kind: 'one' }];
    return [...part].map((text) => ({ kind: 'text', text }));
  });
}

/** Whether two token lists have a common text: walks all pairs of positions that can be reached. */
function meet(a: readonly Token[], b: readonly Token[]): boolean {
  const seen = new Uint8Array((a.length + 1) * (b.length + 1));
  const stack: [number, number][] = [[0, 0]];
  while (stack.length > 0) {
    const [i, j] = stack.pop() as [number, number];
    const at = i * (b.length + 1) + j;
    if (seen[at] === 1) continue;
    seen[at] = 1;
    const x = a[i];
    const y = b[j];
    if (x === undefined && y === undefined) return true;
    if (isMany(x)) stack.push([i + 1, j]);
    if (isMany(y)) stack.push([i, j + 1]);
    if (x === undefined || y === undefined || !same(x, y)) continue;
    // Each side stays where it is while it can take more characters.
    stack.push([isMany(x) ? i : i + 1, isMany(y) ? j : j + 1]);
  }
  return false;
}

function isMany(token: Token | undefined): boolean {
  return token?.kind === 'some' || token?.kind === 'plain' || token?.kind === 'deep';
}

/** Whether one character can be taken by both. */
function same(x: Token, y: Token): boolean {
  if (x.kind === 'text' && y.kind === 'text') return x.text === y.text;
  const dot = (t: Token, other: Token) => t.kind === 'text' && t.text === '.' && other.kind === 'plain';
  if (dot(x, y) || dot(y, x)) return false;
  const slash = (t: Token, other: Token) => t.kind === 'text' && t.text === '/' && other.kind !== 'deep';
  return !slash(x, y) && !slash(y, x);
}
