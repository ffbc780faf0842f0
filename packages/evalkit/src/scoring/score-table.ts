// A ScoreTable holds the scores of all answers of a run as numbers in columns; the answers to a question are a chain in it.
import { Column } from '../column.ts';
import type { ItemIndex } from './item-index.ts';
import { type AnswerScore, type ItemKey, itemRow } from './item-score.ts';

const SCORES = [
  'em',
  'f1',
  'abstained',
  'false_answer',
  'support',
  'unsupported',
  'promptTokens',
  'completionTokens',
  'usd',
] as const satisfies readonly (keyof AnswerScore)[];

type ScoreName = (typeof SCORES)[number];

/** A condition with a temperature. */
type Setting = Pick<ItemKey, 'condition' | 'temp'>;

/** The answers to one question in one setting, in the order in which they came. */
interface Group {
  readonly setting: Setting;
  readonly scores: AnswerScore[];
}

/** Keeps 88 bytes for each answer. */
export class ScoreTable {
  readonly #scores = Object.fromEntries(SCORES.map((name) => [name, new Column()])) as Record<
    ScoreName,
    Column
  >;
  /** By answer, the index of its setting. */
  readonly #setting = new Column();
  /** By answer, the answer to the same question that came next. */
  readonly #next = new Column();
  /** By question, its first and its last answer. */
  readonly #first = new Column();
  readonly #last = new Column();
  readonly #index: ItemIndex;
  /** The questions that have answers. */
  readonly #items: number[] = [];
  readonly #settings: Setting[] = [];
  readonly #settingIndex = new Map<string, number>();
  /** Answer 0 is none, so that a chain can say where it ends. */
  #count = 1;

  /** @param index the questions, in which `add` counts */
  constructor(index: ItemIndex) {
    this.#index = index;
  }

  /** Whether no answer was added. */
  get empty(): boolean {
    return this.#items.length === 0;
  }

  /** Adds an answer to a question. */
  add(item: number, setting: Setting, score: AnswerScore): void {
    const answer = this.#count;
    this.#count += 1;
    for (const name of SCORES) this.#scores[name].set(answer, score[name] ?? Number.NaN);
    this.#setting.set(answer, this.#indexOf(setting));
    if (this.#first.at(item) === 0) {
      this.#items.push(item);
      this.#first.set(item, answer);
    } else {
      this.#next.set(this.#last.at(item), answer);
    }
    this.#last.set(item, answer);
  }

  /**
   * Yields a row for each question, condition and temperature, by type, data set, item, temperature and condition; the cells
   * stand in the order of SCORE_COLUMNS.
   */
  *rows(): Generator<ReturnType<typeof itemRow>, void, undefined> {
    for (const number of this.#items.sort((a, b) => this.#index.compare(a, b))) {
      // Member by member: spreading two objects for each row leaves 50 MB more behind over 400,000 rows.
      const { item_id, dataset, cluster, type, unanswerable } = this.#index.item(number);
      for (const { setting, scores } of this.#groupsOf(number).sort(compareGroups)) {
        const { condition, temp } = setting;
        yield itemRow({ item_id, dataset, cluster, type, condition, temp, unanswerable }, scores);
      }
    }
  }

  #indexOf({ condition, temp }: Setting): number {
    const name = `${condition}\n${temp}`;
    const known = this.#settingIndex.get(name);
    if (known !== undefined) return known;
    this.#settingIndex.set(name, this.#settings.length);
    this.#settings.push({ condition, temp });
    return this.#settings.length - 1;
  }

  #groupsOf(item: number): Group[] {
    const groups = new Map<number, Group>();
    for (let answer = this.#first.at(item); answer !== 0; answer = this.#next.at(answer)) {
      const index = this.#setting.at(answer);
      const group = groups.get(index) ?? { setting: this.#settings[index] as Setting, scores: [] };
      groups.set(index, group);
      group.scores.push(this.#scoreOf(answer));
    }
    return [...groups.values()];
  }

  #scoreOf(answer: number): AnswerScore {
    const known = (name: ScoreName): number => this.#scores[name].at(answer);
    const perhaps = (name: ScoreName): number | null => (Number.isNaN(known(name)) ? null : known(name));
    return {
      em: known('em'),
      f1: known('f1'),
      abstained: known('abstained'),
      false_answer: perhaps('false_answer'),
      support: perhaps('support'),
      unsupported: perhaps('unsupported'),
      promptTokens: known('promptTokens'),
      completionTokens: known('completionTokens'),
      usd: known('usd'),
    };
  }
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Temperatures are compared as numbers: 0 and 0.0 are two rows, and the one that came first stands first. */
function compareGroups({ setting: a }: Group, { setting: b }: Group): number {
  return Number(a.temp) - Number(b.temp) || order(a.condition, b.condition);
}
