// Condition prices are what tokens cost by condition: models that are compared rarely cost the same.
import { Config } from '../config.ts';
import { type Price, readPrice } from '../price.ts';

/** The price of a condition, or null where the configuration has none. */
export type PriceOf = (condition: string) => Price | null;

/**
 * Reads `pricing.by_condition` (prices by name), or `pricing` as other phases have it for all conditions alike.
 * @throws Failure naming the key
 */
export function readPrices(config: Config | null): PriceOf {
  if (config === null || !config.has('pricing')) return () => null;
  const byCondition = config.raw('pricing.by_condition');
  if (byCondition === undefined || byCondition === null) {
    const price = readPrice(config);
    return () => price;
  }
  if (typeof byCondition !== 'object' || Array.isArray(byCondition))
    return config.reject('pricing.by_condition', 'a map of conditions to prices');
  const prices = new Map<string, Price>();
  for (const [name, value] of Object.entries(byCondition)) {
    const one: Record<string, unknown> = { batch_discount: 0, ...(value as object) };
    // The path in front of a message names the condition, which may hold dots.
    prices.set(
      name,
      readPrice(new Config({ pricing: one }, `${config.path}: pricing.by_condition: ${name}`)),
    );
  }
  return (condition) => prices.get(condition) ?? null;
}
