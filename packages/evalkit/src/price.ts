// A Price is what tokens cost at a provider, and what an answer cost at that price.
import type { Config } from './config.ts';

export interface Price {
  /** US dollars per million tokens of the prompt, before the discount. */
  readonly input_per_million: number;
  /** US dollars per million tokens of the answer, before the discount. */
  readonly output_per_million: number;
  /** Share taken off for batch processing, 0 to 1. */
  readonly batch_discount: number;
}

/** Reads the keys pricing.*. @throws Failure naming the key */
export function readPrice(config: Config): Price {
  return {
    input_per_million: config.number('pricing.input_per_million', { min: 0 }),
    output_per_million: config.number('pricing.output_per_million', { min: 0 }),
    batch_discount: config.number('pricing.batch_discount', { min: 0, max: 1 }),
  };
}

/** US dollars for a number of tokens. */
export function costOf(price: Price, promptTokens: number, completionTokens: number): number {
  const full = (promptTokens * price.input_per_million + completionTokens * price.output_per_million) / 1e6;
  return full * (1 - price.batch_discount);
}
