// A JudgeReader compares two answers to one question: by a reference, by a passage, or by the question's own words.
import { Chance } from '../reader/chance.ts';
import { ABSTENTION } from '../reader/reader.ts';
import { matchAnswer } from '../scoring/match.ts';
import { normalForm, normalTokens } from '../scoring/normalise.ts';
import { SupportJudge } from '../scoring/support.ts';
import { qualityOf } from './model-quality.ts';

/** Two answers to compare, as they stand in a user's turn. */
export interface Comparison {
  readonly question: string;
  readonly context: string | null;
  readonly reference: string | null;
  readonly a: string;
  readonly b: string;
}

export type Preference = 'A' | 'B' | 'TIE';

const HEADING = /^(QUESTION|CONTEXT|REFERENCE|ANSWER A|ANSWER B):[ \t]*/gm;
/** Merits closer than this are a tie. */
const TIE = 0.1;
/** Standard deviation of the first model's judgement at temperature 0. */
const NOISE = 0.1;
/** How much each further model leans towards the answer it reads first. */
const LEANING = 0.03;

/**
 * Finds the parts of a comparison: blocks that begin a line with `ANSWER A:` and `ANSWER B:` and, when they are
 * there, `QUESTION:`, `CONTEXT:` and `REFERENCE:`. The last block of a name counts; null when an answer lacks.
 */
export function readComparison(content: string): Comparison | null {
  const heads = [...content.matchAll(HEADING)];
  const parts = new Map<string, string>();
  heads.forEach((head, index) => {
    const from = head.index + head[0].length;
    const next = heads[index + 1];
    const text = content.slice(from, next?.index ?? content.length).replace(/^\n/, '');
    // After the last block an instruction may follow an empty line.
    const block = next === undefined ? (text.split(/(?:^|\n)[ \t]*\n/)[0] ?? '') : text;
    parts.set(head[1] ?? '', block.trim());
  });
  const a = parts.get('ANSWER A');
  const b = parts.get('ANSWER B');
  if (a === undefined || b === undefined) return null;
  return {
    question: parts.get('QUESTION') ?? '',
    context: parts.get('CONTEXT') ?? null,
    reference: parts.get('REFERENCE') ?? null,
    a,
    b,
  };
}

/** How good an answer is, 0 to 1, without noise. Not to answer is worth a little where the passage holds no answer. */
function meritOf(answer: string, { question, context, reference }: Comparison): number {
  const abstains = normalForm(answer) === normalForm(ABSTENTION) || answer === '';
  if (reference !== null) {
    const { em, f1 } = matchAnswer(answer, [reference]);
    return (em + f1) / 2;
  }
  if (abstains) return 0.35;
  if (context !== null) return new SupportJudge(context, question).score(answer);
  const asked = new Set(normalTokens(question));
  const words = normalTokens(answer);
  return words.length === 0
    ? 0
    : 0.5 + 0.3 * (words.filter((word) => !asked.has(word)).length / words.length);
}

export interface Judging {
  readonly model: string;
  readonly temperature: number;
  readonly seed: number;
  readonly noiseKey: string;
}

/**
 * Says which answer is better. The same comparison, model, seed and noise key get the same preference; a model of lower
 * quality is noisier and leans towards answer A.
 * @returns the preference, and how far the merits lie apart (0 to 1) as its support
 */
export function judge(
  comparison: Comparison,
  judging: Judging,
): { readonly preference: Preference; readonly support: number } {
  const { unsteadiness } = qualityOf(judging.model);
  const chance = new Chance(`${judging.seed}\n${judging.model}\n${judging.noiseKey}\njudge`);
  const noise = NOISE * (1 + judging.temperature + 6 * unsteadiness) * chance.normal();
  const lead =
    meritOf(comparison.a, comparison) -
    meritOf(comparison.b, comparison) +
    noise +
    (LEANING * unsteadiness) / 0.35;
  const support = Math.min(1, Math.abs(lead));
  if (normalForm(comparison.a) === normalForm(comparison.b) || support < TIE)
    return { preference: 'TIE', support };
  return { preference: lead > 0 ? 'A' : 'B', support };
}
