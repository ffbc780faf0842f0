// test-timeout: 240
// Thousands of random histories of random projects on a simulated machine, each held to the promises by an oracle.
import { test } from 'uvu';
import { noSum, runHistory, shrink, tellBroken } from './run-histories.ts';

// The same seeds in every run, so that a failure in one place is a failure in all; EVALMAKE_FUZZ_SEED tries one of them.
const only = process.env['EVALMAKE_FUZZ_SEED'];
const count = only === undefined ? Number(process.env['EVALMAKE_FUZZ_RUNS'] ?? 600) : 1;
const first = Number(only ?? 1);
/** Rounds to leave out, as a failure that was made smaller names them. */
const without = new Set((process.env['EVALMAKE_FUZZ_WITHOUT'] ?? '').split(',').filter(Boolean).map(Number));

test('Whatever happens, no wrong fresh, no lost output and no run too many.', async () => {
  const sum = noSum();
  const started = performance.now();
  for (let seed = first; seed < first + count; seed++) await runHistory(seed, sum, without);
  const seconds = (performance.now() - started) / 1000;
  const { broken, ...counts } = sum;
  console.log(
    `seeds ${first} to ${first + count - 1}: ${JSON.stringify(counts)}, ${Math.round(sum.builds / seconds)} builds and ${Math.round(sum.changes / seconds)} changes of the disk a second`,
  );
  if (broken.length === 0) return;
  const tell: string[] = [];
  for (const one of broken.slice(0, 2))
    tell.push(tellBroken(only === undefined ? await shrink(one) : { without: [...without], broken: one }));
  const seeds = broken.slice(0, 40).map((b) => `${b.seed} ${b.kind}`);
  throw new Error(`${broken.length} histories broke a promise: ${seeds.join(', ')}\n${tell.join('\n\n')}`);
});

test.run();
