// A Question is one item of a data set after normalisation, in the shape of the prepared files.
import { digestOf } from '../digest.ts';
import type { JsonObject } from '../json-object.ts';

/** A question about a passage. `answers` is empty when the passage does not hold the answer. */
export interface OpenQuestion {
  readonly id: string;
  readonly dataset: string;
  /** The passage; questions about one passage are not independent of each other. */
  readonly cluster: string;
  readonly question: string;
  readonly context: string;
  readonly answers: readonly string[];
  readonly is_unanswerable: boolean;
}

/** A question without a passage. */
export interface ClosedQuestion {
  readonly id: string;
  readonly dataset: string;
  readonly cluster: string;
  readonly question: string;
  readonly answers: readonly string[];
}

/** A question and the place it was read from, for messages about duplicates. */
export interface Located<Q> {
  readonly question: Q;
  readonly where: string;
}

/** One Unicode form (NFC) and single spaces: the same question from two sources is the same text. */
export function normaliseText(text: string): string {
  return text.normalize('NFC').replace(/\s+/gu, ' ').trim();
}

/** Normalised answers, each once, sorted by code unit; empty ones are dropped. */
export function normaliseAnswers(answers: Iterable<string>): string[] {
  const unique = new Set<string>();
  for (const answer of answers) {
    const text = normaliseText(answer);
    if (text !== '') unique.add(text);
  }
  return [...unique].sort();
}

/**
 * The name of a passage: the title for people, and a digest of the text, so that the name survives a change of order.
 * @param title may be empty
 * @param context the normalised passage
 */
export function clusterName(title: string, context: string): string {
  const slug = title
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40);
  return `${slug || 'passage'}-${digestOf(context).slice(0, 8)}`;
}

/** Reads a row of a prepared open-book file. @throws Failure naming file, line and field */
export function readOpenQuestion(row: JsonObject): OpenQuestion {
  return {
    id: row.fullText('id'),
    dataset: row.fullText('dataset'),
    cluster: row.fullText('cluster'),
    question: row.fullText('question'),
    context: row.fullText('context'),
    answers: row.textList('answers'),
    is_unanswerable: row.flag('is_unanswerable'),
  };
}

/** Reads a row of a prepared closed-book file. @throws Failure naming file, line and field */
export function readClosedQuestion(row: JsonObject): ClosedQuestion {
  return {
    id: row.fullText('id'),
    dataset: row.fullText('dataset'),
    cluster: row.fullText('cluster'),
    question: row.fullText('question'),
    answers: row.textList('answers'),
  };
}
