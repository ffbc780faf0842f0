// The data of a page is the whole report, as a script element that no browser runs: JSON, or packed where that is long.
import { deflateRawSync } from 'node:zlib';
import { fold } from './folded.ts';
import { Html, html } from './html.ts';
import type { BuildReport } from './model.ts';

/** Characters of JSON; packed it is a fourth. */
const packedFrom = 100_000;

/** JSON as it may stand in a script element: nothing in it can end the element or start a comment. */
function inScript(json: string): string {
  return json.replace(
    /[<>&\u007f-\u009f\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The element; its type says whether it is packed. */
export function pageData(report: BuildReport): Html {
  const plain = inScript(JSON.stringify(report));
  if (plain.length <= packedFrom)
    return html`<script type="application/json" id="data">${new Html(plain)}</script>`;
  const packed = deflateRawSync(JSON.stringify(fold(report)), { level: 9 }).toString('base64');
  return html`<script type="application/octet-stream" id="data">${new Html(packed)}</script>`;
}
