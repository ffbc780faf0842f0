// A State is a verdict as the page shows it: a glyph and a word, so that colour alone never says anything.
import type { Verdict } from '@evalmake/core/decision';
import type { Outcome } from '@evalmake/core/run-summary';
import { type Sign, verdictSigns as states, verdictOrder as verdicts } from '../verdict-signs.ts';
import { type Html, html } from './html.ts';

export { states, verdicts };

/** How many tasks have each verdict. */
export type Counts = Readonly<Partial<Record<Verdict, number>>>;

/** The verdict that a group is shown with. */
export function worst(counts: Counts): Verdict {
  return verdicts.find((verdict) => (counts[verdict] ?? 0) > 0) ?? 'off';
}

export function sum(counts: Counts): number {
  return Object.values(counts).reduce((all, n) => all + n, 0);
}

/** Tasks that are neither fresh nor off. */
export function stale(counts: Counts): number {
  return sum(counts) - (counts.fresh ?? 0) - (counts.off ?? 0);
}

/** `150 to run, 1 blocked, 849 fresh`. */
export function countsText(counts: Counts): string {
  return verdicts.flatMap((v) => (counts[v] ? [`${counts[v]} ${states[v].word}`] : [])).join(', ');
}

/** A pill: glyph and word. */
export function pill(verdict: Verdict, text = states[verdict].word): Html {
  return html`<span class="pill s-${verdict}"><span aria-hidden="true">${states[verdict].glyph}</span> ${text}</span>`;
}

/** Where the parts of a bar of this width begin and end: in proportion, and none that is there below `least`. */
export function shares(
  counts: Counts,
  width: number,
  least: number,
): { verdict: Verdict; x: number; w: number }[] {
  const order = [...verdicts].reverse().sort((a, b) => Number(b === 'fresh') - Number(a === 'fresh'));
  const there = order.filter((verdict) => (counts[verdict] ?? 0) > 0);
  const small = there.filter((verdict) => ((counts[verdict] as number) / sum(counts)) * width < least);
  const rest = there.filter((verdict) => !small.includes(verdict));
  const restSum = rest.reduce((all, verdict) => all + (counts[verdict] as number), 0);
  let x = 0;
  return there.map((verdict) => {
    const share = (counts[verdict] as number) / restSum;
    const w = small.includes(verdict) ? least : share * (width - least * small.length);
    x += w;
    return { verdict, x: Math.round((x - w) * 10) / 10, w: Math.round(w * 10) / 10 };
  });
}

/** A bar in the proportions of the states. */
export function stateBar(counts: Counts): Html {
  const parts = shares(counts, 200, 3).map(
    ({ verdict, x, w }) => html`<rect class="s-${verdict}" x="${x}" width="${w}" height="8"/>`,
  );
  return html`<svg class="bar" viewBox="0 0 200 8" preserveAspectRatio="none" aria-hidden="true">${parts}</svg>`;
}

/** What a build did with a task, as one sign. */
export const outcomes: Readonly<Record<Outcome, Sign>> = {
  ran: { glyph: '↻', word: 'ran' },
  'cut-off': { glyph: '≡', word: 'not needed: inputs came out equal' },
  failed: { glyph: '✗', word: 'failed' },
  stopped: { glyph: '■', word: 'stopped' },
  blocked: { glyph: '⊘', word: 'blocked' },
  ask: { glyph: '?', word: 'asks a person' },
  waiting: { glyph: '◌', word: 'waiting' },
  rechecked: { glyph: '◎', word: 'checked again' },
  restored: { glyph: '⇣', word: 'restored' },
  adopted: { glyph: '✓', word: 'adopted' },
  unfinished: { glyph: '…', word: 'unfinished' },
};
