// A Sample is the part of a data set that is evaluated: a seeded shuffle, cut off at a number of items.
import { digestOf } from '../digest.ts';
import type { Problems } from '../failure.ts';
import type { Located } from './question.ts';

/** What is needed to draw a sample. */
export interface SampleSettings {
  readonly seed: number;
  /** The most items to take; null takes all. */
  readonly maxItems: number | null;
}

/**
 * Shuffles by sorting on a seeded key of each item's id, then takes the first `maxItems`. The order does not depend on
 * the order in the files, a higher cap keeps the items already chosen in their places, and a new item moves no other.
 * Two items with one id are a problem that names both places.
 */
export function drawSample<Q extends { readonly id: string }>(
  items: Iterable<Located<Q>>,
  settings: SampleSettings,
  problems: Problems,
): Q[] {
  const placeOf = new Map<string, string>();
  const keyed: { key: string; question: Q }[] = [];
  for (const { question, where } of items) {
    const before = placeOf.get(question.id);
    if (before !== undefined) {
      problems.add(
        `${where}: the id ${JSON.stringify(question.id)} stands already at ${before}; ids must be unique`,
      );
      continue;
    }
    placeOf.set(question.id, where);
    keyed.push({ key: digestOf(String(settings.seed), question.id), question });
  }
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const taken = settings.maxItems === null ? keyed : keyed.slice(0, settings.maxItems);
  return taken.map(({ question }) => question);
}
