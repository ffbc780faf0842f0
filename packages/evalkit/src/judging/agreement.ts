// An Agreement is how far a judge says what people say, and what it says itself when the order is turned.
import type { CsvRow } from '../csv.ts';
import { Failure } from '../failure.ts';
import { cohenKappa, type Kappa } from '../stats/kappa.ts';
import { isSame, type Judgement, SIDES, type Side } from './judgement.ts';
import { oneLine } from './pair.ts';
import { type Rate, rateOf } from './preferences.ts';

export const LABEL_COLUMNS = ['pair_id', 'answer_a', 'answer_b', 'label'] as const;

/** What a person said of a pair, with the answers that person was shown. */
export interface Label {
  readonly pair_id: string;
  readonly answer_a: string;
  readonly answer_b: string;
  readonly label: Side;
  readonly where: string;
}

/** Reads a row of the labels; null for a row that has no label yet. @throws Failure naming file, line and column */
export function readLabel(row: CsvRow): Label | null {
  const text = row.text('label').trim().toLowerCase();
  if (text === '') return null;
  const label = SIDES.find((side) => side === text) ?? row.reject('label', 'a, b, tie or nothing');
  return {
    pair_id: row.text('pair_id'),
    answer_a: oneLine(row.text('answer_a')),
    answer_b: oneLine(row.text('answer_b')),
    label,
    where: row.where,
  };
}

/** Two raters over the same pairs. */
export interface Raters extends Kappa {
  /** The share of agreement with its Wilson interval. */
  readonly rate: Rate;
  /** table[first rater][second rater], both in the order a, b, tie. */
  readonly table: readonly (readonly number[])[];
}

/** agreement.json. */
export interface Agreement {
  readonly schema_version: 2;
  readonly settings: { readonly alpha: number };
  /** null: there are no labels yet. */
  readonly labels: {
    readonly rows: number;
    readonly used: number;
    /** Their answers are not today's: what was labelled is no longer what is judged. */
    readonly outdated: number;
    readonly unknown: number;
    /** Their pair has no judgement that can be read, or was never asked because both answers are one text. */
    readonly not_judged: number;
  } | null;
  /** People (rows) against the judge's verdict (columns). */
  readonly people: Raters | null;
  /** The judge with a first (rows) against the judge with b first (columns). */
  readonly orders: Raters | null;
  readonly methods: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

const METHODS = {
  agreement: 'Share of pairs on which both say the same, with the Wilson (1927) score interval.',
  kappa:
    "Cohen's kappa (1960) over a, b and tie; standard error of Fleiss, Cohen & Everitt (1969); normal interval. Pairs of one question are taken as independent.",
};

function ratersOf(said: readonly (readonly [Side, Side])[], alpha: number): Raters | null {
  if (said.length === 0) return null;
  const table = SIDES.map((one) =>
    SIDES.map((other) => said.filter(([x, y]) => x === one && y === other).length),
  );
  const agreed = said.filter(([x, y]) => x === y).length;
  return { ...cohenKappa(table, alpha), rate: rateOf(agreed, said.length, alpha), table };
}

function matched(
  judgements: readonly Judgement[],
  labels: readonly Label[],
): { said: [Side, Side][]; counts: NonNullable<Agreement['labels']> } {
  const byId = new Map(judgements.map((judgement) => [judgement.pair_id, judgement]));
  const places = new Map<string, string>();
  const said: [Side, Side][] = [];
  let [outdated, unknown, notJudged] = [0, 0, 0];
  for (const { pair_id, answer_a, answer_b, label, where } of labels) {
    const before = places.get(pair_id);
    if (before !== undefined)
      throw new Failure(`${where}: pair_id: ${pair_id} is labelled already at ${before}`);
    places.set(pair_id, where);
    const judgement = byId.get(pair_id);
    if (judgement === undefined) unknown += 1;
    else if (judgement.answer_a !== answer_a || judgement.answer_b !== answer_b) outdated += 1;
    else if (judgement.verdict === null || isSame(judgement)) notJudged += 1;
    else said.push([label, judgement.verdict]);
  }
  return {
    said,
    counts: { rows: labels.length, used: said.length, outdated, unknown, not_judged: notJudged },
  };
}

/**
 * Computes the document.
 * @param labels null when there is no file of them
 * @throws Failure when a pair is labelled twice
 */
export function agreementOf(
  judgements: readonly Judgement[],
  labels: readonly Label[] | null,
  alpha: number,
): Agreement {
  const orders = judgements.flatMap(({ ab, ba }): [Side, Side][] =>
    ab === null || ba === null ? [] : [[ab, ba]],
  );
  const found = labels === null ? null : matched(judgements, labels);
  const notes: string[] = [];
  if (found === null) notes.push('there are no labels by people yet');
  else {
    const { outdated, unknown } = found.counts;
    if (outdated > 0)
      notes.push(`${outdated} labels are about answers that have changed since; they are left out`);
    if (unknown > 0) notes.push(`${unknown} labels name a pair that does not exist; they are left out`);
  }
  return {
    schema_version: 2,
    settings: { alpha },
    labels: found?.counts ?? null,
    people: found === null ? null : ratersOf(found.said, alpha),
    orders: ratersOf(orders, alpha),
    methods: METHODS,
    notes,
  };
}
