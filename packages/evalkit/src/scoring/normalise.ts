// A normal form makes answers comparable: lower case, no punctuation, no articles, single spaces, as SQuAD scores.

const ARTICLES = new Set(['a', 'an', 'the']);

/**
 * The tokens of an answer in SQuAD's normal form (Rajpurkar et al. 2016, the evaluation script of SQuAD 2.0): lower
 * case, punctuation removed (not replaced by a space), the articles a, an, the removed, split at white space.
 */
export function normalTokens(text: string): string[] {
  return text
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\p{P}\p{S}]/gu, '')
    .split(/\s+/u)
    .filter((token) => token !== '' && !ARTICLES.has(token));
}

/** The normal form as one text. */
export function normalForm(text: string): string {
  return normalTokens(text).join(' ');
}
