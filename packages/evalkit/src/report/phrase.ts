// A Phrase is text inside a block: plain, emphasised, or literal; nothing in it is markup of any format.

/** A piece of a phrase. Every text may come from data and is escaped by the renderer. */
export type Inline = string | { readonly kind: 'strong' | 'code'; readonly text: string };

/** What stands in a paragraph, an item of a list or a cell. */
export type Phrase = string | readonly Inline[];

/** Emphasised text. */
export function strong(text: string): Inline {
  return { kind: 'strong', text };
}

/** Literal text: a name, a formula, a digest. */
export function code(text: string): Inline {
  return { kind: 'code', text };
}

/** A template whose values are inlines or phrases: rich`${code(name)} is ${strong(verdict)}`. */
export function rich(
  strings: TemplateStringsArray,
  ...values: readonly (Inline | Phrase | number)[]
): readonly Inline[] {
  return strings.flatMap((text, index) => {
    const value = values[index];
    const inlines: readonly Inline[] =
      value === undefined ? [] : typeof value === 'number' ? [String(value)] : inlinesOf(value);
    return [text, ...inlines].filter((inline) => inline !== '');
  });
}

/** The pieces of a phrase. */
export function inlinesOf(phrase: Inline | Phrase): readonly Inline[] {
  if (typeof phrase === 'string') return [phrase];
  return 'kind' in phrase ? [phrase] : phrase;
}

/** Phrases with a separator between those that are not empty. */
export function join(phrases: readonly Phrase[], separator: string): readonly Inline[] {
  const full = phrases.map(inlinesOf).filter((inlines) => inlines.some((inline) => inline !== ''));
  return full.flatMap((inlines, index) => (index === 0 ? inlines : [separator, ...inlines]));
}

/** The text of a phrase without its emphasis. */
export function plain(phrase: Phrase): string {
  return inlinesOf(phrase)
    .map((inline) => (typeof inline === 'string' ? inline : inline.text))
    .join('');
}

/**
 * Makes visible what would hide or reorder text: control characters, bidirectional overrides and isolates, invisible
 * spaces, lone halves of pairs. Letters of any script stay as they are. Line breaks become spaces.
 */
export function visible(text: string): string {
  return text
    .replace(/[\p{Cs}\p{Noncharacter_Code_Point}]/gu, '\ufffd')
    .replace(/[ \t]*[\n\r\u2028\u2029]\s*/g, ' ')
    .replace(/(?!\t)\p{Cc}|[\u202a-\u202e\u2066-\u2069\u200b\u2060\ufeff]/gu, (mark) => {
      const point = mark.codePointAt(0) ?? 0;
      return `[U+${point.toString(16).toUpperCase().padStart(4, '0')}]`;
    });
}
