// Savings: a row that several tasks reuse is spared once, and one that is asked is not spared at all, in whatever order.
import { money, noSavings, noteRows, type RowStanding, spared } from '@evalmake/core';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

interface Rows {
  readonly todo: readonly string[];
  readonly kept: readonly string[];
}

/** What one task asks and reuses. */
function standing({ todo, kept }: Rows): RowStanding {
  const counts = { total: 0, reused: 0, new: 0, changed: 0, missing: 0, refused: 0, todo: todo.length };
  const keys = { todoKeys: () => todo, reusedKeys: () => kept };
  return { counts, problems: [], ...keys, again: false, claimedBy: undefined };
}

function sumOf(tasks: readonly Rows[], usd = 0.002): { asked: number; rows: number; saves: number } {
  const savings = noSavings();
  const asked = tasks.reduce((sum, task) => sum + noteRows(savings, standing(task), usd), 0);
  return { asked, ...spared(savings) };
}

const control = { todo: [], kept: ['c1', 'c2', 'c3'] };

test('nine trials that share a control spare it once', () => {
  const nine = Array.from({ length: 9 }, () => control);
  assert.equal(sumOf(nine), { asked: 0, rows: 3, saves: money(0.006) });
});

test('what one task asks and the others wait for is bought, not spared', () => {
  const first = { todo: ['c1', 'c2'], kept: ['c3'] };
  const bought = { asked: 2, rows: 1, saves: money(0.002) };
  assert.equal(sumOf([first, control, control]), bought);
  assert.equal(sumOf([control, first, control]), bought, 'also for one that was started before');
});

test('each row counts once, as asked or as spared, in every order of tasks', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
  const task = fc.record({ todo: fc.uniqueArray(key), kept: fc.uniqueArray(key) });
  fc.assert(
    fc.property(fc.array(task, { maxLength: 6 }), (tasks) => {
      const made = sumOf(tasks, 0.1);
      assert.equal(sumOf([...tasks].reverse(), 0.1), made);
      const all = new Set(tasks.flatMap(({ todo, kept }) => [...todo, ...kept]));
      assert.is(made.asked + made.rows, all.size);
      assert.is(made.saves, money(made.rows * 0.1));
    }),
    { numRuns: 100 },
  );
});

test.run();
