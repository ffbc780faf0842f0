// pairs: sets the answers of several models side by side and asks a judge for every pair, in both orders.
import { basename, dirname, resolve } from 'node:path';
import { readAnswer } from '../answer.ts';
import { readConfig } from '../config.ts';
import { writeCsv } from '../csv.ts';
import {
  type ClosedQuestion,
  type OpenQuestion,
  readClosedQuestion,
  readOpenQuestion,
} from '../datasets/question.ts';
import { Failure, Problems } from '../failure.ts';
import { readJsonl, writeJsonl } from '../jsonl.ts';
import { comparisonRequest, referenceOf } from '../judging/comparison.ts';
import { readComparisonSettings, readModels } from '../judging/judge-setup.ts';
import { PAIR_COLUMNS, type Pair, pairCells, pairOf } from '../judging/pair.ts';
import { runPhase } from '../phase.ts';
import type { Request } from '../request.ts';

const SHEET_COLUMNS = ['pair_id', 'question', 'reference', 'answer_a', 'answer_b', 'label'];

type Question = OpenQuestion | ClosedQuestion;

function readQuestions(path: string): Map<string, Question> {
  const questions = new Map<string, Question>();
  for (const row of readJsonl(path)) {
    const question = row.has('context') ? readOpenQuestion(row) : readClosedQuestion(row);
    questions.set(question.id, question);
  }
  return questions;
}

/** Texts by model, then by question. A file lies in the folder of its model. */
function readTexts(paths: readonly string[], models: readonly string[]): Map<string, Map<string, string>> {
  const texts = new Map(models.map((model) => [model, new Map<string, string>()]));
  const problems = new Problems();
  for (const path of [...paths].sort()) {
    const model = basename(dirname(resolve(path)));
    const mine = texts.get(model);
    if (mine === undefined) {
      problems.add(`${path}: lies in the folder ${model}, which is not one of models (${models.join(', ')})`);
      continue;
    }
    for (const row of readJsonl(path)) {
      problems.collect(() => {
        const { item_id, response, custom_id } = readAnswer(row);
        if (mine.has(item_id))
          throw new Failure(
            `${row.where}: ${model} has an answer to ${item_id} already; pairs take one sample`,
          );
        if (response === null) throw new Failure(`${row.where}: ${custom_id} has no answer; run infer again`);
        mine.set(item_id, response.text);
      });
    }
  }
  problems.throwIfAny();
  return texts;
}

/** All pairs of models, question by question, in the order of the questions and of the configuration. */
function pairsOf(items: Iterable<string>, texts: ReadonlyMap<string, ReadonlyMap<string, string>>): Pair[] {
  const models = [...texts.keys()];
  const textOf = (model: string, item: string): string => {
    const text = texts.get(model)?.get(item);
    if (text === undefined) throw new Failure(`${model} has no answer to ${item}`);
    return text;
  };
  const pairs: Pair[] = [];
  for (const item of items) {
    models.forEach((model, index) => {
      for (const other of models.slice(index + 1))
        pairs.push(
          pairOf(item, { model, text: textOf(model, item) }, { model: other, text: textOf(other, item) }),
        );
    });
  }
  return pairs;
}

void runPhase({
  name: 'pairs',
  summary: 'Sets the answers of several models side by side, and writes what a judge is asked about them.',
  options: {
    config: { kind: 'value', placeholder: 'FILE', required: true, describe: 'configuration: models, judge' },
    questions: { kind: 'value', placeholder: 'FILE', required: true, describe: 'prepared questions' },
    answers: {
      kind: 'list',
      placeholder: 'FILE',
      required: true,
      describe: 'results files of infer, each in the folder of its model',
    },
    out: { kind: 'value', placeholder: 'FILE', required: true, describe: 'pairs (CSV)' },
    requests: {
      kind: 'value',
      placeholder: 'FILE',
      required: true,
      describe: 'requests to the judge (JSONL)',
    },
    sheet: { kind: 'value', placeholder: 'FILE', describe: 'what people are given to label (CSV)' },
  },
  details: `
Every pair is judged in both orders. Two answers that are one text are not: they are a tie. Equal comparisons of one
question are asked once, whichever models they come from. Which model is a and which is b follows from a digest, so that
the sheet for people does not tell them apart. A request has the blocks QUESTION:, CONTEXT: (open-book), REFERENCE:
(with judge.reference), ANSWER A: and ANSWER B:; the judge shall say A, B or TIE.`,
  run: (values) => {
    const config = readConfig(values.config);
    const settings = readComparisonSettings(config);
    const questions = readQuestions(values.questions);
    const pairs = pairsOf(questions.keys(), readTexts(values.answers, readModels(config)));
    const requests = new Map<string, Request>();
    const questionOf = ({ item_id }: Pair): Question => {
      const question = questions.get(item_id);
      if (question === undefined) throw new Failure(`internal: no question ${item_id}`);
      return question;
    };
    const asked = pairs.filter(({ request_ab }) => request_ab !== null);
    for (const pair of asked) {
      const { answer_a: a, answer_b: b } = pair;
      for (const request of [
        comparisonRequest(questionOf(pair), [a, b], settings),
        comparisonRequest(questionOf(pair), [b, a], settings),
      ])
        requests.set(request.custom_id, request);
    }
    writeCsv(values.out, PAIR_COLUMNS, pairs.map(pairCells));
    writeJsonl(values.requests, requests.values());
    if (values.sheet !== undefined)
      writeCsv(
        values.sheet,
        SHEET_COLUMNS,
        asked.map((pair) => {
          const question = questionOf(pair);
          return [pair.pair_id, question.question, referenceOf(question), pair.answer_a, pair.answer_b, ''];
        }),
      );
    return `${pairs.length} pairs, ${asked.length} to judge by ${requests.size} requests`;
  },
});
