// An Analysis is what a question asks for: the kind of its answer, its content words, and what the answer stands next to.
import { FUNCTION_WORDS, looksLikeVerb, PREPOSITIONS, type Quantity } from './lexicon.ts';
import { type Word, wordsOf } from './words.ts';

/** The kinds of answer that the reader tells apart. */
export type Asked =
  | 'person'
  | 'year'
  | 'month'
  | 'date'
  | 'place'
  | 'count'
  | 'measure'
  | 'duration'
  | 'frequency'
  | 'colour'
  | 'reason'
  | 'manner'
  | 'name'
  | 'thing';

export interface Analysis {
  readonly asked: Asked;
  /** The quantity of a measure, when the question tells it. */
  readonly quantity: Quantity | null;
  /** Words with content, each stem once, without the words that only tell the kind of answer. */
  readonly terms: readonly Word[];
  /** Stem of the noun the question puts after which, what or how many: `arches`, `bird`. */
  readonly noun: string | null;
  /** The preposition that governs what is asked: `made of?`, `On what …`. */
  readonly preposition: string | null;
}

const MEASURES: readonly (readonly [RegExp, Quantity])[] = [
  [
    /\bhow (?:high|tall|long|wide|deep|far|thick|broad|big)\b|\b(?:height|length|width|depth|distance|diameter|altitude)\b/,
    'length',
  ],
  [/\bhow heavy\b|\bhow much (?:does|did|do|can) .*\bweigh\b|\bwhat (?:is|was) the weight\b/, 'weight'],
  [/\bhow (?:hot|cold|warm)\b|\btemperature\b/, 'temperature'],
  [
    /\bhow much (?:money|did it cost|does it cost|is paid|was paid)\b|\bhow much .*\b(?:cost|pay|paid|price)\b|\b(?:price|fine|toll|wage|fee)\b.*\?/,
    'money',
  ],
  [/\bhow fast\b|\bspeed\b/, 'speed'],
  [/\bhow much power\b|\bhow powerful\b/, 'power'],
  [/\bhow old\b/, 'time'],
  [/\b(?:percentage|share|proportion|fraction)\b/, 'share'],
];

/** Rules in the order they are tried. */
const KINDS: readonly (readonly [RegExp, Asked])[] = [
  [/\bhow many\b|\bwhat number\b/, 'count'],
  [/\bhow often\b/, 'frequency'],
  [
    /\bhow long (?:did|does|do|has|have|had|must|can|could|may|will)\b|\bhow long (?:is|are|was|were)\b.*(?:ed|kept|left|held|in force|closed|open)\b/,
    'duration',
  ],
  [/\bfor how long\b|\bhow much time\b|\bhow many years\b/, 'duration'],
  [/\b(?:what|which) year\b/, 'year'],
  [/\b(?:what|which) month\b/, 'month'],
  [/\b(?:what|which) (?:date|day|century|decade|season)\b/, 'date'],
  [/^when\b|\bsince when\b|\buntil when\b|\bby when\b/, 'date'],
  [/\b(?:what|which) colou?rs?\b/, 'colour'],
  [
    /\bhow (?:high|tall|long|wide|deep|far|thick|broad|heavy|much|fast|hot|cold|warm|old|big|powerful)\b/,
    'measure',
  ],
  [
    /\b(?:at )?what (?:temperature|height|depth|speed|distance|price|share|percentage|proportion)\b/,
    'measure',
  ],
  [
    /\bwhat (?:is|was) the (?:length|height|depth|width|weight|speed|distance|diameter|temperature|price)\b/,
    'measure',
  ],
  [
    /\b(?:who|whom|whose)\b|\b(?:what|which) (?:person|man|woman|king|queen|engineer|architect|painter|composer|writer|author|poet|scientist|explorer|artist|inventor|astronomer|philosopher|sculptor|physicist|chemist|mathematician|physician|playwright|novelist|president|emperor|leader)\b/,
    'person',
  ],
  [/^where\b|\bfrom where\b/, 'place'],
  [/\bwhy\b|\bwhat (?:is|was) the reason\b/, 'reason'],
  [/^how\b/, 'manner'],
  [
    /\b(?:what|which) (?:country|city|town|village|river|ocean|sea|lake|mountain|mountains|range|strait|island|desert|continent|state|canal|waterfall|port|capital|museum|planet|region|valley|company|war|battle|ship|opera|novel|play|book|painting|language|empire)\b|\bwhat (?:is|was) the (?:capital|name)\b|\bnames? of\b|\bcalled\b/,
    'name',
  ],
];

/** Words of a question that say what kind of answer is wanted and need not stand near it. */
const KIND_WORDS = new Set(
  'name names called kind type sort number year month date time colour color many much long often'.split(' '),
);

/** Reads a question. */
export function analyse(question: string): Analysis {
  const lower = question.toLowerCase();
  const words = wordsOf(question);
  const asked = KINDS.find(([rule]) => rule.test(lower))?.[1] ?? 'thing';
  const quantity = asked === 'measure' ? (MEASURES.find(([rule]) => rule.test(lower))?.[1] ?? null) : null;
  const seen = new Set<string>();
  const terms = words.filter((word) => {
    if (FUNCTION_WORDS.has(word.lower) || KIND_WORDS.has(word.lower) || seen.has(word.stem)) return false;
    seen.add(word.stem);
    return true;
  });
  return {
    asked,
    quantity,
    terms,
    noun: nounAsked(words),
    preposition: governing(words),
  };
}

const WH = new Set('who whom whose which what where when how'.split(' '));
const AUXILIARIES = new Set(
  'do does did is are was were has have had can could will would must may might should'.split(' '),
);

/** The noun after the question word: the last word before a verb, a preposition or an auxiliary. */
function nounAsked(words: readonly Word[]): string | null {
  const at = words.findIndex((word) => WH.has(word.lower));
  if (at === -1) return null;
  const many = words[at + 1]?.lower === 'many';
  if (!many && !['which', 'what', 'whose'].includes(words[at]?.lower ?? '')) return null;
  let noun: string | null = null;
  for (const word of words.slice(at + (many ? 2 : 1))) {
    if (AUXILIARIES.has(word.lower) || PREPOSITIONS.has(word.lower) || looksLikeVerb(word.lower)) break;
    if (!FUNCTION_WORDS.has(word.lower) && !KIND_WORDS.has(word.lower)) noun = word.stem;
  }
  return noun;
}

function governing(words: readonly Word[]): string | null {
  const last = words.at(-1);
  if (last && PREPOSITIONS.has(last.lower)) return last.lower;
  const first = words[0];
  const second = words[1];
  return first && second && PREPOSITIONS.has(first.lower) && WH.has(second.lower) ? first.lower : null;
}
