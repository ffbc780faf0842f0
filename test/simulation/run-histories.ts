// Runs histories one after the other, and tells of each that broke a promise.
import * as node from 'node:fs';
import { History } from './history.ts';
import { Violation } from './oracle.ts';
import { Random } from './random.ts';
import { noTally, type Tally } from './trial.ts';

/** A history that broke a promise. */
export interface Broken {
  readonly seed: number;
  readonly kind: string;
  readonly says: string;
}

/** A history that broke a promise, and the rounds that it breaks it without. */
export interface Shrunk {
  readonly without: readonly number[];
  readonly broken: Broken;
}

/** What many histories came to. */
export interface Sum extends Tally {
  histories: number;
  readonly broken: Broken[];
}

export const noSum = (): Sum => ({ ...noTally(), histories: 0, broken: [] });

/** The history of a seed: mostly small, sometimes with many targets and rounds. */
export function historyOf(seed: number, without?: ReadonlySet<number>): History {
  const random = new Random(seed ^ 0x517e);
  const large = random.chance(0.03);
  const targets = large ? random.between(12, 100) : random.between(1, 6);
  const rounds = random.chance(0.1) ? random.between(5, 12) : random.between(1, 4);
  return new History({ seed, targets, rounds, ...(without && { without }) });
}

/** Lives through the history of one seed, and adds it to a sum. */
export async function runHistory(seed: number, sum: Sum, without?: ReadonlySet<number>): Promise<boolean> {
  const history = historyOf(seed, without);
  try {
    await history.run();
    return true;
  } catch (error) {
    const kind = error instanceof Violation ? error.kind : 'threw';
    const says = error instanceof Violation ? error.message : String((error as Error).stack ?? error);
    sum.broken.push({ seed, kind, says: `${says}\n${history.story}` });
    return false;
  } finally {
    history.trial.bench.scene.dispose(node);
    sum.histories++;
    for (const key of Object.keys(noTally()) as (keyof Tally)[]) sum[key] += history.trial.tally[key];
  }
}

/** Leaves out each round without which the history of a seed still breaks a promise. */
export async function shrink(broken: Broken): Promise<Shrunk> {
  const without = new Set<number>();
  let smallest = broken;
  for (let round = 12; round >= 0; round--) {
    const sum = noSum();
    await runHistory(broken.seed, sum, new Set([...without, round]));
    if (sum.broken[0]?.kind !== broken.kind) continue;
    without.add(round);
    smallest = sum.broken[0];
  }
  return { without: [...without].sort((a, b) => a - b), broken: smallest };
}

/** A failure in words, with what replays it. */
export function tellBroken({ without, broken }: Shrunk): string {
  const less = without.length === 0 ? '' : ` EVALMAKE_FUZZ_WITHOUT=${without}`;
  const replay = `EVALMAKE_FUZZ_SEED=${broken.seed}${less} node build/test/all/simulation/simulation.test.js`;
  return `${broken.kind}: ${broken.says}\nreplay: ${replay}`;
}
