// A RemoteAttempt is an attempt whose command runs on a cluster: its folder, and whether one that runs already is gone on with.
import { join } from 'node:path';
import { type Decision, renderText, type Submission, stateKey, type Task } from '@evalmake/core';
import { clusterOf } from './cluster.ts';
import { Failure } from './failure.ts';
import type { Job, RemoteJob, Running } from './job.ts';
import type { SlurmExecutor } from './slurm/executor.ts';
import { attemptsOf, clearAttempts } from './slurm/folders.ts';
import { workName } from './slurm/names.ts';
import { taskFolder } from './task-folder.ts';
import type { TaskRunContext } from './task-run-context.ts';

/** Starts the command of one attempt on a cluster. */
export class RemoteAttempt {
  /** What is durably known of it by now. */
  submission: Submission;

  constructor(
    private readonly executor: SlurmExecutor,
    private readonly resources: Readonly<Record<string, string>>,
    fresh: Submission,
    /** What runs already, and is the same work. */
    readonly before: Submission | undefined,
  ) {
    this.submission = before ?? fresh;
  }

  /** The folder of the attempt, relative to the workspace. */
  get own(): { readonly dir: string; readonly kept: boolean } {
    return { dir: this.submission.dir, kept: this.before !== undefined };
  }

  /** Starts a command, or goes on with it. */
  start(job: Job, more: Omit<RemoteJob, 'dir' | 'resources' | 'submitted'>, root: string): Promise<Running> {
    const dir = join(root, this.submission.dir);
    const note = async (submission: Submission): Promise<void> => {
      this.submission = submission;
      await more.note(submission);
    };
    const remote = { ...more, note, dir, resources: this.resources, submitted: this.before };
    return this.executor.start({ ...job, remote }, this.submission);
  }
}

/**
 * The attempt of a task whose command runs on a cluster; undefined for one of this machine. What still runs there and is
 * other work by now is given up: nobody will look at what it writes.
 */
export async function remoteAttempt(
  task: Task,
  decision: Decision,
  { workspace, emit }: Pick<TaskRunContext, 'workspace' | 'emit'>,
): Promise<RemoteAttempt | undefined> {
  const { world, root, options } = workspace;
  const open = world.records.lastAttempt(task.id)?.remote;
  const runs = task.target.executor === 'slurm';
  if (!runs && open === undefined) return undefined;
  const executor = await clusterOf(workspace);
  // What is asked of rows was frozen when it was begun.
  const parts = workspace.rows.attempts.find(task.id)?.frozen.parts ?? decision.fingerprint.parts;
  const work = workName(root, task.id, stateKey(parts, world.digest));
  const same = runs && open?.work === work;
  if (open !== undefined && !same) {
    const at = new Date(options.nowMs()).toISOString();
    const text = `a Slurm job (${open.id ?? open.name}) for what the task was before is given up`;
    emit({ event: 'note', at, task: task.id, text });
    await executor.giveUp(open);
  }
  if (!runs) return undefined;
  const folder = taskFolder(task.id, world.digest);
  const fresh = { ...executor.attempt(work, folder), name: '', index: 0, work, at: '' };
  if (!same) clearAttempts(join(root, attemptsOf(folder)));
  return new RemoteAttempt(executor, resourcesOf(task, workspace), fresh, same ? open : undefined);
}

/** What a task asks of the cluster. */
function resourcesOf(
  task: Task,
  { config, world, pipeline }: TaskRunContext['workspace'],
): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [key, template] of Object.entries(task.target.slurm)) {
    const { vars } = pipeline;
    const rendered = renderText(template, { config, vars, each: task.each, env: world.env });
    if (!rendered.ok) throw new Failure('could-not-start', `slurm.${key}: ${rendered.message}`);
    out[key] = rendered.text;
  }
  return out;
}
