// Forecasts: a simulation of slots and pools agrees with what can be worked out by hand, and stays within its bounds.
import { durations, forecast, type TaskRecord } from '@evalmake/core';
import { Heap } from '@evalmake/core/build-report/heap';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { build, planOf } from './doubles/memory-build.ts';
import { MemoryWorld } from './doubles/memory-world.ts';

/** A world in which everything was built, each task in the time given. */
function timed(text: string, ms: (id: string) => number): MemoryWorld {
  const world = new MemoryWorld({ s: 's' });
  build(text, { world });
  for (const [id, records] of world.journal)
    world.journal.set(
      id,
      records.map((r): TaskRecord => ({ ...r, ms: ms(id) })),
    );
  return world;
}

const wide = `pools: { gpu: 1 }
targets:
  one: { run: "x \${{ inputs }} \${{ outputs }}", inputs: s, outputs: one }
  many: { each: { i: { range: [1, 6] } }, run: "x \${{ i }} \${{ inputs }} \${{ outputs }}", inputs: one, outputs: "m\${{ i }}" }
  train: { each: { i: { range: [1, 3] } }, pool: gpu, run: "x \${{ i }} \${{ inputs }} \${{ outputs }}", inputs: s, outputs: "t\${{ i }}" }
`;

const stale = (world: MemoryWorld): void => void world.files.set('s', 'other');

test('slots and pools bound what runs at a time', () => {
  const world = timed(wide, (id) => (id.startsWith('train') ? 100 : 10));
  stale(world);
  const plan = planOf(wide, { world });
  assert.is(forecast(plan, { jobs: 8, maybe: true }).ms, 300);
  assert.is(forecast(plan, { jobs: 1, maybe: true }).ms, 370);
  // Only what is certain: `many` may turn out to get equal bytes.
  assert.is(forecast(plan, { jobs: 1, maybe: false }).ms, 310);
});

test('what runs already has its own time behind it', () => {
  const text = 'targets:\n  a: { run: "x ${{ inputs }} ${{ outputs }}", inputs: s, outputs: a }\n';
  const world = timed(text, () => 1000);
  stale(world);
  const plan = planOf(text, { world });
  plan.states[0] = 'running';
  assert.is(forecast(plan, { jobs: 1, maybe: false, elapsed: new Map([[0, 400]]) }).ms, 600);
  assert.is(forecast(plan, { jobs: 1, maybe: false, elapsed: new Map([[0, 4000]]) }).ms, 0);
});

test('a new shard takes as long as the others of its target, a new target is unknown', () => {
  const world = timed(wide, () => 50);
  world.journal.delete('many@3');
  const plan = planOf(wide, { world });
  const times = durations(plan);
  const task = plan.graph.tasks.find((t) => t.id === 'many@3');
  assert.is(task && times.of(task), 50);
  const fresh = planOf(wide, { world: new MemoryWorld({ s: 's' }) });
  assert.equal(forecast(fresh, { jobs: 2, maybe: true }), { ms: undefined, tasks: 10, unknown: 10 });
});

test('no forecast is shorter than its longest chain or than all work divided by the slots', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 99 }), { minLength: 10, maxLength: 10 }),
      fc.integer({ min: 1, max: 6 }),
      (all, jobs) => {
        const ids = [
          'one',
          ...[1, 2, 3, 4, 5, 6].map((i) => `many@${i}`),
          ...[1, 2, 3].map((i) => `train@${i}`),
        ];
        const of = (id: string): number => all[ids.indexOf(id)] as number;
        const world = timed(wide, of);
        stale(world);
        const { ms = 0 } = forecast(planOf(wide, { world }), { jobs, maybe: true });
        const sum = all.reduce((n, x) => n + x, 0);
        const chain = Math.max(
          of('one') + Math.max(...[1, 2, 3, 4, 5, 6].map((i) => of(`many@${i}`))),
          of('train@1') + of('train@2') + of('train@3'),
        );
        assert.ok(ms >= Math.max(chain, sum / jobs) - 1e-9 && ms <= sum, `${ms} of ${sum} in ${jobs}`);
        if (jobs === 1) assert.is(ms, sum);
      },
    ),
    { numRuns: 50 },
  );
});

test('a heap gives what it was given in order, equal ones as they came', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9 })), (numbers) => {
      const heap = new Heap<number>();
      for (const [i, n] of numbers.entries()) heap.push(n, i);
      const out = numbers.map(() => heap.pop()?.value as number);
      const expected = numbers.map((n, i) => [n, i] as const).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      assert.equal(
        out,
        expected.map(([, i]) => i),
      );
      assert.is(heap.pop(), undefined);
    }),
  );
});

test.run();
