// Topological order: everything after what it needs, ties in their own order, or one true circle.
import { topological } from '@evalmake/core/topological';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

test('nothing, and nodes that need nothing keep their order', () => {
  assert.equal(topological([]), { order: [] });
  assert.equal(topological([[], [], []]), { order: [0, 1, 2] });
});

test('needs come first, in the order in which they are named', () => {
  assert.equal(topological([[2, 1], [], []]), { order: [2, 1, 0] });
  assert.equal(topological([[1], [2], []]), { order: [2, 1, 0] });
});

test('a circle is told from its first node back to it', () => {
  assert.equal(topological([[0]]).cycle, [0, 0]);
  assert.equal(topological([[1], [2], [1]]).cycle, [1, 2, 1]);
});

const size = fc.integer({ min: 1, max: 12 });
const numbers = size.chain((n) =>
  fc.array(fc.array(fc.nat({ max: n - 1 }), { maxLength: 4 }), { minLength: n, maxLength: n }),
);

test('every order is whole and legal, every circle is one of the edges', () => {
  fc.assert(
    fc.property(numbers, (needs) => {
      const { order, cycle } = topological(needs);
      if (cycle === undefined) {
        assert.equal(
          [...order].sort((a, b) => a - b),
          needs.map((_, i) => i),
        );
        const at = new Map(order.map((node, i) => [node, i]));
        for (const [node, list] of needs.entries())
          for (const need of list) assert.ok((at.get(need) as number) < (at.get(node) as number));
      } else {
        assert.is(cycle[0], cycle.at(-1));
        assert.is(new Set(cycle).size, cycle.length - 1);
        for (let i = 1; i < cycle.length; i++)
          assert.ok(needs[cycle[i - 1] as number]?.includes(cycle[i] as number));
      }
    }),
    { numRuns: 300 },
  );
});

test('a graph that only looks back has no circle', () => {
  const backward = size.chain((n) =>
    fc.tuple(
      ...Array.from({ length: n }, (_, i) =>
        fc.array(fc.nat({ max: Math.max(0, i - 1) }), { maxLength: i === 0 ? 0 : 3 }),
      ),
    ),
  );
  fc.assert(fc.property(backward, (needs) => assert.is(topological(needs).cycle, undefined)));
});

test('a chain of a hundred thousand does not overflow the stack', () => {
  const chain = Array.from({ length: 100_000 }, (_, i) => (i + 1 < 100_000 ? [i + 1] : []));
  assert.is(topological(chain).order[0], 99_999);
});

test.run();
