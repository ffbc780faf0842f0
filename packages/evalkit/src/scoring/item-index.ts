// An ItemIndex finds the prepared questions: what a row of scores says of each stays in memory, its texts are read again.
import {
  type ClosedQuestion,
  type OpenQuestion,
  readClosedQuestion,
  readOpenQuestion,
} from '../datasets/question.ts';
import type { QuestionType } from '../request.ts';
import { RowIndex } from '../row-index.ts';
import type { Item } from './item-score.ts';

export type Question = OpenQuestion | ClosedQuestion;

const READERS = { open: readOpenQuestion, closed: readClosedQuestion } as const;

/** What many questions have in common, kept once. */
type Kind = Pick<Item, 'type' | 'dataset' | 'unanswerable'>;

/** The questions of a run. Each has a number: that of its row, over all files. */
export class ItemIndex {
  readonly #rows = new RowIndex();
  readonly #numbers = { open: new Map<string, number>(), closed: new Map<string, number>() };
  // An object for each question would be most of what score has in memory; these are texts and objects that exist once.
  readonly #ids: string[] = [];
  readonly #clusters: string[] = [];
  readonly #kinds: Kind[] = [];

  /** Adds a prepared file. @throws Failure at its first row that is not a question */
  add(type: QuestionType, path: string): void {
    const kinds = new Map<string, Kind>();
    const clusters = new Map<string, string>();
    for (const { index, row } of this.#rows.add(path)) {
      const question: Question = READERS[type](row);
      const { id, dataset, cluster } = question;
      const unanswerable = 'is_unanswerable' in question && question.is_unanswerable ? 1 : 0;
      this.#numbers[type].set(id, index);
      this.#ids.push(id);
      // A closed-book question is its own cluster.
      this.#clusters.push(cluster === id ? id : kept(clusters, cluster, () => cluster));
      this.#kinds.push(kept(kinds, `${unanswerable}${dataset}`, () => ({ type, dataset, unanswerable })));
    }
  }

  /** The number of the question with an id, or undefined when there is none of this type. */
  find(type: QuestionType, id: string): number | undefined {
    return this.#numbers[type].get(id);
  }

  /** What a row of scores says of a question. */
  item(number: number): Item {
    const { type, dataset, unanswerable } = this.#kinds[number] as Kind;
    const [item_id, cluster] = [this.#ids[number] as string, this.#clusters[number] as string];
    return { item_id, dataset, cluster, type, unanswerable };
  }

  /** The order of questions in a table of scores: by type, data set and id. */
  compare(a: number, b: number): number {
    const [one, two] = [this.#kinds[a] as Kind, this.#kinds[b] as Kind];
    return (
      order(one.type, two.type) ||
      order(one.dataset, two.dataset) ||
      order(this.#ids[a] as string, this.#ids[b] as string)
    );
  }

  /** Reads a question again. @throws Failure when its file has changed */
  question(number: number): Question {
    return READERS[(this.#kinds[number] as Kind).type](this.#rows.read(number));
  }

  /** Closes the files that are open. */
  close(): void {
    this.#rows.close();
  }
}

/** The value of a name, made when it is asked for first. */
function kept<T>(values: Map<string, T>, name: string, make: () => T): T {
  const known = values.get(name);
  if (known !== undefined) return known;
  const made = make();
  values.set(name, made);
  return made;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
