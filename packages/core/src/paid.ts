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
}

/** Whether a text is a number that is not negative, as money and tokens are written. */
export function isAmount(text: string): boolean {
  return /^\d+(\.\d+)?([eE][-+]?\d+)?$/.test(text.trim());
}
