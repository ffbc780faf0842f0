// Metrics: where a number stands, and in words what stands there instead.
import { metricPlace, numberAt } from '@evalmake/core/metric';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

test('a place is a file and a pointer', () => {
  assert.equal(metricPlace('stats.json#/open/em'), { file: 'stats.json', pointer: '/open/em' });
  assert.equal(metricPlace('#/em'), { file: '', pointer: '/em' });
  assert.equal(metricPlace('a#b.json#/c'), { file: 'a#b.json', pointer: '/c' });
  assert.is(metricPlace('stats.json'), undefined);
  assert.is(metricPlace('stats.json#em'), undefined);
});

const document = {
  open: { em: 0.5, 'a/b': 1, 'c~d': 2, '': 3 },
  list: [{ p: 0.01 }],
  text: '0.5',
  none: null,
};

test('a pointer finds numbers as RFC 6901 says', () => {
  for (const [pointer, value] of [
    ['/open/em', 0.5],
    ['/open/a~1b', 1],
    ['/open/c~0d', 2],
    ['/open/', 3],
    ['/list/0/p', 0.01],
  ] as const)
    assert.is(numberAt(document, pointer), value, pointer);
});

test('what is no number is told', () => {
  for (const [pointer, words] of [
    ['/closed', 'the document has no "closed"'],
    ['/open/f1', '"/open" has no "f1"'],
    ['/list/1/p', '"/list" has no "1"'],
    ['/list/00/p', '"/list" has no "00"'],
    ['/open/constructor', '"/open" has no "constructor"'],
    ['/text', 'found "0.5"'],
    ['/none', 'found null'],
    ['/open', 'found a map'],
    ['/list', 'found a list'],
  ] as const)
    assert.is(numberAt(document, pointer), words, pointer);
});

test.run();
