// Score rows are the lines of per_item_scores.csv that import writes, and the tallies that are taken on the way.
import type { Cell } from '../csv.ts';
import { Problems } from '../failure.ts';
import { costOf } from '../price.ts';
import type { QuestionType } from '../request.ts';
import { shown } from './cell-value.ts';
import type { PriceOf } from './condition-prices.ts';
import type { ImportedCondition, ImportSummary, MissingScore } from './import-summary.ts';
import type { ItemGroup, ItemGroups } from './item-groups.ts';
import type { Quantity } from './observation.ts';

/** Missing scores that are named; the others are counted. */
const MOST_EXAMPLES = 20;

/** Items whose answers a report shows. */
const MOST_SHOWN = 8;

/** An item that the conditions score differently. */
export interface DifferingItem {
  readonly dataset: string;
  readonly item: string;
  readonly temp: string;
}

interface ConditionTally {
  items: number;
  answers: number;
  missing: number;
  recorded: number;
  priced: number;
}

interface DatasetTally {
  items: number;
  /** Items without a cluster: each is its own. */
  alone: number;
  readonly clusters: Set<string>;
}

/** What the rows are made by. */
export interface RowRules {
  readonly type: QuestionType;
  readonly needed: readonly Quantity[];
  readonly priceOf: PriceOf;
}

export class ScoreRows {
  readonly #groups: ItemGroups;
  readonly #rules: RowRules;
  readonly #conditions: ReadonlyMap<string, ConditionTally>;
  readonly #datasets = new Map<string, DatasetTally>();
  readonly #temps = new Map<string, { least: number; most: number }>();
  readonly #examples: MissingScore[] = [];
  readonly #differing: DifferingItem[] = [];
  #missing = 0;
  #paired = 0;
  /** The item that was counted last. */
  #last = '';

  constructor(groups: ItemGroups, rules: RowRules) {
    this.#groups = groups;
    this.#rules = rules;
    const tally = (): ConditionTally => ({ items: 0, answers: 0, missing: 0, recorded: 0, priced: 0 });
    const names = [...groups.conditions].sort((a, b) => (a < b ? -1 : 1));
    this.#conditions = new Map(names.map((name) => [name, tally()]));
  }

  /**
   * Yields every row with a score, in the order of the file, and takes the tallies.
   * @throws Failure when an item is in several clusters
   */
  *rows(): Generator<Cell[], void, undefined> {
    const problems = new Problems();
    let block: ItemGroup[] = [];
    let first: ItemGroup | null = null;
    for (const group of this.#groups.inOrder(this.#rules.needed)) {
      if (!first || first.dataset !== group.dataset || first.item !== group.item) first = group;
      else if (first.cluster !== group.cluster) {
        problems.add(
          `${this.#groups.whereOf(group)}: item ${shown(group.item)} is in cluster ${shown(group.cluster)} here and in ${shown(first.cluster)} at ${this.#groups.whereOf(first)}`,
        );
      }
      const [before] = block;
      if (
        before &&
        (before.dataset !== group.dataset || before.item !== group.item || before.temp !== group.temp)
      ) {
        yield* this.#blockRows(block);
        block = [];
      }
      block.push(group);
    }
    yield* this.#blockRows(block);
    problems.throwIfAny();
  }

  /** Items for the examples of a report; complete when every row has been taken. */
  get differing(): readonly DifferingItem[] {
    return this.#differing;
  }

