// The KeptRuns are the past builds that a command can speak of: which are kept, which one goes on, and what of their logs is damaged.
import { join } from 'node:path';
import { stateDir } from '@evalmake/engine';
import { lockHolder } from '@evalmake/engine/lock';
import { localProcesses } from '@evalmake/engine/processes';
import { RunHistory } from '@evalmake/engine/run-history';
import { UsageError } from './exit.ts';
import { count } from './style.ts';

/** Past builds of a workspace. */
export class KeptRuns {
  readonly history: RunHistory;
  private building: boolean | undefined;

  constructor(readonly root: string) {
    this.history = new RunHistory(root);
  }

  get numbers(): readonly number[] {
    return this.history.numbers;
  }

  /** Whether a run goes on: a build holds the lock, and no later one has begun. */
  isRunning(run: number): boolean {
    if (run !== this.numbers.at(-1)) return false;
    this.building ??=
      (lockHolder(join(this.root, stateDir, 'lock'), localProcesses)?.life ?? 'dead') !== 'dead';
    return this.building;
  }

  /** The number of a run that is kept. @throws UsageError that says which are */
  number(word: string): number {
    const run = Number(word);
    if (this.numbers.includes(run)) return run;
    throw new UsageError(`there is no run ${word}`, this.kept());
  }

  /** Which runs are kept, in words. */
  kept(): string {
    const { numbers } = this;
    const [first] = numbers;
    const last = numbers.at(-1);
    if (first === undefined) return 'no build has left a log here yet';
    if (first === last) return `run ${first} is kept`;
    const holes = numbers.length < (last as number) - first + 1 ? ', not all of them' : '';
    return `runs ${first} to ${last} are kept${holes}`;
  }

  /** Says once that lines were left out. */
  warn(): void {
    const { damaged } = this.history;
    const lines = [...damaged.values()].reduce((sum, n) => sum + n, 0);
    if (lines === 0) return;
    const runs = [...damaged.keys()].slice(0, 5).join(', ');
    const more = damaged.size > 5 ? ' and others' : '';
    process.stderr.write(
      `evalmake: warning: ${count(lines, 'damaged line')} left out of the log of run ${runs}${more}\n`,
    );
  }
}
