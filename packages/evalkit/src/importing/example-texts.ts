// Example texts are what a log says in words about a few items: question, accepted answer, and the answer of each condition.
import { Problems } from '../failure.ts';
import { type FieldMap, observe, type TextRole } from './field-map.ts';
import type { ImportedExample } from './import-summary.ts';
import type { LogRecord } from './log-record.ts';
import { memberAt } from './log-record.ts';
import type { DifferingItem } from './score-rows.ts';

/** Characters of a text that are shown. */
const MOST_LETTERS = 200;

interface Draft {
  question: string | null;
  gold: string | null;
  readonly answers: Map<string, { readonly text: string | null; readonly score: number }>;
}

/** Gathers the texts of some items in a second reading, so that a first one need not keep any. */
export class ExampleTexts {
  readonly #items: readonly DifferingItem[];
  readonly #drafts = new Map<string, Draft>();

  constructor(items: readonly DifferingItem[]) {
    this.#items = items;
    for (const item of items)
      this.#drafts.set(keyOf(item), { question: null, gold: null, answers: new Map() });
  }

  /** Takes a record if it is the first of its item and condition; wrong cells were told at the first reading. */
  take(record: LogRecord, map: FieldMap): void {
    const observation = observe(record, map, new Problems());
    if (observation === null) return;
    const draft = this.#drafts.get(keyOf(observation));
    const score = observation.values.correct ?? observation.values.score;
    if (draft === undefined || score === undefined || score === null) return;
    if (draft.answers.has(observation.condition)) return;
    const text = (role: TextRole): string | null => {
      const field = map.fields[role];
      return field === undefined ? null : shortText(record.field(field));
    };
    draft.question ??= text('question');
    draft.gold ??= text('gold');
    draft.answers.set(observation.condition, { text: text('answer'), score });
  }

  /** The examples, in the order of the items; conditions by name. */
  examples(): ImportedExample[] {
    return this.#items.map((item) => {
      const { question, gold, answers } = this.#drafts.get(keyOf(item)) as Draft;
      const byName = [...answers].sort(([a], [b]) => (a < b ? -1 : 1));
      return {
        dataset: item.dataset,
        item_id: item.item,
        temp: item.temp,
        question,
        gold,
        answers: Object.fromEntries(byName),
      };
    });
  }
}

function keyOf({ dataset, item, temp }: DifferingItem): string {
  return JSON.stringify([dataset, item, temp]);
}

/** A text on one line, cut; several texts with a stroke between them; of messages the last one. */
function shortText(value: unknown): string | null {
  const text = textOf(value);
  if (text === null) return null;
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  const letters = Array.from(line.slice(0, 4 * MOST_LETTERS));
  return letters.length > MOST_LETTERS ? `${letters.slice(0, MOST_LETTERS).join('')}…` : line;
}

function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (!Array.isArray(value) || value.length === 0) return null;
  if (value.every((one) => typeof one === 'string')) return value.join(' / ');
  const content = memberAt(value.at(-1), 'content');
  return typeof content === 'string' ? content : null;
}
