// The foot of the page: what made it, what was left out, and the keys that it listens to.
import { type Html, html } from './html.ts';
import type { BuildReport } from './model.ts';

const keys: readonly (readonly [key: string, does: string])[] = [
  ['/', 'search'],
  ['j', 'next that is not fresh'],
  ['k', 'the one before'],
  ['g', 'graph'],
  ['t', 'timeline'],
  ['?', 'these keys'],
  ['Esc', 'close'],
];

/** The footer and the help. */
export function foot({ tool, omitted, format, version }: BuildReport): Html {
  const left =
    omitted.length === 0
      ? undefined
      : html`<div class="omitted"><b>Left out so that this file stays small</b><ul>${omitted.map((line) => html`<li>${line}</li>`)}</ul></div>`;
  return html`<footer><div class="wide">${left}<p>Made by evalmake ${tool} (<code>${format}/${version}</code>) with <code>evalmake report -o report.html</code>. One file: it loads nothing from the network.<button type="button" class="js linklike" id="show-keys">Keys</button></p></div></footer>
<dialog id="keys" aria-labelledby="keys-title"><h2 id="keys-title">Keys</h2><dl>${keys.map(([key, does]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${does}</dd></div>`)}</dl><form method="dialog"><button>Close</button></form></dialog>`;
}
