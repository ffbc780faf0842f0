// The search over families: by name, by the names of their tasks, by state, and in another order.
import type { Verdict } from '@evalmake/core/decision';
import { number } from '../format.ts';
import type { BuildReport } from '../model.ts';
import { all, one } from './elements.ts';

const fields = { q: '#find', state: '#state', order: '#order', level: '' } as const;

function value(key: 'q' | 'state' | 'order'): string {
  return one<HTMLInputElement>(fields[key])?.value ?? '';
}

/** Puts a view into the fields, which then filter. */
export function showFiltered(view: URLSearchParams): void {
  for (const key of ['q', 'state', 'order'] as const) {
    const field = one<HTMLInputElement>(fields[key]);
    if (field !== null) field.value = view.get(key) ?? '';
  }
  one('#find')?.dispatchEvent(new Event('input'));
  const level = view.get('level');
  if (level !== null)
    all('[data-level]')
      .find((button) => button.dataset.level === level)
      ?.click();
}

/** What families are put in order by. */
function rankOf(report: BuildReport, order: string): ((a: number, b: number) => number) | undefined {
  const { families } = report;
  const most = (of: (at: number) => number) => (a: number, b: number) => of(b) - of(a) || a - b;
  const name = (at: number): string => families[at]?.name ?? '';
  if (order === 'name') return (a, b) => (name(a) < name(b) ? -1 : 1);
  if (order === 'time') return most((at) => families[at]?.ms ?? 0);
  if (order === 'cost') return most((at) => families[at]?.costUsd ?? 0);
  if (order === 'size') return most((at) => families[at]?.tasks.length ?? 0);
  return undefined;
}

function matches(report: BuildReport, at: number, words: readonly string[], state: string): boolean {
  const family = report.families[at];
  if (family === undefined) return false;
  if (state !== '' && !family.verdicts[state as Verdict]) return false;
  const has = (text: string): boolean => words.every((word) => text.toLowerCase().includes(word));
  return has(family.name) || family.tasks.some((task) => has(report.tasks[task]?.id ?? ''));
}

export function listenToSearch(report: BuildReport): void {
  const list = one('#families');
  const found = one('#found');
  if (list === null || found === null) return;
  const lines = all(':scope > .family', list);
  const indexOf = (line: HTMLElement): number => Number(line.dataset.family);
  const update = (): void => {
    const words = value('q').toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const line of lines) {
      const fits = matches(report, indexOf(line), words, value('state'));
      line.classList.toggle('hide', !fits);
      shown += Number(fits);
    }
    found.textContent = `${number(shown)} of ${number(lines.length)} shown`;
  };
  const reorder = (): void => {
    const rank = rankOf(report, value('order'));
    const sorted = rank === undefined ? lines : [...lines].sort((a, b) => rank(indexOf(a), indexOf(b)));
    list.append(...sorted);
  };
  const view = (): void => {
    const set = (['q', 'state', 'order'] as const).flatMap((key) =>
      value(key) === '' ? [] : [[key, value(key)]],
    );
    history.replaceState(null, '', `#${set.length === 0 ? 'targets' : new URLSearchParams(set)}`);
  };
  one('#find')?.addEventListener('input', (event) => {
    update();
    reorder();
    if (event.isTrusted) view();
  });
  for (const key of ['state', 'order'] as const)
    one(fields[key])?.addEventListener('change', () => {
      update();
      reorder();
      view();
    });
}
