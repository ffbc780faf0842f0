// A Lexicon is the little that the reader knows of English: function words, units, numbers, and words of like meaning.
import { stemOf } from './stem.ts';

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}

/** Words that carry no content of their own. */
export const FUNCTION_WORDS = words(`
a an the this that these those some any each every all both no not only also very just even still yet
i you he she it we they me him her us them his hers its our their theirs your my who whom whose which what when where
why how there here be am is are was were been being have has had having do does did done doing will would shall should
can could may might must of in on at by for with from to into onto over under about above below between among through
during before after until till since against along across around as than then so because although though while if
unless whether and or but nor out up down off again more most much many such own same other another per via
today now later once too itself himself herself themselves one's upon within without toward towards`);

/** Words that start a place, a means, a time: a noun phrase ends before them. */
export const PREPOSITIONS = words(`
of in on at by for with from to into onto over under about above below between among through during before after until
since against along across around as than upon within without near off out towards inside outside behind beneath beside
beyond past despite like per`);

/** Verb forms that no ending gives away. */
const VERBS = words(`
be am is are was were been being have has had do does did made make makes built build holds held hold kept keep keeps
wrote write written writes found finds find led lead leads won win wins stood stand stands began begin begins begun took
take takes taken ran run runs sold sell sells bought buy buys paid pay pays left leave leaves lost lose loses drew draw
draws drawn grew grow grows grown gave give gives given got get gets knew know known knows saw see sees seen came come
comes became become becomes said say says told tell taught teach brought bring brings thought fought fed feed feeds fell
fall falls fallen flew fly flies flown rose rise rises sang sing sank sink swam swim swims drove rode broke breaks spoke
wore wear wears bore bear bears sent send sends spent spend meant means meet meets met sat sit sits slept chose chosen eat
eats ate froze hid hide hides struck wove woven showed shows show shown felt dealt dug hung lay laid lie lies lit bound
lives live lasts last carries carry contains contain consists consist serves serve uses use used opens opened closes
weighs weigh measures keeps lays breeds spans covers turns stretches flows rises reaches returns joins separates called
named known forms form gives lowers depends died dies born remained remains went go goes gone hatch hatches flow run
orbit orbits holds set sets put puts cut cuts cost costs lost shut read`);

/** Whether a word looks like a verb form; the reader has no tagger, so endings decide for the rest. */
export function looksLikeVerb(lower: string): boolean {
  return (
    VERBS.has(lower) || (lower.length > 4 && /ed$/.test(lower) && !/(?:eed|hundred|sacred|red)$/.test(lower))
  );
}

const ADVERBS = words(
  'often away almost always never sometimes seldom together soon ago even quite rather only already apart aside ever later',
);

/** Words in -ly and a few others that no noun phrase holds. */
export function isAdverb(lower: string): boolean {
  return (
    ADVERBS.has(lower) ||
    (lower.length > 5 &&
      lower.endsWith('ly') &&
      !/(?:family|assembly|supply|monopoly|butterfly|july)$/.test(lower))
  );
}

export const MONTHS = words(
  'january february march april may june july august september october november december',
);
export const SEASONS = words('spring summer autumn winter');
export const COLOURS = words(`
red green blue yellow white black grey gray brown orange purple violet pink silver gold golden scarlet crimson
turquoise indigo cream ivory amber copper maroon`);

const NUMBER_WORD =
  '(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|' +
  'eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|billion|dozen|half|third|quarter)';
const NUMBER = new RegExp(`^(?:${NUMBER_WORD})(?:-${NUMBER_WORD})*$`);

/** Whether a lower-case word is a number in letters, such as `twelve` or `thirty-eight`. */
export function isNumberWord(lower: string): boolean {
  return NUMBER.test(lower);
}

/** What a unit measures. */
export type Quantity =
  | 'length'
  | 'weight'
  | 'time'
  | 'temperature'
  | 'money'
  | 'speed'
  | 'volume'
  | 'power'
  | 'share'
  | 'area';

