// Spending: what was paid, and what reused rows spared; what an attempt asked, though an earlier build began it, is not spared.
import type { Decision, Estimate, RowStanding, Task } from '@evalmake/core';
import { Spent } from '@evalmake/engine/spending';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const taskOf = (target: string): Task => ({ id: `${target}@a`, target: { name: target } }) as unknown as Task;

/** A decision on a task that asks and reuses these rows, of which each costs $2, and cost half as much again last time. */
function decision(todo: readonly string[], kept: readonly string[]): Decision {
  const rows: Partial<RowStanding> = { todoKeys: () => todo, reusedKeys: () => kept };
  const estimate: Partial<Estimate> = {
    price: { perRow: 2, perRun: 0, known: 'declared', discount: 0 },
    accuracy: 1.5,
  };
  return { rows, estimate } as unknown as Decision;
}

test('a reused row is spared once, however often its task and others start', () => {
  const spent = new Spent();
  for (const kept of [['a', 'b'], ['b', 'c'], ['a']]) spent.starts(taskOf('ask'), decision([], kept));
  assert.is(spent.saved, 9e9);
  spent.starts(taskOf('judge'), decision([], ['a']));
  assert.is(spent.saved, 12e9, 'answers are kept by target: those of another one are others');
});

test('what this build asks, or collects of an attempt that an earlier one began, is not spared', () => {
  const spent = new Spent();
  spent.starts(taskOf('ask'), decision(['a'], ['b', 'c']));
  spent.asked('ask', ['b']);
  spent.starts(taskOf('ask'), decision([], ['a', 'b', 'c']));
  assert.is(spent.saved, 3e9);
});

test.run();
