// VerdictSigns are how every screen and page shows a verdict: a glyph and a word, so that colour alone never says anything.
import type { Verdict } from '@evalmake/core/decision';

/** A sign. */
export interface Sign {
  readonly glyph: string;
  readonly word: string;
}

/** Worst first: a folded box shows the first of these that any of its tasks has. */
export const verdictSigns: Readonly<Record<Verdict, Sign>> = {
  blocked: { glyph: '✗', word: 'blocked' },
  ask: { glyph: '?', word: 'asks' },
  waiting: { glyph: '◌', word: 'waiting' },
  run: { glyph: '↻', word: 'to run' },
  restore: { glyph: '⇣', word: 'restore' },
  recheck: { glyph: '◎', word: 'recheck' },
  maybe: { glyph: '~', word: 'maybe' },
  fresh: { glyph: '✓', word: 'fresh' },
  off: { glyph: '–', word: 'off' },
};

/** All verdicts, worst first. */
export const verdictOrder = Object.keys(verdictSigns) as Verdict[];