const UNITS = new Map<string, Quantity>();
for (const [quantity, names] of [
  [
    'length',
    'metre meter kilometre kilometer centimetre centimeter millimetre millimeter mile foot inch yard fathom',
  ],
  ['weight', 'gram kilogram tonne ton pound ounce'],
  ['time', 'second minute hour day week month year decade century night fortnight generation'],
  ['temperature', 'degree celsius fahrenheit'],
  ['money', 'pound dollar euro crown shilling coin franc mark guilder ducat florin penny cent thaler'],
  ['speed', 'knot'],
  ['volume', 'litre liter barrel gallon bushel'],
  ['power', 'horsepower watt kilowatt megawatt volt'],
  ['share', 'percent per-cent'],
  ['area', 'hectare acre'],
] as const) {
  for (const name of names.split(' ')) if (!UNITS.has(stemOf(name))) UNITS.set(stemOf(name), quantity);
}

/** What a word measures when it is a unit, else undefined. A pound is a weight and money: both are accepted for it. */
export function quantityOf(stem: string): Quantity | undefined {
  return UNITS.get(stem);
}

const LIKE = new Map<string, Set<number>>();
const GROUPS = `
big large great huge vast|big tall high|small little tiny|tiny small|old ancient early|quick fast rapid|hard heavy
wide broad|near close|author write novel novelist poet book writer|compose composer music symphony opera
paint painter painting artist picture|discover find discovery discoverer notice observe|invent invention inventor devise develop
create creator|found founder establish start create|build construct erect building make|design architect designer draft plan
draft write|begin start open set|end finish close complete stop|live home habitat find dwell inhabit|eat feed food diet
kill predator enemy hunt prey|die death|birth born|marry wife husband|lead leader command commander head guide
rule king queen govern reign|country state nation land|city town|sea ocean|mountain peak|cost price pay spend
use purpose employ serve|store keep hold preserve|get reach arrive come|leave depart set start|traveller passenger
carry take bring transport|colour paint|worker craftsmen employ work workman|visitor visit attend guest|join connect link unite
produce make yield|buy sell purchase buyer sale|name call known title|chief main principal major head|happen occur
think idea propose suggest|first original initial|destroy ruin demolish burn|fire burn|fight battle war|fuel burn power
power drive move|skill practise expert|early old|surviv exist remain|repair restore rebuild|replace substitute succeed
teach teacher instruct school|law rule act statute|penalty fine punish punishment|hold take|shape form like
temperature degree warm heat|height high tall|length long|depth deep|width wide|thickness thick|weight weigh heavy
cover hide|show display exhibit|win prize award|ship boat vessel|animal creature beast species|group herd flock party
people inhabitant population|church cathedral chapel|part share portion|measure measurement instrument|part member
stay remain keep last|earn pay wage|gather collect pick harvest|lay egg|young offspring chick|travel journey cross voyage
crossing cross span|biggest largest greatest|inside within|planet world globe earth|capital seat government parliament
element metal gas|language tongue|money coin currency|doctor physician|sculptor statue sculpture|human body|moon satellite
machine engine|car automobile|plane aeroplane aircraft fly|orbit circle round|space cosmos|grow raise cultivate
mark sign symbol|smell scent|taste flavour|sound note tone|tell say speak|free toll|blood vein|plant tree flower herb
bark skin|money pay|print press publish appear|perform play|player musician|remain leave|meet gather|protect guard defend
return back|last final end|annual year|month week|send ship|give hand present|mix blend combine|dry drain|wet damp
thin slim|clean wash|lamp light lantern|house home building|street road way|bridge crossing|river stream|wall barrier
ground soil earth|glass crystal|cloth fabric textile|thread yarn|stone rock|wood timber|iron steel metal|clay earth
search look seek|prefer like|choose pick select elect|belong own property owner|allow permit let|forbid ban prohibit
teach train|apprentice train learn|sick ill disease|cure heal treat|strong powerful|strength power|weak feeble|sharp keen
begin origin|originally first|separate divide split|border boundary|contain hold consist|attack raid|defeat beat win`;
GROUPS.trim()
  .split(/\n|\|/)
  .forEach((group, index) => {
    for (const word of group.trim().split(' ')) {
      const stem = stemOf(word);
      const groups = LIKE.get(stem) ?? new Set<number>();
      groups.add(index);
      LIKE.set(stem, groups);
    }
  });

/** Whether two stems are listed as of like meaning. */
export function alike(a: string, b: string): boolean {
  const groups = LIKE.get(a);
  const others = LIKE.get(b);
  if (groups === undefined || others === undefined) return false;
  for (const group of groups) if (others.has(group)) return true;
  return false;
}

/** Words that pick one out of several: a question that holds one is answered only where it holds as well. */
export const SELECTORS = words(`first last second third fourth only next previous original oldest youngest`);
