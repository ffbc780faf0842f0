// A Match compares an answer with the accepted answers: exact match and token F1, the best over all of them.
import { normalTokens } from './normalise.ts';

export interface Match {
  /** 1 when the normal forms are equal for one accepted answer. */
  readonly em: 0 | 1;
  /** Harmonic mean of token precision and recall, the highest over the accepted answers. */
  readonly f1: number;
}

/**
 * Scores an answer as SQuAD does. An answer without tokens matches only an accepted answer without tokens.
 * @param golds accepted answers; with none the scores are 0
 */
export function matchAnswer(answer: string, golds: readonly string[]): Match {
  const given = normalTokens(answer);
  let em: 0 | 1 = 0;
  let f1 = 0;
  for (const gold of golds) {
    const wanted = normalTokens(gold);
    if (given.join(' ') === wanted.join(' ')) em = 1;
    f1 = Math.max(f1, tokenF1(given, wanted));
  }
  return { em, f1 };
}

function tokenF1(given: readonly string[], wanted: readonly string[]): number {
  if (given.length === 0 || wanted.length === 0) return given.length === wanted.length ? 1 : 0;
  const left = new Map<string, number>();
  for (const token of wanted) left.set(token, (left.get(token) ?? 0) + 1);
  let common = 0;
  for (const token of given) {
    const count = left.get(token) ?? 0;
    if (count === 0) continue;
    common += 1;
    left.set(token, count - 1);
  }
  return common === 0 ? 0 : (2 * common) / (given.length + wanted.length);
}
