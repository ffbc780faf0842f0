// Copies: a click on a copy button puts its text into the clipboard, and says so for a moment.
import { clicked } from './elements.ts';

/** Where the clipboard is refused, a selected text field does it. */
function copyBySelection(text: string): void {
  const field = document.createElement('textarea');
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand('copy');
  field.remove();
}

export function listenToCopies(): void {
  document.addEventListener('click', async (event) => {
    const button = clicked(event, '[data-copy]');
    if (button === null) return;
    event.preventDefault();
    const text = button.dataset.copy ?? '';
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      copyBySelection(text);
    }
    button.classList.add('done');
    setTimeout(() => button.classList.remove('done'), 1200);
  });
}
