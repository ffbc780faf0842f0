// A Costs document is costs.json: what all answers took in tokens and in money.
import type { JsonObject } from './json-object.ts';
import type { Price } from './price.ts';

export interface CostSum {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  /** US dollars at the configured prices, less the batch discount. */
  readonly usd: number;
  /** Answers that were counted. */
  readonly usage_records: number;
}

export interface Costs extends CostSum {
  readonly schema_version: 2;
  readonly batch_discount_applied: boolean;
  readonly usage_source: string;
  readonly pricing: Price;
  readonly by_condition: Readonly<Record<string, CostSum>>;
}

function readSum(object: JsonObject): CostSum {
  return {
    prompt_tokens: object.count('prompt_tokens'),
    completion_tokens: object.count('completion_tokens'),
    total_tokens: object.count('total_tokens'),
    usd: object.number('usd'),
    usage_records: object.count('usage_records'),
  };
}

/** Reads costs.json. @throws Failure naming the member */
export function readCosts(object: JsonObject): Costs {
  if (object.number('schema_version') !== 2) object.reject('schema_version', '2');
  const pricing = object.object('pricing');
  const conditions = object.object('by_condition');
  return {
    schema_version: 2,
    ...readSum(object),
    batch_discount_applied: object.flag('batch_discount_applied'),
    usage_source: object.text('usage_source'),
    pricing: {
      input_per_million: pricing.number('input_per_million'),
      output_per_million: pricing.number('output_per_million'),
      batch_discount: pricing.number('batch_discount'),
    },
    by_condition: Object.fromEntries(
      conditions.keys().map((name) => [name, readSum(conditions.object(name))]),
    ),
  };
}
