// The disk in memory held against the real one: random calls, made on both.
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { anyCall, compare } from './memory-disk-twins.ts';

// The same seed in every run, so that a failure in one place is a failure in all; EVALMAKE_FUZZ_SEED tries another.
const seed = Number(process.env['EVALMAKE_FUZZ_SEED'] ?? 20_261_120);
const numRuns = Number(process.env['EVALMAKE_FUZZ_RUNS'] ?? 150);

test(`random calls do the same in memory and on disk (seed ${seed})`, () => {
  const sequences = fc.array(anyCall, { minLength: 1, maxLength: 60, size: 'max' });
  const run = fc.check(fc.property(sequences, compare), { seed, numRuns });
  if (!run.failed) return;
  const calls = run.counterexample?.[0].map(({ says }, index) => `${index + 1}. ${says.slice(0, 300)}`) ?? [];
  assert.unreachable(`${(run.errorInstance as Error).message}\n${calls.join('\n')}`);
});

test.run();
