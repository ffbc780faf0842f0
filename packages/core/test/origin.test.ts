// Origin: the words for where a result comes from, of one and of many.
import { fromSharedText, originText } from '@evalmake/core/origin';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

test('each place has its words', () => {
  assert.is(originText('store'), 'from the store');
  assert.is(originText('shared-cache'), 'from the shared cache');
});

test('of many it is said how many came from the shared cache, unless none or all did', () => {
  assert.equal(
    [0, 2, 3].map((shared) => fromSharedText(shared, 3)),
    ['', ' (2 from the shared cache)', ' from the shared cache'],
  );
});

test.run();
