// A Template is text with `${{ dotted.path }}` references: the only syntax, so that shell `$` and `{}` stay what they are.

/** One piece of a template: literal text, or a reference as its dotted path. */
export type Piece = string | Ref;

/** A reference `${{ a.b.c }}`. */
export interface Ref {
  readonly path: readonly string[];
}

/** A template read into pieces; `errors` says what is wrong with references that could not be read. */
export interface TemplatePieces {
  readonly pieces: readonly Piece[];
  readonly errors: readonly string[];
}

const cache = new Map<string, TemplatePieces>();
const path = /^[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z0-9_@-]+)*$/;

/**
 * Splits a template into literal text and references. Results are memoised: a pipeline has few distinct texts.
 * @param text the template as written
 */
export function pieces(text: string): TemplatePieces {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const result = split(text);
  if (cache.size > 50_000) cache.clear();
  cache.set(text, result);
  return result;
}

function split(text: string): TemplatePieces {
  const out: Piece[] = [];
  const errors: string[] = [];
  let at = 0;
  for (;;) {
    const open = text.indexOf('${{', at);
    if (open < 0) break;
    const close = text.indexOf('}}', open);
    if (close < 0) {
      errors.push('"${{" is never closed by "}}"');
      break;
    }
    if (open > at) out.push(text.slice(at, open));
    const inner = text.slice(open + 3, close).trim();
    if (path.test(inner)) out.push({ path: inner.split('.') });
    else errors.push(`"\${{ ${inner} }}" is not a dotted path; templates hold no expressions`);
    at = close + 2;
  }
  if (at < text.length) out.push(text.slice(at));
  return { pieces: out, errors };
}

/** The references of a template, in order. */
export function refs(text: string): Ref[] {
  return pieces(text).pieces.filter((p): p is Ref => typeof p !== 'string');
}

/** Whether a reference has the form of a var: `name` or `name.slug`. */
export function isVarRef({ path }: Ref): boolean {
  return path.length === 1 || (path.length === 2 && path[1] === 'slug');
}

/** Whether a text holds any reference. */
export function hasRefs(text: string): boolean {
  return text.includes('${{');
}

/** The dotted path of a template that is exactly one reference, or undefined. */
export function soleRef(text: string): readonly string[] | undefined {
  const { pieces: all } = pieces(text.trim());
  const first = all[0];
  return all.length === 1 && typeof first === 'object' ? first.path : undefined;
}

/**
 * Makes any value safe as one part of a path and of a task name: letters, digits, `.`, `_` and `-` stay.
 * @param text any text
 */
export function slug(text: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9._-]*(?<!-)$/.test(text)) return text;
  const safe = text
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^-+|-+$/g, '');
  return safe === '' || /^\.+$/.test(safe) ? '_' : safe;
}

/** A path as it is compared: no `./` in front, no doubled `/`, no inner `./`. */
export function tidyPath(path: string): string {
  if (!path.includes('./') && !path.includes('//')) return path;
  return path.replace(/\/{2,}/g, '/').replace(/(^|\/)(\.\/)+/g, '$1');
}
