// A copy button puts a text into the clipboard; it is there only where scripts run.
import { type Html, html } from './html.ts';

/** A button with what it copies, and what it is called. */
export function copyButton(text: string, label: string): Html {
  return html`<button type="button" class="copy js" data-copy="${text}" aria-label="${label}" title="${label}"></button>`;
}
