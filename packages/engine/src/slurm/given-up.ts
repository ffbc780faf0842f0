// Jobs that are given up are cancelled together: a changed prompt makes thousands of them other work at one moment.
import type { Submission } from '@evalmake/core';
import type { StartTimer } from '../timer.ts';
import type { SlurmCommands } from './commands.ts';
import { meaningOf } from './states.ts';

/** Cancels jobs that nobody waits for any more, many with one question and one request. */
export class GivenUp {
  private gathered: Submission[] = [];
  private sent: Promise<void> | undefined;

  constructor(
    private readonly commands: SlurmCommands,
    private readonly timer: StartTimer,
    /** How long they are gathered, milliseconds. */
    private readonly gatherMs: number,
  ) {}

  /** Resolves when Slurm was told to end a job, or does not know it. */
  add(submission: Submission): Promise<void> {
    this.gathered.push(submission);
    this.sent ??= new Promise<void>((done) => void this.timer(this.gatherMs, done)).then(() => this.send());
    return this.sent;
  }

  private async send(): Promise<void> {
    const gathered = this.gathered.splice(0);
    this.sent = undefined;
    // An id may be another's by now, and may never have been written down: jobs are found by the name of their array.
    const keys = new Set(gathered.map(({ name, index }) => `${name} ${index}`));
    const queue = (await this.commands.queue()) ?? [];
    const own = queue.filter((line) => keys.has(`${line.name} ${line.index}`));
    await this.commands.cancel(own.filter((line) => meaningOf(line.state).kind === 'going'));
  }
}
