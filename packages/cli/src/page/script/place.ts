// A place is what the address names after `#`: a family, a task, a target, or how the list is filtered.
import type { BuildReport } from '../model.ts';
import { one } from './elements.ts';
import { fillIn, lineOf } from './fill.ts';
import { showFiltered } from './search.ts';

/** Opens an element and all that it lies in, and brings it into sight. */
export function reveal(report: BuildReport, element: HTMLElement): void {
  for (let at: HTMLElement | null = element; at !== null; at = at.parentElement) {
    at.classList.remove('hide');
    if (at instanceof HTMLDetailsElement) {
      at.open = true;
      fillIn(report, at);
    }
  }
  element.scrollIntoView({ block: 'start' });
  element.querySelector('summary')?.focus({ preventScroll: true });
}

/** Goes to where the address points. */
export function goTo(report: BuildReport): void {
  const place = location.hash.slice(1);
  const [, kind, index] = /^([ftx])-(\d+)$/.exec(place) ?? [];
  if (kind === 'x') {
    const name = report.targets[Number(index)]?.name ?? '';
    showFiltered(new URLSearchParams({ q: name }));
    one('#targets')?.scrollIntoView();
  } else if (kind !== undefined) {
    const element = kind === 't' ? lineOf(report, Number(index)) : one(`#f-${index}`);
    if (element !== null) reveal(report, element);
  } else if (place.includes('=')) showFiltered(new URLSearchParams(place));
}

export function listenToPlaces(report: BuildReport): void {
  addEventListener('hashchange', () => goTo(report));
}
