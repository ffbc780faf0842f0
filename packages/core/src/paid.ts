// Paid says that a target's command costs money, and what a row or a run of it is expected to cost.

/**
 * `paid:` of a target. Numbers may be templates such as `${{ config.pricing.input_per_million }}`, read when planning.
 * What is not declared is undefined: it is not known, where 0 is known to cost nothing.
 */
export interface PaidDecl {
  /** US dollars per million tokens, sent and received. */
  readonly usdPerMtok: readonly [string, string] | undefined;
  /** Tokens expected per row, sent and received. */
  readonly tokensPerRow: readonly [string, string] | undefined;
  /** US dollars expected per run, beside what rows cost. */
  readonly usd: string | undefined;
  /** The share of all this that is taken off, 0 to 1, as batches are cheaper than their price list. */
  readonly discount: string | undefined;
}

/** Whether a text is a share from 0 to 1. */
export function isShare(text: string): boolean {
  return /^(0(\.\d+)?|1(\.0+)?)$/.test(text.trim());
}

/** Whether a text is a number that is not negative, as money and tokens are written. */
export function isAmount(text: string): boolean {
  return /^\d+(\.\d+)?([eE][-+]?\d+)?$/.test(text.trim());
}
