// Word diffs: what is left of each side gives that side again, and nothing that is the same is told as a change.
import { wordDiff } from '@evalmake/core';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

test('one word of a long command is shown with what stands beside it', () => {
  const was =
    'evalkit score --in a.csv --rounding 2 --out b.csv --seed 7 and so on until the very end of it all';
  const now = was.replace('--rounding 2', '--rounding 4');
  assert.equal(wordDiff(was, now), [
    { kind: 'same', text: 'evalkit score --in a.csv --rounding' },
    { kind: 'gone', text: '2' },
    { kind: 'new', text: '4' },
    { kind: 'same', text: '--out b.csv --seed 7 …' },
  ]);
});

const words = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 7 });

test('both sides can be read from a difference', () => {
  fc.assert(
    fc.property(words, words, (was, now) => {
      const parts = wordDiff(was.join(' '), now.join(' '));
      const side = (not: string) =>
        parts
          .filter((p) => p.kind !== not)
          .map((p) => p.text)
          .join(' ');
      assert.equal([side('new'), side('gone')], [was.join(' '), now.join(' ')]);
      for (const [i, part] of parts.entries()) assert.is.not(part.kind, parts[i - 1]?.kind);
    }),
  );
});

test('equal texts have no difference, and an endless one does not take for ever', () => {
  assert.equal(wordDiff('x y', 'x  y'), [{ kind: 'same', text: 'x y' }]);
  const long = (word: string) => Array.from({ length: 50_000 }, (_, i) => `${word}${i}`).join(' ');
  assert.is(wordDiff(long('a'), long('b')).length, 2);
});

test.run();
