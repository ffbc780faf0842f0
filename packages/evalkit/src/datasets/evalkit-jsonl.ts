// evalkit layout: one question per line, {id, question, answers, …}, with a passage (context) when it is open-book.
import type { Problems } from '../failure.ts';
import type { JsonObject } from '../json-object.ts';
import { readJsonl } from '../jsonl.ts';
import {
  type ClosedQuestion,
  clusterName,
  type Located,
  normaliseAnswers,
  normaliseText,
  type OpenQuestion,
} from './question.ts';

/** Runs over the rows of a file; a line that is no JSON ends the reading, since what follows may be shifted. */
function* readRows<Q>(path: string, problems: Problems, read: (row: JsonObject) => Q): Generator<Located<Q>> {
  const rows = readJsonl(path);
  for (;;) {
    const step = problems.collect(() => rows.next());
    if (step === undefined || step.done) return;
    const row = step.value;
    const question = problems.collect(() => read(row));
    if (question !== undefined) yield { question, where: `${row.where}: id` };
  }
}

/** Yields closed-book questions: {id, question, answers, dataset?, cluster?}. */
export function readClosedJsonl(
  path: string,
  dataset: string,
  problems: Problems,
): Generator<Located<ClosedQuestion>> {
  return readRows(path, problems, (row) => {
    const id = row.fullText('id');
    const answers = normaliseAnswers(row.textList('answers'));
    if (answers.length === 0) row.reject('answers', 'at least one non-empty answer');
    return {
      id,
      dataset: row.has('dataset') ? row.fullText('dataset') : dataset,
      cluster: row.has('cluster') ? row.fullText('cluster') : id,
      question: normaliseText(row.fullText('question')),
      answers,
    };
  });
}

/** Yields open-book questions: {id, question, context, answers, is_unanswerable?, dataset?, cluster?, title?}. */
export function readOpenJsonl(
  path: string,
  dataset: string,
  problems: Problems,
): Generator<Located<OpenQuestion>> {
  return readRows(path, problems, (row) => {
    const answers = normaliseAnswers(row.textList('answers'));
    const isUnanswerable = row.has('is_unanswerable') ? row.flag('is_unanswerable') : false;
    if (isUnanswerable && answers.length > 0)
      row.reject('answers', 'an empty list, since is_unanswerable is true');
    if (!isUnanswerable && answers.length === 0) {
      row.reject('answers', 'at least one non-empty answer, since is_unanswerable is not true');
    }
    const context = normaliseText(row.fullText('context'));
    return {
      id: row.fullText('id'),
      dataset: row.has('dataset') ? row.fullText('dataset') : dataset,
      cluster: row.has('cluster')
        ? row.fullText('cluster')
        : clusterName(row.has('title') ? row.text('title') : '', context),
      question: normaliseText(row.fullText('question')),
      context,
      answers,
      is_unanswerable: isUnanswerable,
    };
  });
}
