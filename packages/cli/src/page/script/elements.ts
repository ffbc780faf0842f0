// Elements of the page as the script finds and fills them; markup comes from `html` alone.
import { type Content, textOf } from '../html.ts';

export function one<T extends Element = HTMLElement>(selector: string): T | null {
  return document.querySelector<T>(selector);
}

export function all<T extends Element = HTMLElement>(selector: string, within: ParentNode = document): T[] {
  return [...within.querySelectorAll<T>(selector)];
}

export function fill(element: Element, content: Content): void {
  element.innerHTML = textOf(content);
}

/** What one picks in a select, from now on. */
export function onChange(selector: string, then: (value: string) => void): void {
  const select = one<HTMLSelectElement>(selector);
  select?.addEventListener('change', () => then(select.value));
}

/** The element or its nearest ancestor that a click was on. */
export function clicked(event: Event, selector: string): HTMLElement | null {
  return (event.target as Element).closest<HTMLElement>(selector);
}
