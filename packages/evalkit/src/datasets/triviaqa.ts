// TriviaQA layout: one document whose Data list holds questions with an answer and its aliases.
import type { Problems } from '../failure.ts';
import { readJson } from '../json-in.ts';
import type { JsonObject } from '../json-object.ts';
import { type ClosedQuestion, type Located, normaliseAnswers, normaliseText } from './question.ts';

/** Yields the questions of one file; malformed ones go to `problems` and the rest is still read. */
export function* readTriviaQa(
  path: string,
  dataset: string,
  problems: Problems,
): Generator<Located<ClosedQuestion>> {
  for (const row of problems.collect(() => readJson(path).objectList('Data')) ?? []) {
    const question = problems.collect((): ClosedQuestion => {
      const id = row.fullText('QuestionId');
      return {
        id,
        dataset,
        cluster: id,
        question: normaliseText(row.fullText('Question')),
        answers: readAnswers(row.object('Answer')),
      };
    });
    if (question) yield { question, where: `${row.where}: QuestionId` };
  }
}

function readAnswers(answer: JsonObject): string[] {
  const optional = (field: string): string[] => (answer.has(field) ? answer.textList(field) : []);
  const all = normaliseAnswers([
    answer.fullText('Value'),
    ...optional('Aliases'),
    ...optional('NormalizedAliases'),
  ]);
  return all.length > 0 ? all : answer.reject('Value', 'a non-empty answer');
}
