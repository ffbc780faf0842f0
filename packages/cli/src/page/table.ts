// A table stands in a box of its own that scrolls sideways, by the keyboard too; the first cell of a row is its heading.
import { type Content, type Html, html } from './html.ts';

/** A heading; `n` is for numbers, `grow` for long texts, `barcell` for bars, whose heading is only heard. */
export type Column = string | readonly [kind: 'n' | 'grow' | 'barcell', heading: string];

export interface Table {
  readonly caption: string;
  /** Whether the caption is only heard, since what stands before the table says it. */
  readonly quiet?: true;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Content[])[];
}

const kindOf = (column: Column | undefined): string | undefined =>
  typeof column === 'object' ? column[0] : undefined;

function classOf(column: Column | undefined): Content {
  const kind = kindOf(column);
  return kind === undefined ? undefined : html` class="${kind}"`;
}

function heading(column: Column): Html {
  const text = typeof column === 'object' ? column[1] : column;
  return html`<th scope="col"${classOf(column)}>${kindOf(column) === 'barcell' ? html`<span class="sr">${text}</span>` : text}</th>`;
}

export function table({ caption, quiet, columns, rows }: Table): Html {
  const body = rows.map(
    ([first, ...cells]) =>
      html`<tr><th scope="row"${classOf(columns[0])}>${first}</th>${cells.map((cell, at) => html`<td${classOf(columns[at + 1])}>${cell}</td>`)}</tr>
`,
  );
  return scrolling(
    caption,
    html`<table><caption${quiet ? html` class="sr"` : undefined}>${caption}</caption><thead><tr>${columns.map(heading)}</tr></thead><tbody>${body}</tbody></table>`,
  );
}

/** A box that scrolls sideways. */
export function scrolling(label: string, content: Content): Html {
  return html`<div class="scroll"${region(label)}>${content}</div>`;
}

/** What makes a box that scrolls reachable: a place in the order of Tab, and a name. */
export function region(label: string): Html {
  return html` tabindex="0" role="group" aria-label="${label}"`;
}
