// The Slurm executor: jobs go out as arrays, outlive whoever submitted them, and are found again by who comes next.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Submission } from '@evalmake/core';
import type { Job, RemoteJob, Running } from '../job.ts';
import type { StartTimer } from '../timer.ts';
import { Arrays } from './array.ts';
import { Bucket } from './bucket.ts';
import { type ClusterFacts, type RunTool, SlurmCommands } from './commands.ts';
import { claim, Element } from './element.ts';
import { attemptsOf, sweep } from './folders.ts';
import { GivenUp } from './given-up.ts';
import { attemptName } from './names.ts';
import { type Patience, usualPatience } from './verdict.ts';
import { type Pace, Watch } from './watch.ts';

/** What the executor works with. */
export interface SlurmOptions {
  /** The workspace, absolute; nodes must see it by the same name. */
  readonly root: string;
  readonly run: RunTool;
  readonly timer: StartTimer;
  readonly nowMs: () => number;
  readonly pace?: Pace;
  readonly patience?: Patience;
  readonly gatherMs?: number;
  readonly retryMs?: number;
}

const usualPace: Pace = { lookMs: 200, lookMostMs: 2000, queryMs: 1000, queryMostMs: 30_000 };
const gatherMs = 300;
const retryMs = 2000;
/** Requests to the controller: a handful at once, two a second for long. */
const burst = 10;
const perSecond = 2;

/** Runs commands on one cluster. */
export class SlurmExecutor {
  private readonly commands: SlurmCommands;
  private readonly arrays: Arrays;
  private readonly watch: Watch;
  private readonly givenUp: GivenUp;
  private known: ClusterFacts | undefined;

  constructor(private readonly options: SlurmOptions) {
    const { root, run, timer, nowMs } = options;
    const bucket = new Bucket({ most: burst, perSecond, nowMs, timer });
    this.commands = new SlurmCommands(run, () => bucket.take());
    this.givenUp = new GivenUp(this.commands, timer, options.gatherMs ?? gatherMs);
    const facts = () => this.facts();
    this.watch = new Watch({
      root,
      commands: this.commands,
      timer,
      nowMs,
      pace: options.pace ?? usualPace,
      patience: options.patience ?? usualPatience,
      facts,
    });
    this.arrays = new Arrays({
      root,
      commands: this.commands,
      timer,
      nonce,
      gatherMs: options.gatherMs ?? gatherMs,
      lookMs: options.retryMs ?? retryMs,
      // The highest index is one less than the size.
      mostJobs: async () => Math.max(1, ((await facts())?.maxArraySize ?? 1001) - 1),
      submitted: (elements) => this.follow(elements),
      isoNow: () => new Date(nowMs()).toISOString(),
    });
    sweep(root);
  }

  private async facts(): Promise<ClusterFacts | undefined> {
    this.known ??= await this.commands.facts();
    return this.known;
  }

  private follow(elements: readonly Element[]): void {
    for (const element of elements)
      if (element.remote.detach && element.told === undefined && element.id !== undefined)
        element.leave('a Slurm job');
    this.watch.add(elements.filter((e) => !e.isOver));
  }

  /** Names an attempt that is about to be made, and its folder, relative to the workspace. */
  attempt(work: string, folder: string): Pick<Submission, 'token' | 'dir'> {
    const token = attemptName(work, nonce());
    return { token, dir: `${attemptsOf(folder)}/${token}` };
  }

  /** Starts a command, or goes on with one that was submitted before. */
  async start(job: Job & { readonly remote: RemoteJob }, fresh: Submission): Promise<Running> {
    const before = job.remote.submitted;
    const element = new Element(job, before ?? fresh);
    if (before === undefined) this.arrays.add(element);
    else void this.attach(element);
    return {
      end: element.end,
      signal: (signal) => this.signal(element, signal),
      leave: () => element.leave('a Slurm job'),
    };
  }

  /** Finds a job that another build has submitted; one whose id was never written down is looked for by its name. */
  private async attach(element: Element): Promise<void> {
    if (element.submission.id === undefined) {
      const id = await this.arrays.find(element);
      if (element.isOver) return;
      if (id !== undefined) element.submission = { ...element.submission, id };
      // Nobody knows it, and nobody will ever start it: it is as if it had not been submitted.
      else if (element.claim()) return this.neverHad(element);
      await element.remote.note(element.submission);
    }
    this.watch.add([element]);
  }

  private neverHad(element: Element): void {
    element.finish({ kind: 'cut', failure: 'job-lost', text: 'Slurm never had the job' }, false);
  }

  /** Follows nothing any more, as when this process dies. */
  abandon(): void {
    this.watch.abandon();
  }

  private signal(element: Element, signal: NodeJS.Signals): void {
    if (element.isOver) return;
    if (element.remote.detach && element.submission.id !== undefined) {
      element.leave('a Slurm job');
      return;
    }
    if (element.submission.id === undefined && element.claim()) {
      element.refuse('it was told to end before Slurm had it');
      return;
    }
    element.told = { signal, atMs: this.options.nowMs() };
    this.watch.hurry();
  }

  /** Gives an attempt up for good: it starts nothing any more, and what it still writes nobody looks at. */
  async giveUp(submission: Submission): Promise<void> {
    claim(join(this.options.root, submission.dir));
    await this.givenUp.add(submission);
  }
}

function nonce(): string {
  return randomBytes(6).toString('hex');
}
