// Decisions about restoring: what may come back from the store, and what is left to a command or a person.
import type { LastAttempt, TaskRecord } from '@evalmake/core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { build, type MemoryBuildOptions, planOf } from './doubles/memory-build.ts';
import { MemoryWorld } from './doubles/memory-world.ts';

const plain = `
targets:
  t:
    run: x \${{ inputs }} \${{ outputs }}
    inputs: src
    outputs: out
`;

const withMore = (more: string): string => plain + more.replace(/^/gm, '    ');

const verdict = (text: string, options: MemoryBuildOptions, id = 't'): string => {
  const plan = planOf(text, options);
  return plan.decisions[plan.graph.byId.get(id) as number]?.verdict ?? '';
};

/** A world in which `src` was 1, 2 to 5, and is 1 again: only the store knows the first result. */
function returned(text: string, kept: (record: TaskRecord) => TaskRecord = (r) => r): { world: MemoryWorld } {
  const world = new MemoryWorld({ src: '1' });
  const options = { world };
  build(text, options);
  world.formers.push(...[...world.journal.values()].flat().map(kept));
  for (const n of [2, 3, 4, 5]) {
    world.files.set('src', String(n));
    const force = { ...options, forced: () => true };
    build(text, force);
  }
  world.files.set('src', '1');
  return options;
}

test('a fingerprint that returns is restored, with its reasons and its record', () => {
  const options = returned(plain);
  const [decision] = planOf(plain, options).decisions;
  assert.is(decision?.verdict, 'restore');
  assert.ok((decision?.reasons.length ?? 0) > 0);
  assert.is(decision?.record, options.world.formers[0]);
});

test('nondeterministic restores; keep, frozen and deps_file do not', () => {
  for (const [more, expected] of [
    ['nondeterministic: true\n', 'restore'],
    ['keep: true\n', 'ask'],
    ['frozen: true\n', 'blocked'],
    ['deps_file: deps\n', 'run'],
  ] as const)
    assert.is(verdict(withMore(more), returned(withMore(more))), expected, more);
});

test('what lies elsewhere today is not restored', () => {
  const moved = (record: TaskRecord): TaskRecord => ({
    ...record,
    outputs: { out: [{ path: 'other', digest: `sha256:${'0'.repeat(64)}`, bytes: 1 }] },
  });
  assert.is(verdict(plain, returned(plain, moved)), 'run');
});

test('an attempt that waits, or that nobody knows the outcome of, is not passed over', () => {
  for (const [kind, expected] of [
    ['failed', 'restore'],
    ['interrupted', 'restore'],
    ['waiting', 'waiting'],
    ['outcome-unknown', 'run'],
  ] as const) {
    const options = returned(plain);
    const last: LastAttempt = { kind, message: 'm', at: '2026-01-01T00:00:00.000Z' };
    options.world.attempts.set('t', last);
    assert.is(verdict(plain, options), expected, kind);
  }
});

test('behind what is stale, one with former results is maybe, though it must change', () => {
  const text = `${plain}  u:
    run: y \${{ inputs }} \${{ outputs }} \${{ config.n }}
    inputs: { from: t }
    outputs: end
config: config.yaml
`;
  const world = new MemoryWorld({ src: '1' });
  build(text, { world, config: 'n: 1\n' });
  world.files.set('src', '2');
  const options = { world, config: 'n: 2\n' };
  assert.is(verdict(text, options, 'u'), 'run');
  world.formers.push(...(world.journal.get('u') ?? []));
  assert.is(verdict(text, options, 'u'), 'maybe');
});

test.run();
