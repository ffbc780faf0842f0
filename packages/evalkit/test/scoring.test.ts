// Tests of scoring: SQuAD's normal form, exact match and F1, abstention, support, averages over samples.
import { AbstentionRule } from 'evalkit/scoring/abstention';
import { type AnswerScore, itemRow, SCORE_COLUMNS } from 'evalkit/scoring/item-score';
import { matchAnswer } from 'evalkit/scoring/match';
import { normalForm } from 'evalkit/scoring/normalise';
import { SupportJudge } from 'evalkit/scoring/support';
import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

test('normal form: lower case, no punctuation, no articles, single spaces', () => {
  assert.is(normalForm('  The Strait of  Gibraltar. '), 'strait of gibraltar');
  assert.is(normalForm("Hawai'i"), 'hawaii');
  assert.is(normalForm('An apple, a pear & the theatre'), 'apple pear theatre');
  assert.is(normalForm('1,440'), '1440');
  assert.is(normalForm('the'), '');
});

test('exact match and F1: the best over the accepted answers', () => {
  assert.equal(matchAnswer('The Danube!', ['Ister', 'danube']), { em: 1, f1: 1 });
  assert.equal(matchAnswer('the river Danube', ['Danube']), { em: 0, f1: 2 / 3 });
  assert.equal(matchAnswer('Ada Lund', ['Ada Berg', 'Bo Lund Ada']), { em: 0, f1: 0.8 });
  assert.equal(matchAnswer('x', ['y']), { em: 0, f1: 0 });
  assert.equal(matchAnswer('x', []), { em: 0, f1: 0 });
});

test('F1 counts a repeated token as often as both have it', () => {
  assert.is(matchAnswer('la la land', ['la land']).f1, 0.8);
  assert.is(matchAnswer('la', ['la la']).f1, 2 / 3);
});

test('F1 lies between EM and 1, and does not change when the two texts change places', () => {
  const text = fc
    .array(fc.constantFrom('mill', 'corr', 'the', 'lund', '1702'), { maxLength: 6 })
    .map((words) => words.join(' '));
  fc.assert(
    fc.property(text, text, (a, b) => {
      const one = matchAnswer(a, [b]);
      assert.ok(one.f1 >= one.em && one.f1 <= 1);
      assert.ok(Math.abs(one.f1 - matchAnswer(b, [a]).f1) < 1e-12);
    }),
  );
});

test('abstention: empty answers and phrases as whole words, in any spelling', () => {
  const rule = new AbstentionRule(["I don't know", 'not stated in the passage']);
  for (const text of [
    "I don't know.",
    'I DONT KNOW',
    'Sorry, I don’t know!',
    '',
    ' . ',
    'It is not stated in passage.',
  ]) {
    assert.ok(rule.holds(text), text);
  }
  for (const text of ['know', 'I do', 'Dontknow Falls', 'i dont knowingly err'])
    assert.not.ok(rule.holds(text), text);
});

test('support: 0 outside the passage, 1 beside all that is asked, less when only a part stands there', () => {
  const judge = new SupportJudge('Ada Lund built the mill at Corr in 1702.', 'Who built the mill?');
  assert.is(judge.score('Ada Lund'), 1);
  assert.is(judge.score('Bo Berg'), 0);
  assert.is(judge.score('Ada Berg'), 0.5);
  assert.is(judge.score(''), 0);
});

test('support: an answer far from the words of the question is worth half', () => {
  const filler = Array.from({ length: 40 }, (_, index) => `word${index}`).join(' ');
  const judge = new SupportJudge(`The mill was built. ${filler} Ada Lund.`, 'Who built the mill?');
  assert.is(judge.score('Ada Lund'), 0.5);
  assert.is(judge.score('mill'), 1);
});

function score(part: Partial<AnswerScore>): AnswerScore {
  const base = { em: 0, f1: 0, abstained: 0, false_answer: null, support: null, unsupported: null };
  return { ...base, promptTokens: 10, completionTokens: 2, usd: 0.5, ...part };
}

test('a row averages the samples and adds up tokens and money', () => {
  const key = {
    item_id: 'q',
    dataset: 'd',
    cluster: 'p',
    type: 'open',
    condition: 'c',
    temp: '0.7',
    unanswerable: 1,
  } as const;
  const row = itemRow(key, [
    score({ em: 1, f1: 1, false_answer: 0, support: 0.5 }),
    score({ false_answer: 1, support: 1 }),
  ]);
  assert.is(row.length, SCORE_COLUMNS.length);
  const cell = (name: (typeof SCORE_COLUMNS)[number]): unknown => row[SCORE_COLUMNS.indexOf(name)];
  assert.is(cell('samples'), 2);
  assert.is(cell('em'), 0.5);
  assert.is(cell('em_sd'), Math.SQRT1_2);
  assert.is(cell('false_answer'), 0.5);
  assert.is(cell('support'), 0.75);
  assert.is(cell('unsupported'), null);
  assert.is(cell('prompt_tokens'), 20);
  assert.is(cell('usd'), 1);
});

test('one sample has no standard deviation', () => {
  const key = {
    item_id: 'q',
    dataset: 'd',
    cluster: 'q',
    type: 'closed',
    condition: 'c',
    temp: '0.0',
    unanswerable: 0,
  } as const;
  assert.is(itemRow(key, [score({ em: 1 })])[SCORE_COLUMNS.indexOf('em_sd')], null);
});

test.run();
