// A Markdown cell is text of data made safe for a table, a heading or a list.
import { printable } from '../style.ts';

/** Text of data inside Markdown: no markup, no mention, no row end. */
export function markdownCell(text: string): string {
  return printable(text)
    .replaceAll('\n', ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\\', '\\\\')
    .replace(/[`*_[\]#|~]/g, (c) => `\\${c}`)
    .replaceAll('@', '&#64;')
    .replace(/:\/\//g, '&#58;//');
}
