// Summaries are what the report tells of prompts, data and answers without an analysis: lengths, counts, examples.
import { streamCsv } from '../csv.ts';
import { readClosedQuestion, readOpenQuestion } from '../datasets/question.ts';
import { digestOfBytes } from '../digest.ts';
import { Failure } from '../failure.ts';
import { readText } from '../json-in.ts';
import { readJsonl } from '../jsonl.ts';
import { PREDICTION_COLUMNS, readPrediction } from '../prediction.ts';
import { countTokens } from '../tokens.ts';
import type { DataSummary, Example, Prompt } from './inputs.ts';

/** Examples that are shown. */
const MOST_EXAMPLES = 8;

/** Reads the prompts; the name of a condition is the file's name without its ending. */
export function summarisePrompts(paths: readonly string[], conditions: readonly string[]): Prompt[] {
  const byCondition = new Map<string, string>();
  for (const path of paths) byCondition.set(path.replace(/^.*[\\/]/, '').replace(/\.[^.]*$/, ''), path);
  return conditions.map((condition) => {
    const path = byCondition.get(condition);
    if (path === undefined)
      throw new Failure(`--prompts: no file named ${condition}.* for the condition ${condition}`);
    const text = readText(path);
    const prompt = text.trim();
    return {
      condition,
      path,
      tokens: countTokens(prompt),
      words: prompt.split(/\s+/).length,
      sha256: digestOfBytes(text),
    };
  });
}

/** Counts questions, passages and answers by data set, in the order of their names. */
export function summariseData(open: string | undefined, closed: string | undefined): DataSummary[] {
  interface Tally {
    questions: number;
    unanswerable: number;
    answers: number;
    readonly passages: Set<string>;
  }
  const tallies = new Map<string, Tally>();
  const add = (key: string, cluster: string, answers: number): void => {
    const tally = tallies.get(key) ?? {
      questions: 0,
      unanswerable: 0,
      answers: 0,
      passages: new Set<string>(),
    };
    tallies.set(key, tally);
    tally.questions += 1;
    tally.answers += answers;
    tally.unanswerable += answers === 0 ? 1 : 0;
    tally.passages.add(cluster);
  };
  if (open !== undefined) {
    for (const row of readJsonl(open)) {
      const question = readOpenQuestion(row);
      add(`open\n${question.dataset}`, question.cluster, question.answers.length);
    }
  }
  if (closed !== undefined) {
    for (const row of readJsonl(closed)) {
      const question = readClosedQuestion(row);
      add(`closed\n${question.dataset}`, question.cluster, question.answers.length);
    }
  }
  const names = [...tallies.keys()].sort((a, b) =>
    a.startsWith('open') === b.startsWith('open') ? (a < b ? -1 : 1) : a > b ? -1 : 1,
  );
  return names.map((key) => {
    const [type, dataset = ''] = key.split('\n');
    const tally = tallies.get(key);
    const questions = tally?.questions ?? 0;
    const unanswerable = tally?.unanswerable ?? 0;
    return {
      type: type === 'open' ? 'open' : 'closed',
      dataset,
      questions,
      passages: type === 'open' ? (tally?.passages.size ?? 0) : null,
      unanswerable: type === 'open' ? unanswerable : null,
      answers: questions === unanswerable ? 0 : (tally?.answers ?? 0) / (questions - unanswerable),
    };
  });
}

/** What the examples are chosen from. */
export interface ExampleSources {
  readonly predictions: string;
  readonly open: string | undefined;
  readonly closed: string | undefined;
  readonly conditions: readonly string[];
  /** The temperature, as written in the predictions. */
  readonly temp: string;
}

/** The first questions by id whose first samples differ between conditions; as many of each kind as there is room for. */
export async function findExamples({
  predictions,
  open,
  closed,
  conditions,
  temp,
}: ExampleSources): Promise<Example[]> {
  const answers = new Map<string, Map<string, string>>();
  for await (const row of streamCsv(predictions, PREDICTION_COLUMNS)) {
    const prediction = readPrediction(row);
    if (prediction.temp !== temp || prediction.sample !== 0) continue;
    const key = `${prediction.type}\n${prediction.item_id}`;
    const byCondition = answers.get(key) ?? new Map<string, string>();
    answers.set(key, byCondition);
    byCondition.set(prediction.condition, prediction.text);
  }
  const differing = [...answers].filter(([, byCondition]) => new Set(byCondition.values()).size > 1);
  const questions = questionsByKey(open, closed);
  const take = (type: string): Example[] =>
    differing
      .filter(([key]) => key.startsWith(`${type}\n`))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .slice(0, MOST_EXAMPLES / 2)
      .flatMap(([key, byCondition]) => {
        const found = questions.get(key);
        if (found === undefined) return [];
        return [{ ...found, answers: conditions.map((condition) => byCondition.get(condition) ?? '') }];
      });
  return [...take('open'), ...take('closed')];
}

function questionsByKey(
  open: string | undefined,
  closed: string | undefined,
): Map<string, Omit<Example, 'answers'>> {
  const questions = new Map<string, Omit<Example, 'answers'>>();
  if (open !== undefined) {
    for (const row of readJsonl(open)) {
      const { id, question, answers } = readOpenQuestion(row);
      questions.set(`open\n${id}`, { item: id, question, golds: answers });
    }
  }
  if (closed !== undefined) {
    for (const row of readJsonl(closed)) {
      const { id, question, answers } = readClosedQuestion(row);
      questions.set(`closed\n${id}`, { item: id, question, golds: answers });
    }
  }
  return questions;
}
