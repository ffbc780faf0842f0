// Tests of the embedded reader: what it takes a question for, what it finds, when it keeps silent, and that it is steady.
import { readFileSync } from 'node:fs';
import { readMessage, renderMessage } from 'evalkit/message';
import { analyse } from 'evalkit/reader/analysis';
import { cautionOf, cuesIn } from 'evalkit/reader/caution';
import { Chance } from 'evalkit/reader/chance';
import { ABSTENTION, Reader } from 'evalkit/reader/reader';
import { sentencesOf } from 'evalkit/reader/sentences';
import { stemOf } from 'evalkit/reader/stem';
import { wordsOf } from 'evalkit/reader/words';
import { countTokens, firstTokens } from 'evalkit/tokens';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const SETTINGS = { leastSupport: 0.05, mostSupport: 0.7, seed: 7 };
const PASSAGE =
  'Corr Mill is a water mill on the River Asp. It was built in 1702 by the engineer Ada Lund, who had worked in Oxley. ' +
  'The wheel is 9 metres high and turns four pairs of stones. The flour was stored in oak barrels. The mill closed ' +
  'because the river had changed its course. Every April children race paper boats past the gate.';
const FACTS = [
  'Oslo is the capital of Norway.',
  'The Danube flows through Vienna.',
  'Ada Lund wrote The Silent Wheel.',
];

function ask(
  question: string,
  { context = PASSAGE as string | null, prompt = '', temperature = 0, key = 'k' } = {},
): string {
  return new Reader(SETTINGS, prompt, FACTS).answer({ question, context, temperature, noiseKey: key }).text;
}

test('tokens: words and punctuation marks count, white space does not', () => {
  assert.is(countTokens("I don't know."), 4);
  assert.is(countTokens('  a,b\n\n(c) '), 6);
  assert.is(countTokens(''), 0);
  assert.is(firstTokens('one, two three', 3), 'one, two');
  assert.is(firstTokens('one two', 5), 'one two');
});

test('stems: forms of one word meet', () => {
  for (const [a, b] of [
    ['built', 'building'],
    ['families', 'family'],
    ['carried', 'carries'],
    ['founded', 'founder'],
    ['highest', 'high'],
    ["mill's", 'mills'],
    ['wrote', 'written'],
  ] as const) {
    assert.is(stemOf(a), stemOf(b), `${a} and ${b}`);
  }
  assert.is.not(stemOf('found'), stemOf('founded'));
});

test('sentences: a full stop after an initial or an abbreviation ends none', () => {
  const texts = sentencesOf('J. Lund met Dr. Berg at St. Asp. They left. "Why?" he asked. 4 stayed.').map(
    ({ text }) => text,
  );
  assert.equal(texts, ['J. Lund met Dr. Berg at St. Asp.', 'They left.', '"Why?" he asked.', '4 stayed.']);
});

test('words: numbers and hyphens stay whole, offsets point into the text', () => {
  const text = 'In 1,702 twenty-four mills’ wheels.';
  assert.equal(
    wordsOf(text).map((word) => text.slice(word.start, word.end)),
    ['In', '1,702', 'twenty-four', 'mills', 'wheels'],
  );
});

test('questions: the kind of answer that is asked for', () => {
  for (const [question, asked] of [
    ['Who built the mill?', 'person'],
    ['In which year was it built?', 'year'],
    ['When did it open?', 'date'],
    ['Where does the river rise?', 'place'],
    ['How many stones are there?', 'count'],
    ['How high is the wheel?', 'measure'],
    ['How long did the journey take?', 'duration'],
    ['How long is the bridge?', 'measure'],
    ['How often do they race?', 'frequency'],
    ['What colour is the door?', 'colour'],
    ['Why did the mill close?', 'reason'],
    ['Which river flows through Vienna?', 'name'],
    ['What was the flour stored in?', 'thing'],
  ] as const) {
    assert.is(analyse(question).asked, asked, question);
  }
  assert.is(analyse('What was the flour stored in?').preposition, 'in');
  assert.is(analyse('How many pairs of stones are there?').noun, 'pair');
  assert.is(analyse('How high is the wheel?').quantity, 'length');
});

