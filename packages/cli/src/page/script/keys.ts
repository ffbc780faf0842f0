// Keys: / to search, j and k through what is not fresh, g and t to the pictures, ? for help. Never while one types.
import { all, one } from './elements.ts';

let at = -1;

function step(by: number): void {
  const open = all('.family.open-work:not(.hide)');
  if (open.length === 0) return;
  at = (at + by + open.length) % open.length;
  const line = open[at];
  line?.scrollIntoView({ block: 'center' });
  line?.querySelector('summary')?.focus({ preventScroll: true });
}

const keys: Readonly<Record<string, () => void>> = {
  '/': () => one('#find')?.focus(),
  j: () => step(1),
  k: () => step(at < 0 ? 0 : -1),
  g: () => one('#graph')?.scrollIntoView(),
  t: () => one('#timeline')?.scrollIntoView(),
  '?': () => one<HTMLDialogElement>('#keys')?.showModal(),
};

export function listenToKeys(): void {
  one('#show-keys')?.addEventListener('click', () => keys['?']?.());
  document.addEventListener('keydown', (event) => {
    const { key, ctrlKey, metaKey, altKey, target } = event;
    const field = target as HTMLElement;
    if (key === 'Escape' && field.matches('input')) field.blur();
    if (ctrlKey || metaKey || altKey || field.matches('input,select,textarea')) return;
    if (!Object.hasOwn(keys, key) || one('dialog[open]') !== null) return;
    event.preventDefault();
    keys[key]?.();
  });
}
