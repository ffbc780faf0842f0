// Suggestions name the word that was meant, and stay silent when none is near.
import { suggest } from '@evalmake/core/suggest';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

test('an edit, a swap and another case are near', () => {
  assert.is(suggest('inptus', ['outputs', 'inputs']), 'inputs');
  assert.is(suggest('quesion', ['answers', 'questions']), 'questions');
  assert.is(suggest('RUN', ['run', 'rows']), 'run');
  assert.is(suggest('min-rows', ['max_rows', 'min_rows']), 'min_rows');
  assert.is(suggest('infr', ['score', 'infer']), 'infer');
});

test('far words, the same word and nothing give no suggestion', () => {
  assert.is(suggest('banana', ['inputs', 'outputs']), undefined);
  assert.is(suggest('ab', ['xy']), undefined);
  assert.is(suggest('inputs', ['inputs']), undefined);
  assert.is(suggest('', ['a']), undefined);
  assert.is(suggest('x', []), undefined);
  assert.is(suggest('a'.repeat(101), ['a'.repeat(100)]), undefined);
});

test('the nearest wins, of equally near ones the first', () => {
  assert.is(suggest('scores', ['stores', 'score']), 'stores');
  assert.is(suggest('scorre', ['stores', 'score']), 'score');
});

test('any word of six letters survives one swap of neighbours', () => {
  const word = fc.string({ unit: fc.constantFrom(...'abcdefgh'), minLength: 6, maxLength: 12 });
  fc.assert(
    fc.property(word, fc.nat(), (meant, at) => {
      const i = at % (meant.length - 1);
      const written = `${meant.slice(0, i)}${meant[i + 1]}${meant[i]}${meant.slice(i + 2)}`;
      assert.is(suggest(written, ['zzzzzzzz', meant]), written === meant ? undefined : meant);
    }),
  );
});

test.run();