  /** The tallies of what was written; complete when every row has been taken. */
  tallies(): Pick<ImportSummary, 'conditions' | 'datasets' | 'temps' | 'missing'> & {
    readonly paired: number;
  } {
    const conditionOf = (name: string, tally: ConditionTally): ImportedCondition => {
      const { items, answers, missing, recorded, priced } = tally;
      const known = items > 0 && recorded + priced === items;
      const money = !known ? 'unknown' : priced > 0 ? 'priced' : 'recorded';
      return { items, answers, missing, money, price: money === 'priced' ? this.#rules.priceOf(name) : null };
    };
    return {
      conditions: Object.fromEntries(
        [...this.#conditions].map(([name, tally]) => [name, conditionOf(name, tally)]),
      ),
      datasets: Object.fromEntries(
        [...this.#datasets].map(([name, { items, alone, clusters }]) => [
          name,
          { items, clusters: alone + clusters.size },
        ]),
      ),
      temps: Object.fromEntries(
        [...this.#temps].map(([temp, { least, most }]) => [temp, { samples_min: least, samples_max: most }]),
      ),
      missing: { count: this.#missing, examples: this.#examples },
      paired: this.#paired,
    };
  }

  /** The rows of one item at one temperature; conditions that have none are missing. */
  *#blockRows(block: readonly ItemGroup[]): Generator<Cell[], void, undefined> {
    const scored = block.filter((group) => group.samples > 0);
    const [one] = block;
    if (one === undefined) return;
    if (scored.length > 1) this.#paired += 1;
    const there = new Set(scored.map((group) => group.condition));
    for (const [condition, tally] of this.#conditions) {
      if (there.has(condition)) continue;
      tally.missing += 1;
      this.#missing += 1;
      if (this.#examples.length < MOST_EXAMPLES)
        this.#examples.push({ dataset: one.dataset, item_id: one.item, temp: one.temp, condition });
    }
    this.#compare(one, scored);
    for (const group of scored) yield this.#row(group);
  }

  /** Keeps the first items that the conditions score differently, each at its lowest temperature. */
  #compare({ dataset, item, temp }: ItemGroup, scored: readonly ItemGroup[]): void {
    const [quantity = 'correct'] = this.#rules.needed;
    if (this.#differing.length >= MOST_SHOWN || new Set(scored.map((group) => group.mean(quantity))).size < 2)
      return;
    const last = this.#differing.at(-1);
    if (last?.dataset !== dataset || last.item !== item) this.#differing.push({ dataset, item, temp });
  }

  #row(group: ItemGroup): Cell[] {
    const { type, needed } = this.#rules;
    const { samples, mean, deviation } = group;
    const abstained = mean('abstained');
    const unanswerable = mean('unanswerable') === 1 ? 1 : 0;
    const promptTokens = whole(group, 'tokensIn');
    const completionTokens = whole(group, 'tokensOut');
    const usd = this.#money(group, promptTokens, completionTokens);
    this.#count(group);
    const has = (quantity: Quantity): boolean => needed.includes(quantity);
    return [
      group.item,
      group.dataset,
      group.cluster,
      type,
      group.condition,
      group.temp,
      samples,
      has('correct') ? mean('correct') : null,
      has('correct') ? deviation('correct') : null,
      has('score') ? mean('score') : null,
      has('score') ? deviation('score') : null,
      abstained,
      unanswerable,
      type === 'open' && unanswerable === 1 && abstained !== null ? 1 - abstained : null,
      mean('support'),
      null,
      promptTokens,
      completionTokens,
      usd,
    ];
  }

  #count({ dataset, item, cluster, temp, samples, condition }: ItemGroup): void {
    const set = this.#datasets.get(dataset) ?? { items: 0, alone: 0, clusters: new Set<string>() };
    this.#datasets.set(dataset, set);
    const name = `${dataset}\n${item}`;
    if (this.#last !== name) {
      set.items += 1;
      if (cluster === '') set.alone += 1;
      else set.clusters.add(cluster);
    }
    this.#last = name;
    const range = this.#temps.get(temp) ?? { least: samples, most: samples };
    this.#temps.set(temp, {
      least: Math.min(range.least, samples),
      most: Math.max(range.most, samples),
    });
    const tally = this.#conditions.get(condition) as ConditionTally;
    tally.items += 1;
    tally.answers += samples;
  }
  /** Money that the log states goes before tokens at a price; what only some answers have is not known. */
  #money(group: ItemGroup, promptTokens: number | null, completionTokens: number | null): number | null {
    const tally = this.#conditions.get(group.condition) as ConditionTally;
    const stated = whole(group, 'cost');
    if (stated !== null) {
      tally.recorded += 1;
      return stated;
    }
    const price = this.#rules.priceOf(group.condition);
    if (group.count('cost') > 0 || price === null || promptTokens === null || completionTokens === null)
      return null;
    tally.priced += 1;
    return costOf(price, promptTokens, completionTokens);
  }
}

/** A sum over all answers of a group, or null when some answer lacks the quantity. */
function whole(group: ItemGroup, quantity: Quantity): number | null {
  return group.count(quantity) === group.samples ? group.sum(quantity) : null;
}
