// A Costs document is costs.json: what all answers took in tokens and in money.
import type { JsonObject } from './json-object.ts';
import type { Price } from './price.ts';

/** null where no answer states it, as in imported results. */
export interface CostSum {
  readonly prompt_tokens: number | null;
  readonly completion_tokens: number | null;
  readonly total_tokens: number | null;
  /** US dollars at the configured prices, less the batch discount; of imported results, as the scores have them. */
  readonly usd: number | null;
  /** Answers that were counted: those with tokens or money. */
  readonly usage_records: number;
}

export interface Costs extends CostSum {
  readonly schema_version: 2;
  readonly batch_discount_applied: boolean;
  readonly usage_source: string;
  /** null for imported results, whose conditions may have different prices. */
  readonly pricing: Price | null;
  readonly by_condition: Readonly<Record<string, CostSum>>;
}

function readSum(object: JsonObject): CostSum {
  const count = (field: string): number | null => (object.raw(field) === null ? null : object.count(field));
  return {
    prompt_tokens: count('prompt_tokens'),
    completion_tokens: count('completion_tokens'),
    total_tokens: count('total_tokens'),
    usd: object.raw('usd') === null ? null : object.number('usd'),
    usage_records: object.count('usage_records'),
  };
}

function readPricing(pricing: JsonObject): Price {
  return {
    input_per_million: pricing.number('input_per_million'),
    output_per_million: pricing.number('output_per_million'),
    batch_discount: pricing.number('batch_discount'),
  };
}

/** Reads costs.json. @throws Failure naming the member */
export function readCosts(object: JsonObject): Costs {
  if (object.number('schema_version') !== 2) object.reject('schema_version', '2');
  const conditions = object.object('by_condition');
  return {
    schema_version: 2,
    ...readSum(object),
    batch_discount_applied: object.flag('batch_discount_applied'),
    usage_source: object.text('usage_source'),
    pricing: object.raw('pricing') === null ? null : readPricing(object.object('pricing')),
    by_condition: Object.fromEntries(
      conditions.keys().map((name) => [name, readSum(conditions.object(name))]),
    ),
  };
}
