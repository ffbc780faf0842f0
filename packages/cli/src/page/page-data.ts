// The data of a page is the whole report, as a script element that no browser runs: JSON, or packed where that is long.
import { deflateRawSync } from 'node:zlib';
import { fold } from './folded.ts';
import { Html, html } from './html.ts';
import type { BuildReport } from './model.ts';

/** Characters of JSON; packed it is a fourth. */
const packedFrom = 100_000;

// What could end the element or start a comment, and what no page may hold or nobody can see.
const unsafe =
  /[<>&\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufdd0-\ufdef\ufeff\ufff0-\uffff]|[\ud83f-\udbff][\udffe\udfff]/g;

/** JSON as it may stand in a script element. */
function inScript(json: string): string {
  const unit = (c: string): string => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return json.replace(unsafe, (found) => found.split('').map(unit).join(''));
}

/** The element; its type says whether it is packed. */
export function pageData(report: BuildReport): Html {
  const plain = inScript(JSON.stringify(report));
  if (plain.length <= packedFrom)
    return html`<script type="application/json" id="data">${new Html(plain)}</script>`;
  const packed = deflateRawSync(JSON.stringify(fold(report)), { level: 9 }).toString('base64');
  return html`<script type="application/octet-stream" id="data">${new Html(packed)}</script>`;
}
