// A Stem is a word form without its ending: regular endings by rule, irregular verbs and plurals by a list.

const IRREGULAR = new Map<string, string>();
for (const line of `
be am is are was were been being|have has had|do does did done|go goes went gone|make made|build built|hold held
keep kept|write wrote written|find found|lead led|win won|stand stood|begin began begun|take took taken|run ran
sell sold|buy bought|pay paid|leave left|lose lost|draw drew drawn|grow grew grown|give gave given|get got gotten
know knew known|see saw seen|come came|become became|say said|tell told|teach taught|catch caught|bring brought
think thought|fight fought|feed fed|fall fell fallen|fly flew flown|rise rose risen|sing sang sung|sink sank sunk
swim swam swum|drive drove driven|ride rode ridden|break broke broken|speak spoke spoken|steal stole stolen
wear wore worn|bear bore borne|send sent|spend spent|lend lent|bend bent|mean meant|meet met|sit sat|sleep slept
wake woke|choose chose chosen|eat ate eaten|freeze froze frozen|hide hid hidden|bite bit bitten|shake shook shaken
sell sold|shoot shot|spin spun|stick stuck|strike struck|swear swore|weave wove woven|wind wound|show shown
feel felt|deal dealt|dig dug|hang hung|lay laid|lie lay lain|light lit|bind bound|grind ground|breed bred
throw threw thrown|blow blew blown|tear tore torn|understand understood|forbid forbade forbidden|dye dyed dyeing
man men|woman women|child children|foot feet|tooth teeth|mouse mice|goose geese|ox oxen|leaf leaves|life lives
wolf wolves|shelf shelves|half halves|knife knives|loaf loaves|century centuries|person people|die died dies dying death
bear born birth|tie tied|thick thickness|high height|long length|deep depth|wide width|strong strength|weigh weight
old older oldest|low lower lowest|few fewer fewest|new newer newest|near nearer nearest|hot heat|sale sell|gift give|proof prove|choice choose|flight fly|growth grow|thought think|loss lose|song sing`
  .replaceAll('\n', '|')
  .split('|')) {
  const [base, ...forms] = line.trim().split(' ');
  if (base) for (const form of [base, ...forms]) if (!IRREGULAR.has(form)) IRREGULAR.set(form, base);
}

const KEEP_S = /(?:ss|us|is|as|os)$/;
/** Endings that also end plain nouns (river, forest): taken off long words only. */
const SHORT_ENDING = /^(?:est|er|or|ly)$/;
const VOWEL = /[aeiouy]/;

/** One double consonant at the end becomes single, and a silent e is dropped: stopp -> stop, mak(e) -> mak. */
function tidy(stem: string): string {
  const single = /([bdfgmnprt])\1$/.test(stem) ? stem.slice(0, -1) : stem;
  return single.length > 3 && single.endsWith('e') ? single.slice(0, -1) : single;
}

function strip(word: string, ending: string): string | null {
  if (!word.endsWith(ending)) return null;
  const rest = word.slice(0, -ending.length);
  return rest.length >= 3 && VOWEL.test(rest) ? rest : null;
}

function singularOf(word: string): string {
  if (word.endsWith('ies') && word.length > 4) return `${word.slice(0, -3)}y`;
  if (!word.endsWith('s') || KEEP_S.test(word)) return word;
  return word.replace(/(?<=(?:ch|sh|x|z|ss))es$|s$/, '');
}

/**
 * The stem of a lower-case word. Two forms of one word have equal stems in most cases; that two words share a stem by
 * accident is accepted.
 */
export function stemOf(lower: string): string {
  const word = lower.replace(/'s?$/, '').replace(/'.*$/, '');
  const known = IRREGULAR.get(word);
  if (known !== undefined) return tidy(known);
  if (/^\d/.test(word) || word.length <= 3) return word;
  const plural = singularOf(word);
  const base = IRREGULAR.get(plural);
  if (base !== undefined) return tidy(base);
  for (const ending of ['ation', 'ment', 'ing', 'ied', 'ed', 'est', 'er', 'or', 'ly']) {
    const rest = strip(plural, ending);
    if (rest === null || (SHORT_ENDING.test(ending) && rest.length < 4)) continue;
    return ending === 'ied' ? `${rest}y` : tidy(rest);
  }
  return tidy(plural);
}
