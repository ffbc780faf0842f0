// Item groups gather observations by item, condition and temperature: sums and counts only, never the records themselves.
import { Column } from '../column.ts';
import { Failure, type Problems } from '../failure.ts';
import { compareTemps } from '../stats/scores.ts';
import { shown } from './cell-value.ts';
import { type Observation, QUANTITIES, type Quantity } from './observation.ts';

/** Files are numbered in front of their lines, so that a place is one number. */
const LINES = 2 ** 40;

/** What was gathered about one item under one condition at one temperature. */
export interface ItemGroup {
  readonly dataset: string;
  readonly item: string;
  readonly condition: string;
  readonly temp: string;
  readonly cluster: string;
  /** Answers that have every score that was asked for; 0 when there is none. */
  readonly samples: number;
  readonly mean: (quantity: Quantity) => number | null;
  readonly sum: (quantity: Quantity) => number;
  /** Answers that have the quantity. */
  readonly count: (quantity: Quantity) => number;
  /** Standard deviation of the scores of several answers, with n - 1. */
  readonly deviation: (quantity: Quantity) => number | null;
}

/** Numbers texts in the order in which they come. */
class Names {
  readonly list: string[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.list.length);
    this.list.push(text);
    return this.list.length - 1;
  }
}

interface Columns {
  readonly count: Column;
  readonly sum: Column;
  readonly squares: Column;
}

