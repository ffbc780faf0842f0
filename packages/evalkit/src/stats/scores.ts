// A score is one row of per_item_scores.csv: one item under one condition and temperature, its samples averaged.
import { type CsvRow, streamCsv } from '../csv.ts';
import { Problems } from '../failure.ts';
import type { Metric, QuestionType } from './terms.ts';

export interface Score {
  /** Dataset and item id together; ids are unique within a dataset only. */
  readonly item: string;
  readonly dataset: string;
  /** Dataset and passage together; the item itself when the file names no cluster. */
  readonly cluster: string;
  readonly type: QuestionType;
  readonly condition: string;
  readonly temp: string;
  readonly samples: number;
  readonly em: number;
  readonly f1: number;
  readonly f1Sd: number | null;
  readonly abstained: number;
  readonly unanswerable: boolean;
  readonly falseAnswer: number | null;
  readonly support: number | null;
  readonly unsupported: number | null;
  readonly usd: number;
}

const COLUMNS = [
  'item_id',
  'dataset',
  'cluster',
  'type',
  'condition',
  'temp',
  'samples',
  'em',
  'f1',
  'f1_sd',
  'abstained',
  'unanswerable',
  'false_answer',
  'support',
  'unsupported',
  'usd',
];

/** The metrics that a type of question has, in the order of the report. */
export function metricsOf(type: QuestionType): readonly Metric[] {
  return type === 'open'
    ? ['false_answer', 'em', 'f1', 'abstained', 'unsupported']
    : ['em', 'f1', 'abstained'];
}

/** The value of a metric, or null where the row has none. */
export function metricValue(score: Score, metric: Metric): number | null {
  return metric === 'false_answer' ? score.falseAnswer : score[metric];
}

/** All scores of a file, found by temperature, type and condition. */
export class ScoreTable {
  /** Texts as in the file, in numeric order. */
  readonly temps: readonly string[];
  readonly types: readonly QuestionType[];
  /** In code-unit order. */
  readonly conditions: readonly string[];
  readonly #groups = new Map<string, Map<string, Score>>();

  /** @param scores without duplicates */
  constructor(scores: readonly Score[]) {
    for (const score of scores) {
      const key = groupKey(score.temp, score.type, score.condition);
      const group = this.#groups.get(key) ?? new Map<string, Score>();
      this.#groups.set(key, group);
      group.set(score.item, score);
    }
    this.temps = unique(scores.map((score) => score.temp)).sort((a, b) => Number(a) - Number(b));
    const types = unique(scores.map((score) => score.type));
    this.types = (['open', 'closed'] as const).filter((type) => types.includes(type));
    this.conditions = unique(scores.map((score) => score.condition));
  }

  /** The scores of one condition by item; empty when there are none. */
  group(temp: string, type: QuestionType, condition: string): ReadonlyMap<string, Score> {
    return this.#groups.get(groupKey(temp, type, condition)) ?? new Map();
  }
}

function groupKey(temp: string, type: string, condition: string): string {
  return `${temp}\n${type}\n${condition}`;
}

function unique<T extends string>(values: readonly T[]): T[] {
  return [...new Set(values)].sort((a, b) => (a < b ? -1 : 1));
}

/**
 * Reads and checks a scores file, as a stream.
 * @throws Failure with file:line and field of every wrong row, up to the limit of shown problems
 */
export async function readScores(path: string): Promise<ScoreTable> {
  const problems = new Problems();
  const scores: Score[] = [];
  const seen = new Map<string, string>();
  for await (const row of streamCsv(path, COLUMNS)) {
    const score = problems.collect(() => scoreOf(row, problems));
    if (score === undefined) continue;
    const key = `${groupKey(score.temp, score.type, score.condition)}\n${score.item}`;
    const before = seen.get(key);
    if (before !== undefined) {
      const what = `item ${row.text('item_id')}, ${score.type}, ${score.condition}, temp ${score.temp}`;
      problems.add(`${row.where}: a second row for ${what}; the first is at ${before}. Score each item once`);
    }
    seen.set(key, row.where);
    scores.push(score);
  }
  problems.throwIfAny();
  return new ScoreTable(scores);
}

function scoreOf(row: CsvRow, problems: Problems): Score {
  const wrong = (column: string, expected: string): void =>
    problems.add(`${row.where}: ${column}: expected ${expected}, found ${JSON.stringify(row.text(column))}`);
  const share = (column: string): number | null => {
    const value = row.optionalNumber(column);
    if (value !== null && !(value >= 0 && value <= 1)) wrong(column, 'a number from 0 to 1');
    return value;
  };
  const needed = (column: string): number => {
    const value = share(column);
    if (value === null) wrong(column, 'a number from 0 to 1');
    return value ?? 0;
  };
  const type = row.text('type');
  if (type !== 'open' && type !== 'closed') wrong('type', 'open or closed');
  const temp = row.text('temp');
  if (temp === '' || !Number.isFinite(Number(temp))) wrong('temp', 'a number');
  for (const column of ['item_id', 'condition']) if (row.text(column) === '') wrong(column, 'a text');
  const samples = row.number('samples');
  if (!Number.isInteger(samples) || samples < 1) wrong('samples', 'a whole number from 1 up');
  const em = needed('em');
  if (Math.abs(em * samples - Math.round(em * samples)) > 1e-6 * samples) {
    wrong('em', `a multiple of 1/${samples} (samples is ${samples})`);
  }
  const unanswerable = row.number('unanswerable');
  if (unanswerable !== 0 && unanswerable !== 1) wrong('unanswerable', '0 or 1');
  const usd = row.number('usd');
  if (usd < 0) wrong('usd', 'a number from 0 up');
  const dataset = row.text('dataset');
  const item = `${dataset}\n${row.text('item_id')}`;
  const cluster = row.text('cluster');
  return {
    item,
    dataset,
    cluster: cluster === '' ? `item\n${item}` : `cluster\n${dataset}\n${cluster}`,
    type: type === 'open' ? 'open' : 'closed',
    condition: row.text('condition'),
    temp,
    samples,
    em,
    f1: needed('f1'),
    f1Sd: row.optionalNumber('f1_sd'),
    abstained: needed('abstained'),
    unanswerable: unanswerable === 1,
    falseAnswer: share('false_answer'),
    support: share('support'),
    unsupported: share('unsupported'),
    usd,
  };
}
