// A SlurmBench runs single commands on a cluster, as the engine does with the command of an attempt.

import type { Submission } from '@evalmake/core';
import { makeDir } from '@evalmake/engine/disk';
import type { Job, RemoteJob, Running } from '@evalmake/engine/job';
import { SlurmExecutor, type SlurmOptions } from '@evalmake/engine/slurm/executor';
import { workName } from '@evalmake/engine/slurm/names';
import { localTools } from '@evalmake/engine/slurm/tools';
import { QuickClock } from './quick-clock.ts';
import type { TemporaryFolder } from './temporary-folder.ts';

export interface Asked extends Partial<Omit<Job, 'remote'>> {
  readonly remote?: Partial<RemoteJob>;
}

export class SlurmBench {
  readonly executor: SlurmExecutor;
  /** What was noted down durably, by task: the last of each. */
  readonly noted = new Map<string, Submission>();
  readonly told: string[] = [];
  /** Its time; a cluster that keeps real time has to be given the machine's by the options. */
  readonly clock = new QuickClock();

  constructor(
    private readonly folder: TemporaryFolder,
    env: Readonly<Record<string, string | undefined>>,
    options: Partial<SlurmOptions> = {},
  ) {
    const run = localTools(env);
    this.executor = new SlurmExecutor({
      root: folder.root,
      run: (argv, timeoutMs) => this.clock.during(() => run(argv, timeoutMs)),
      timer: this.clock.timer,
      nowMs: this.clock.nowMs,
      ...options,
    });
  }

  /** Starts a bash script, or goes on with a submission. */
  start(task: string, script: string, more: Asked = {}): Promise<Running> {
    const { folder } = this;
    const work = workName(folder.root, task, 'fp');
    const fresh = this.executor.attempt(work, task);
    const submitted = more.remote?.submitted;
    const dir = folder.path(submitted?.dir ?? fresh.dir);
    makeDir(`${dir}/out`);
    const remote: RemoteJob = {
      task,
      group: 'target',
      dir,
      resources: {},
      declared: new Set(),
      writes: [],
      submitted: undefined,
      detach: false,
      note: async (submission) => void this.noted.set(task, submission),
      tell: (kind, text) => void this.told.push(`${kind}: ${text}`),
      ...more.remote,
    };
    const job = {
      argv: ['bash', '-c', script],
      cwd: folder.root,
      env: { PATH: process.env.PATH },
      log: folder.path(`logs/${task}.log`),
      secrets: [],
      timeoutMs: undefined,
      onLine: () => {},
      onSpawn: () => {},
      ...more,
      remote,
    };
    return this.executor.start(job, { ...fresh, name: '', index: 0, work, at: '' });
  }

  /** Follows nothing any more; resolves when no program of the cluster runs on its behalf. */
  async end(): Promise<void> {
    this.executor.abandon();
    await this.clock.end();
  }
}