test('open-book: spans of the passage that fit the question', () => {
  assert.is(ask('Who built Corr Mill?'), 'Ada Lund');
  assert.is(ask('In which year was Corr Mill built?'), '1702');
  assert.is(ask('How high is the wheel?'), '9 metres');
  assert.is(ask('How many pairs of stones does the wheel turn?'), 'four');
  assert.is(ask('What was the flour stored in?'), 'oak barrels');
  assert.is(ask('Why did the mill close?'), 'the river had changed its course');
  assert.is(ask('In which month do children race paper boats?'), 'April');
});

test('closed-book: answers come from the knowledge only', () => {
  assert.is(ask('Which river flows through Vienna?', { context: null }), 'The Danube');
  assert.is(ask('Who wrote The Silent Wheel?', { context: null }), 'Ada Lund');
  const silent = new Reader(SETTINGS, '', []);
  const reading = silent.answer({
    question: 'Who built Corr Mill?',
    context: null,
    temperature: 0,
    noiseKey: 'k',
  });
  assert.equal(reading, { text: ABSTENTION, support: 0, abstained: true });
});

test('caution: cues count once, their opposite lowers it, an ordinary prompt has none', () => {
  assert.is(cautionOf('Answer in one word.'), 0);
  assert.is(cautionOf('Always answer. Give your best guess.'), 0);
  assert.ok(cautionOf('Do not guess.') > 0);
  assert.is(cautionOf('Do not guess. Do not guess.'), cautionOf('Never guess!'));
  assert.ok(cautionOf('Do not guess. Verify the answer.') > cautionOf('Do not guess.'));
  assert.ok(cautionOf('Do not guess. Always answer.') < cautionOf('Do not guess.'));
  assert.equal(
    cuesIn('If you are in doubt, say "I don’t know".').map((cue) => cue.name),
    ['offers a way to abstain', 'demands certainty'],
  );
});

test('a cautious prompt keeps silent where a bold one answers', () => {
  const unanswerable = 'Who painted the gate of the lighthouse?';
  const strict =
    'Do not guess. Check the evidence. If the answer is not stated or you are in doubt, say "I don\'t know."';
  assert.is.not(ask(unanswerable), ABSTENTION);
  assert.is(ask(unanswerable, { prompt: strict }), ABSTENTION);
  assert.is(ask('Who built Corr Mill?', { prompt: strict }), 'Ada Lund');
});

test('the treatment of the example is the more cautious prompt', () => {
  const root = new URL('../../../', import.meta.url);
  const prompt = (name: string): string => readFileSync(new URL(`prompts/${name}.md`, root), 'utf8');
  assert.ok(cautionOf(prompt('treatment')) > cautionOf(prompt('control')) + 0.3);
});

test('temperature 0 is always the same; above it the noise is the request’s own and can be repeated', () => {
  const question = 'What is on the River Asp?';
  const answers = (temperature: number): string[] =>
    Array.from({ length: 12 }, (_, index) => ask(question, { temperature, key: `k${index}` }));
  assert.is(new Set(answers(0)).size, 1);
  assert.ok(new Set(answers(1.5)).size > 1);
  assert.equal(answers(1.5), answers(1.5));
});

test('chance: the same seed gives the same numbers, in their range', () => {
  const one = new Chance('a');
  const two = new Chance('a');
  const numbers = Array.from({ length: 2000 }, () => one.next());
  assert.equal(
    numbers.slice(0, 50),
    Array.from({ length: 50 }, () => two.next()),
  );
  assert.ok(numbers.every((value) => value >= 0 && value < 1));
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  assert.ok(Math.abs(mean - 0.5) < 0.03);
  assert.is.not(new Chance('b').next(), numbers[0]);
});

test('messages: question and passage come back as they were', () => {
  const context = 'A passage.\n\nQUESTION:\nwith a trap inside.';
  assert.equal(readMessage(renderMessage({ question: 'Who?', context }), 'f:1'), {
    question: 'Who?',
    context,
  });
  assert.equal(readMessage(renderMessage({ question: 'Who?', context: null }), 'f:1'), {
    question: 'Who?',
    context: null,
  });
  assert.throws(
    () => readMessage('Hello', 'f:1'),
    /^f:1: body.messages: the user's turn has no QUESTION: block$/,
  );
});

test.run();