export class ItemGroups {
  readonly #datasets = new Names();
  readonly #conditions = new Names();
  readonly #temps = new Names();
  readonly #clusters = new Names();
  readonly #items: string[] = [];
  /** dataset, condition, temperature, cluster and place of the first record of each group. */
  readonly #keys = {
    dataset: new Column(),
    condition: new Column(),
    temp: new Column(),
    cluster: new Column(),
  };
  readonly #place = new Column();
  readonly #index = new Map<string, number>();
  readonly #samples = new Map<string, number>();
  readonly #columns: Readonly<Record<Quantity, Columns>>;
  readonly #paths: readonly string[];
  readonly #problems: Problems;

  /**
   * @param paths the files, so that a place can be named
   * @param problems takes duplicates, with both places
   */
  constructor(paths: readonly string[], problems: Problems) {
    this.#paths = paths;
    this.#problems = problems;
    const columns = (): Columns => ({ count: new Column(), sum: new Column(), squares: new Column() });
    this.#columns = Object.fromEntries(QUANTITIES.map((name) => [name, columns()])) as Record<
      Quantity,
      Columns
    >;
  }

  /** Items by condition and temperature seen so far. */
  get size(): number {
    return this.#items.length;
  }

  /** The conditions in the order in which they came. */
  get conditions(): readonly string[] {
    return this.#conditions.list;
  }

  /** Adds one observation; a second one of the same answer is a problem and changes nothing. */
  add(observation: Observation, at: { readonly file: number; readonly line: number }): void {
    const place = at.file * LINES + at.line;
    const { group, fresh } = this.#groupOf(observation, place);
    const before = this.#before(observation, { group, fresh, place });
    if (before !== null) {
      this.#problems.add(this.#duplicate(observation, before, place));
      return;
    }
    if (this.#clusters.list[this.#keys.cluster.at(group)] !== observation.cluster) {
      this.#problems.add(this.#moved(observation, group, place));
      return;
    }
    for (const quantity of QUANTITIES) {
      const value = observation.values[quantity];
      if (value === undefined || value === null) continue;
      const { count, sum, squares } = this.#columns[quantity];
      count.set(group, count.at(group) + 1);
      sum.set(group, sum.at(group) + value);
      squares.set(group, squares.at(group) + value * value);
    }
  }

  /** Every group, by data set, item, temperature and condition; all in code-unit order but the temperatures. */
  *inOrder(scores: readonly Quantity[]): Generator<ItemGroup, void, undefined> {
    const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
    const textOf = (names: Names, column: Column, group: number) => names.list[column.at(group)] as string;
    const { dataset, temp, condition, cluster } = this.#keys;
    const groups = this.#items.map((_, group) => group);
    groups.sort(
      (a, b) =>
        order(textOf(this.#datasets, dataset, a), textOf(this.#datasets, dataset, b)) ||
        order(this.#items[a] as string, this.#items[b] as string) ||
        compareTemps(textOf(this.#temps, temp, a), textOf(this.#temps, temp, b)) ||
        order(textOf(this.#conditions, condition, a), textOf(this.#conditions, condition, b)),
    );
    for (const group of groups) {
      yield {
        dataset: textOf(this.#datasets, dataset, group),
        item: this.#items[group] as string,
        condition: textOf(this.#conditions, condition, group),
        temp: textOf(this.#temps, temp, group),
        cluster: textOf(this.#clusters, cluster, group),
        samples: this.#samplesOf(group, scores),
        mean: (quantity) => this.#mean(quantity, group),
        sum: (quantity) => this.#columns[quantity].sum.at(group),
        count: (quantity) => this.#columns[quantity].count.at(group),
        deviation: (quantity) => this.#deviation(quantity, group),
      };
    }
  }

  /** Where the first record of the group stands, as `file:line`. */
  whereOf(group: ItemGroup): string {
    const index = this.#index.get(this.#nameOf(group));
    return this.#where(index === undefined ? 0 : this.#place.at(index));
  }

  #nameOf({
    dataset,
    condition,
    temp,
    item,
  }: Pick<Observation, 'dataset' | 'condition' | 'temp' | 'item'>): string {
    return `${this.#datasets.numberOf(dataset)},${this.#conditions.numberOf(condition)},${this.#temps.numberOf(temp)}\n${item}`;
  }

  #groupOf(observation: Observation, place: number): { group: number; fresh: boolean } {
    const name = this.#nameOf(observation);
    const known = this.#index.get(name);
    if (known !== undefined) return { group: known, fresh: false };
    const group = this.#items.length;
    this.#index.set(name, group);
    this.#items.push(observation.item);
    this.#place.set(group, place);
    this.#keys.dataset.set(group, this.#datasets.numberOf(observation.dataset));
    this.#keys.condition.set(group, this.#conditions.numberOf(observation.condition));
    this.#keys.temp.set(group, this.#temps.numberOf(observation.temp));
    this.#keys.cluster.set(group, this.#clusters.numberOf(observation.cluster));
    return { group, fresh: true };
  }

  #samplesOf(group: number, scores: readonly Quantity[]): number {
    const counts = scores.map((quantity) => this.#columns[quantity].count.at(group));
    const [least, most] = [Math.min(...counts), Math.max(...counts)];
    if (least === most) return least;
    const said = scores.map((quantity, i) => `${counts[i]} of ${quantity}`).join(' and ');
    throw new Failure(
      `${this.#where(this.#place.at(group))}: item ${shown(this.#items[group])} has ${said}; an answer needs all scores that are mapped`,
    );
  }

  #mean(quantity: Quantity, group: number): number | null {
    const count = this.#columns[quantity].count.at(group);
    return count > 0 ? this.#columns[quantity].sum.at(group) / count : null;
  }

  #deviation(quantity: Quantity, group: number): number | null {
    const count = this.#columns[quantity].count.at(group);
    if (count < 2) return null;
    const { sum, squares } = this.#columns[quantity];
    const mean = sum.at(group) / count;
    return Math.sqrt(Math.max(0, squares.at(group) - count * mean * mean) / (count - 1));
  }

  #where(place: number): string {
    return `${this.#paths[Math.floor(place / LINES)] ?? '?'}:${place % LINES}`;
  }

  /** Where the same answer stood before, or null; the present place is kept. */
  #before(
    { sample, part }: Observation,
    { group, fresh, place }: { readonly group: number; readonly fresh: boolean; readonly place: number },
  ): number | null {
    if (sample === null && part === null) return fresh ? null : this.#place.at(group);
    const name = `${group}\n${part ?? ''}\n${sample ?? ''}`;
    const before = this.#samples.get(name);
    if (before === undefined) this.#samples.set(name, place);
    return before ?? null;
  }

  #duplicate({ item, condition, temp, sample, part }: Observation, before: number, place: number): string {
    const what = `item ${shown(item)}, ${condition}, temperature ${temp}`;
    const one = part === null ? '' : `, ${shown(part)}`;
    const which = sample === null ? '' : `, sample ${shown(sample)}`;
    const hint =
      sample === null ? '; if it is another sample of the item, name its column with --sample' : '';
    return `${this.#where(place)}: a second record for ${what}${one}${which}; the first is at ${this.#where(before)}${hint}`;
  }

  #moved({ item, cluster }: Observation, group: number, place: number): string {
    const before = this.#clusters.list[this.#keys.cluster.at(group)];
    return `${this.#where(place)}: item ${shown(item)} is in cluster ${shown(cluster)} here and in ${shown(before)} at ${this.#where(this.#place.at(group))}`;
  }
}
