// Html is markup that is safe to show: a tagged template escapes every value that stands in it, and nothing else makes it.

/** Markup. Only `html` makes it: text of data, and what is read from JSON, cannot pass for it. */
export class Html {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  toString(): string {
    return this.#text;
  }
}

/** What may stand in a template: text is escaped, markup is not, nothing is left out. */
export type Content = Html | string | number | undefined | readonly Content[];

/** Writes markup; each value is escaped for elements and for quoted attributes. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  let out = parts[0] as string;
  for (let at = 0; at < values.length; at += 1) out += textOf(values[at]) + parts[at + 1];
  return new Html(out);
}

/** Several pieces with something between them. */
export function join(items: readonly Content[], between: Content): Content[] {
  return items.flatMap((item, at) => (at === 0 ? [item] : [between, item]));
}

/** The characters of content as they stand in the file. */
export function textOf(content: Content): string {
  if (typeof content === 'string') return escaped(content);
  if (typeof content === 'number') return String(content);
  if (content === undefined) return '';
  if (Array.isArray(content)) return content.map(textOf).join('');
  return String(content);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it may stand in an element or in a quoted attribute. */
function escaped(text: string): string {
  return visible(text).replace(/[&<>"']/g, (c) => entities[c] as string);
}

// Control characters, what turns the direction of writing, what has no width, halves of pairs, and what is no character.
const hidden =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufdd0-\ufdef\ufeff\ufff9-\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|[\ud83f-\udbff][\udffe\udfff]/g;

/** Text with what cannot be seen, or turns what stands around it, written out: `\x1b`, `\u202e`. */
export function visible(text: string): string {
  return text.replace(hidden, (c) => {
    const code = c.codePointAt(0) as number;
    const hex = code.toString(16);
    return code < 256
      ? `\\x${hex.padStart(2, '0')}`
      : `\\u${code > 0xffff ? `{${hex}}` : hex.padStart(4, '0')}`;
  });
}
