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
  /** Like every measurement below: null where it was not taken, as in imported results. */
  readonly em: number | null;
  readonly f1: number | null;
  readonly f1Sd: number | null;
  readonly abstained: number | null;
  readonly unanswerable: boolean;
  readonly falseAnswer: number | null;
  readonly support: number | null;
  readonly unsupported: number | null;
  readonly usd: number | null;
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

/** The metrics that a type of question can have, in the order of the report. */
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
  readonly #measured = new Map<QuestionType, readonly Metric[]>();
  readonly #groups = new Map<string, Map<string, Score>>();

  /** @param scores without duplicates */
  constructor(scores: readonly Score[]) {
    for (const score of scores) {
      const key = groupKey(score.temp, score.type, score.condition);
      const group = this.#groups.get(key) ?? new Map<string, Score>();
      this.#groups.set(key, group);
      group.set(score.item, score);
    }
    this.temps = unique(scores.map((score) => score.temp)).sort(compareTemps);
    const types = unique(scores.map((score) => score.type));
    this.types = (['open', 'closed'] as const).filter((type) => types.includes(type));
    this.conditions = unique(scores.map((score) => score.condition));
    for (const type of this.types) {
      const own = scores.filter((score) => score.type === type);
      const measured = (metric: Metric): boolean => own.some((score) => metricValue(score, metric) !== null);
      this.#measured.set(type, metricsOf(type).filter(measured));
    }
  }

  /** The metrics that some score of this type holds, in the order of the report. */
  measured(type: QuestionType): readonly Metric[] {
    return this.#measured.get(type) ?? [];
  }

  /** The scores of one condition by item; empty when there are none. */
  group(temp: string, type: QuestionType, condition: string): ReadonlyMap<string, Score> {
    return this.#groups.get(groupKey(temp, type, condition)) ?? new Map();
  }
}

function groupKey(temp: string, type: string, condition: string): string {
  return `${temp}\n${type}\n${condition}`;
}

/** What stands for the temperature of results that name none. */
export const UNSTATED = 'unstated';

/** Temperatures by their value; the unstated one comes first. */
export function compareTemps(a: string, b: string): number {
  const value = (temp: string): number => (temp === UNSTATED ? -1 : Number(temp));
  return value(a) - value(b);
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
  const whole = new WholeColumns();
  for await (const row of streamCsv(path, COLUMNS)) {
    const score = problems.collect(() => scoreOf(row, problems));
    if (score === undefined) continue;
    const key = `${groupKey(score.temp, score.type, score.condition)}\n${score.item}`;
    const before = seen.get(key);
    if (before !== undefined) {
      const what = `item ${row.text('item_id')}, ${score.type}, ${score.condition}, temp ${score.temp}`;
      problems.add(`${row.where}: a second row for ${what}; the first is at ${before}. Score each item once`);
    }
    whole.check(score, row.where, problems);
    seen.set(key, row.where);
    scores.push(score);
  }
  problems.throwIfAny();
  return new ScoreTable(scores);
}

/** A column that is measured for some rows and not for others would drop items without a word. */
class WholeColumns {
  readonly #first = new Map<string, { readonly empty: boolean; readonly where: string }>();

  check(score: Score, where: string, problems: Problems): void {
    for (const column of ['em', 'f1', 'abstained'] as const) {
      const empty = score[column] === null;
      const first = this.#first.get(column) ?? { empty, where };
      this.#first.set(column, first);
      if (first.empty !== empty) {
        const [here, there] = empty ? ['empty', 'filled'] : ['filled', 'empty'];
        problems.add(
          `${where}: ${column}: is ${here} here and ${there} at ${first.where}; fill all rows or none`,
        );
      }
    }
  }
}

function scoreOf(row: CsvRow, problems: Problems): Score {
  const wrong = (column: string, expected: string): void =>
    problems.add(`${row.where}: ${column}: expected ${expected}, found ${JSON.stringify(row.text(column))}`);
  const share = (column: string): number | null => {
    const value = row.optionalNumber(column);
    if (value !== null && !(value >= 0 && value <= 1)) wrong(column, 'a number from 0 to 1');
    return value;
  };
  const type = row.text('type');
  if (type !== 'open' && type !== 'closed') wrong('type', 'open or closed');
  const temp = row.text('temp');
  if (temp !== UNSTATED && (temp === '' || !Number.isFinite(Number(temp)))) wrong('temp', 'a number');
  for (const column of ['item_id', 'condition']) if (row.text(column) === '') wrong(column, 'a text');
  const samples = row.number('samples');
  if (!Number.isInteger(samples) || samples < 1) wrong('samples', 'a whole number from 1 up');
  const em = share('em');
  if (em !== null && Math.abs(em * samples - Math.round(em * samples)) > 1e-6 * samples) {
    wrong('em', `a multiple of 1/${samples} (samples is ${samples})`);
  }
  const unanswerable = row.number('unanswerable');
  if (unanswerable !== 0 && unanswerable !== 1) wrong('unanswerable', '0 or 1');
  const usd = row.optionalNumber('usd');
  if (usd !== null && usd < 0) wrong('usd', 'a number from 0 up');
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
    f1: share('f1'),
    f1Sd: row.optionalNumber('f1_sd'),
    abstained: share('abstained'),
    unanswerable: unanswerable === 1,
    falseAnswer: share('false_answer'),
    support: share('support'),
    unsupported: share('unsupported'),
    usd,
  };
}
