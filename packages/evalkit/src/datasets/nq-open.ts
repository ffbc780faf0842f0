// NQ-Open layout: one {question, answer: […]} per line and no identifier, so the question's digest is its id.
import { digestOf } from '../digest.ts';
import type { Problems } from '../failure.ts';
import { readJsonl } from '../jsonl.ts';
import { type ClosedQuestion, type Located, normaliseAnswers, normaliseText } from './question.ts';

/**
 * Yields the questions of one file; malformed ones go to `problems` and the rest is still read.
 * A question that stands twice yields one item with the answers of both.
 */
export function* readNqOpen(
  path: string,
  dataset: string,
  problems: Problems,
): Generator<Located<ClosedQuestion>> {
  const merged = new Map<string, Located<ClosedQuestion>>();
  const read = (): void => {
    for (const row of readJsonl(path)) {
      const found = problems.collect(() => {
        const text = normaliseText(row.fullText('question'));
        const answers = normaliseAnswers(row.textList('answer'));
        if (answers.length === 0) row.reject('answer', 'at least one non-empty answer');
        return { text, answers };
      });
      if (!found) continue;
      const id = `nq-${digestOf(found.text).slice(0, 16)}`;
      const before = merged.get(id);
      const answers = before
        ? normaliseAnswers([...before.question.answers, ...found.answers])
        : found.answers;
      merged.set(id, {
        question: { id, dataset, cluster: id, question: found.text, answers },
        where: before?.where ?? `${row.where}: question`,
      });
    }
  };
  problems.collect(read);
  yield* merged.values();
}
