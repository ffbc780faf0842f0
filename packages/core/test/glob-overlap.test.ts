// Glob overlap: two patterns meet exactly when some path matches both.
import { globsOverlap, takesIn } from '@evalmake/core/glob-overlap';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { globMatches } from './doubles/memory-world.ts';

test('patterns that have a path in common', () => {
  for (const [one, two] of [
    ['o/part-*', 'o/*.json'],
    ['o/**/*.json', 'o/deep/*.json'],
    ['o/**', 'o/a/b'],
    ['**/x', 'x'],
    ['o/{a,b}.*', 'o/b.txt'],
    ['o/[ab].json', 'o/?.json'],
  ] as const)
    assert.ok(globsOverlap(one, two) && globsOverlap(two, one), `${one} ${two}`);
});

test('patterns that have none', () => {
  for (const [one, two] of [
    ['o/part-*.json', 'o/shard-*.json'],
    ['o/*.json', 'o/deep/*.json'],
    ['o/?', 'o//'],
    ['o/{a,b}.txt', 'o/c.*'],
    ['o/a*', 'o/b*'],
  ] as const)
    assert.not.ok(globsOverlap(one, two) || globsOverlap(two, one), `${one} ${two}`);
});

test('a path that matches both is never missed', () => {
  const part = fc.constantFrom('a', 'b', '/', '*', '**/', '?', '{a,b/a}');
  const pattern = fc.array(part, { maxLength: 5 }).map((p) => p.join(''));
  const path = fc.array(fc.constantFrom('a', 'b', '/'), { maxLength: 5 }).map((p) => p.join(''));
  fc.assert(
    fc.property(pattern, pattern, path, (one, two, at) => {
      if (globMatches(one, at) && globMatches(two, at)) assert.ok(globsOverlap(one, two));
    }),
    { numRuns: 20_000 },
  );
});

test('a source glob takes in what a set will hold, but no names that the set would never have', () => {
  for (const [source, set, takes] of [
    ['**/*.json*', 'parts/part-*.txt', false],
    ['parts/*.json', 'parts/*', true],
    ['parts/*', 'parts/part-*.txt', true],
    ['parts/part-0*.txt', 'parts/part-*.txt', true],
    ['**/*.txt', 'parts/part-*.txt', true],
  ] as const)
    assert.is(takesIn(source, set), takes, `${source} ${set}`);
});

test.run();
