// `evalmake diff`: what lies between two runs.
import { runDifference } from '@evalmake/core/run-difference';
import { UsageError } from './exit.ts';
import { KeptRuns } from './kept-runs.ts';
import type { Options } from './options.ts';
import { differenceLines, type End } from './render-diff.ts';
import { findSessionRoot } from './session.ts';
import { paint, useColor } from './style.ts';

/** Runs the command; gives the exit code. */
export async function diff(options: Options): Promise<number> {
  const runs = new KeptRuns(findSessionRoot(options));
  const [from, to] = chosen(runs, options.targets);
  const summaries = runs.numbers.filter((run) => run <= to).map((run) => runs.history.summary(run));
  const difference = runDifference(summaries, from);
  const ends = [from, to].map((run) => {
    const { at, call } = runs.history.summary(run);
    return { run, ...(at === undefined ? {} : { at }), ...(call === undefined ? {} : { call }) };
  }) as [End, End];
  if (options.json) {
    const [was, now] = ends;
    const document = { format: 'evalmake.diff', version: 1, from: was, to: now, ...difference };
    process.stdout.write(`${JSON.stringify(document)}\n`);
  } else {
    const isTty = process.stdout.isTTY === true;
    const colors = paint(useColor({ when: options.color, env: process.env, isTty }));
    const lines = differenceLines(difference, {
      from: ends[0],
      to: ends[1],
      all: options.all,
      paint: colors,
    });
    process.stdout.write(lines.map((line) => `${line}\n`).join(''));
  }
  runs.warn();
  return 0;
}

/** The two runs that are meant, the older one first: what is known of a run is what was built until then. */
function chosen(runs: KeptRuns, words: readonly string[]): [number, number] {
  const wrong = words.find((word) => !/^\d+$/.test(word));
  if (wrong !== undefined)
    throw new UsageError(
      `"${wrong}" is no number of a run`,
      'evalmake diff RUN1 RUN2; evalmake log lists the runs',
    );
  if (words.length > 2) throw new UsageError('evalmake diff compares two runs', 'evalmake diff RUN1 RUN2');
  const [first, second] = words.map((word) => runs.number(word));
  if (first !== undefined && second !== undefined) {
    if (first === second) throw new UsageError(`run ${first} is both of them`, runs.kept());
    return first < second ? [first, second] : [second, first];
  }
  const to = first ?? runs.numbers.at(-1);
  const from = to === undefined ? undefined : runs.numbers.filter((run) => run < to).at(-1);
  if (to === undefined || from === undefined)
    throw new UsageError(
      to === undefined ? 'there are no runs to compare' : `there is no run before run ${to}`,
      runs.kept(),
    );
  return [from, to];
}
