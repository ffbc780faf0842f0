// A folded value is JSON in which strings that occur again are said once: digests, labels and reasons of thousands of tasks.

/** The strings in the order of their first use, and the value with a reference in place of each. */
export interface Folded {
  readonly strings: readonly string[];
  readonly value: unknown;
}

const shortest = 6;
const mark = '~';

/** References and strings that begin like one are marked: `~12`, and `~~12` for a text `~12`. */
export function fold(value: unknown): Folded {
  const uses = new Map<string, number>();
  walk(value, (text) => {
    uses.set(text, (uses.get(text) ?? 0) + 1);
    return text;
  });
  const places = new Map<string, number>();
  const folded = walk(value, (text) => {
    if (text.length < shortest || (uses.get(text) ?? 0) < 2)
      return text.startsWith(mark) ? mark + text : text;
    if (!places.has(text)) places.set(text, places.size);
    return mark + (places.get(text) as number).toString(36);
  });
  return { strings: [...places.keys()], value: folded };
}

/** The value as it was. */
export function unfold({ strings, value }: Folded): unknown {
  return walk(value, (text) => {
    if (!text.startsWith(mark)) return text;
    return text[1] === mark ? text.slice(1) : (strings[Number.parseInt(text.slice(1), 36)] as string);
  });
}

/** A copy with every string replaced; keys stay. */
function walk(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => walk(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, change)]));
}
