// An import summary is the document beside imported scores: where they came from, what they hold, and what is missing.
import type { Price } from '../price.ts';
import type { QuestionType } from '../request.ts';

/** import.json. Members stand in the order of the file. */
export interface ImportSummary {
  readonly schema_version: 2;
  readonly sources: readonly ImportSource[];
  readonly type: QuestionType;
  /** What the columns em and f1 of the scores hold, by the name the log gives it; null where they are empty. */
  readonly metrics: { readonly em: string | null; readonly f1: string | null };
  readonly conditions: Readonly<Record<string, ImportedCondition>>;
  readonly datasets: Readonly<Record<string, { readonly items: number; readonly clusters: number }>>;
  /** Answers per item and condition at each temperature: the fewest and the most. */
  readonly temps: Readonly<Record<string, { readonly samples_min: number; readonly samples_max: number }>>;
  /** Items that some condition has scores for and this one has not; the first of them by name. */
  readonly missing: { readonly count: number; readonly examples: readonly MissingScore[] };
  /** The first items, by data set and name, whose scores differ between conditions. */
  readonly examples: readonly ImportedExample[];
  readonly notes: readonly string[];
}

/** Texts are cut; null where the log has none. */
export interface ImportedExample {
  readonly dataset: string;
  readonly item_id: string;
  readonly temp: string;
  readonly question: string | null;
  readonly gold: string | null;
  /** By condition: the first answer, and its score. */
  readonly answers: Readonly<Record<string, { readonly text: string | null; readonly score: number }>>;
}

export interface ImportSource {
  readonly path: string;
  readonly sha256: string;
  readonly format: string;
  readonly tool: string;
  readonly version: string | null;
  readonly model: string | null;
  readonly records: number;
  /** Records without the scores that were asked for: not counted as wrong, and left out. */
  readonly unscored: number;
}

export interface ImportedCondition {
  readonly items: number;
  readonly answers: number;
  readonly missing: number;
  /** recorded: the log states it; priced: tokens at `price`; unknown: for some answer neither is there. */
  readonly money: 'recorded' | 'priced' | 'unknown';
  readonly price: Price | null;
}

export interface MissingScore {
  readonly dataset: string;
  readonly item_id: string;
  readonly temp: string;
  readonly condition: string;
}
