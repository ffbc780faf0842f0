// SQuAD 2.0 layout: articles hold passages, passages hold questions, some of which the passage cannot answer.
import { Failure, type Problems } from '../failure.ts';
import { readJson } from '../json-in.ts';
import type { JsonObject } from '../json-object.ts';
import { clusterName, type Located, normaliseAnswers, normaliseText, type OpenQuestion } from './question.ts';

/** Yields the questions of one file; malformed ones go to `problems` and the rest is still read. */
export function* readSquad2(
  path: string,
  dataset: string,
  problems: Problems,
): Generator<Located<OpenQuestion>> {
  for (const article of problems.collect(() => readJson(path).objectList('data')) ?? []) {
    const title = article.has('title') ? (problems.collect(() => article.text('title')) ?? '') : '';
    for (const paragraph of problems.collect(() => article.objectList('paragraphs')) ?? []) {
      yield* readParagraph(paragraph, { title, dataset, problems });
    }
  }
}

function* readParagraph(
  paragraph: JsonObject,
  { title, dataset, problems }: { title: string; dataset: string; problems: Problems },
): Generator<Located<OpenQuestion>> {
  const context = problems.collect(() => paragraph.fullText('context'));
  const rows = problems.collect(() => paragraph.objectList('qas')) ?? [];
  if (context === undefined) return;
  const passage = normaliseText(context);
  const cluster = clusterName(title, passage);
  for (const row of rows) {
    const question = problems.collect((): OpenQuestion => {
      const isUnanswerable = row.has('is_impossible') ? row.flag('is_impossible') : false;
      return {
        id: row.fullText('id'),
        dataset,
        cluster,
        question: normaliseText(row.fullText('question')),
        context: passage,
        answers: normaliseAnswers(readAnswers(row, context, isUnanswerable)),
        is_unanswerable: isUnanswerable,
      };
    });
    if (question) yield { question, where: `${row.where}: id` };
  }
}

/** The accepted answers, each checked to stand in the passage where it says it does. */
function readAnswers(row: JsonObject, context: string, isUnanswerable: boolean): string[] {
  const answers = row.has('answers') ? row.objectList('answers') : [];
  if (isUnanswerable && answers.length > 0)
    row.reject('answers', 'an empty list, since is_impossible is true');
  if (!isUnanswerable && answers.length === 0)
    row.reject('answers', 'at least one answer, since is_impossible is not true');
  return answers.map((answer) => {
    const text = answer.fullText('text');
    if (answer.has('answer_start')) checkOffset(answer, text, context);
    return text;
  });
}

/** The layout's own files count code points, JavaScript counts code units: either is accepted. */
function checkOffset(answer: JsonObject, text: string, context: string): void {
  const start = answer.count('answer_start');
  if (context.startsWith(text, start)) return;
  if ([...context].slice(start, start + [...text].length).join('') === text) return;
  const found = context.slice(start, start + text.length);
  throw new Failure(
    `${answer.where}: answer_start: at ${start} the passage reads ${JSON.stringify(found)}, not ${JSON.stringify(text)}`,
  );
}
