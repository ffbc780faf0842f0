// A RowsDecl says how a target's answers are kept one by one: which input asks, which output answers, what makes a row the same.

/** `rows:` of a target. */
export interface RowsDecl {
  /** The input whose rows are asked. */
  readonly from: string;
  /** The output that takes the answers, in the order of the input. */
  readonly to: string;
  /** The field that names a row, in questions and answers. */
  readonly id: string;
  /** The fields that decide the answer; none means the whole row. */
  readonly by: readonly string[];
  /** The field that, when it is there and not null, makes a line no answer. */
  readonly error: string;
  /** How often one row is asked before it counts as refused. */
  readonly maxAttempts: number;
  /** How many rows may stay without an answer: a number, or a share of all. */
  readonly allowErrors: { readonly count: number } | { readonly share: number };
}

/** How many rows may stay without an answer. */
export function allowedErrors({ allowErrors }: RowsDecl, total: number): number {
  return 'count' in allowErrors ? allowErrors.count : Math.floor(allowErrors.share * total);
}
