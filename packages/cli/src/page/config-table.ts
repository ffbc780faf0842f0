// The config as it holds now: each leaf with its value, and the targets that count it.
import { cut, number } from './format.ts';
import { type Html, html } from './html.ts';
import type { BuildReport } from './model.ts';
import { table } from './table.ts';

const shown = 400;

/** The section. */
export function configTable({ config }: BuildReport): Html {
  if (config.keys.length === 0)
    return html`<p class="note">${config.file === undefined ? 'The pipeline has no config.' : html`<code>${config.file}</code> has no keys.`}</p>`;
  const rows = config.keys.slice(0, shown).map(({ key, value, masked, usedBy }) => {
    const users = usedBy.slice(0, 6).join(', ') + (usedBy.length > 6 ? ` and ${usedBy.length - 6} more` : '');
    return [
      html`<code>${key}</code>`,
      masked ? html`<span class="none">masked</span>` : html`<code>${cut(value, 160)}</code>`,
      usedBy.length === 0 ? html`<span class="none">nothing</span>` : users,
    ];
  });
  const rest = config.keys.length - rows.length;
  return html`<details class="card"${config.keys.length <= 12 ? html` open` : undefined}><summary>${number(config.keys.length)} keys${config.file === undefined ? undefined : html` of <code>${config.file}</code>`}</summary>${table({ caption: 'Config', quiet: true, columns: ['key', 'value', ['grow', 'counted by']], rows })}${rest > 0 ? html`<p class="note">and ${number(rest)} more</p>` : undefined}</details>`;
}
