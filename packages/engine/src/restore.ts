// A restore brings a former result back from the store: fetched below the attempt, judged where checks changed, published.
import { join } from 'node:path';
import {
  byCodeUnit,
  type CheckResult,
  checkDigestOf,
  type Decision,
  type Origin,
  type OutputFile,
  type Restorable,
  recordFiles,
  sameOutputs,
  type Task,
  type TaskOutput,
  type TaskRecord,
} from '@evalmake/core';
import { isStaged } from './aside.ts';
import { type Attempt, prepareAttempt } from './attempt.ts';
import { digestDir, digestFile } from './digest.ts';
import { Failure, messageOf } from './failure.ts';
import { keepFormer } from './former.ts';
import { LockLost } from './held-lock.ts';
import { judgeAttempt, type Written } from './outcome.ts';
import { inParallel } from './parallel.ts';
import { HalfPublished, publish, publishing } from './publish.ts';
import { resultOf } from './result.ts';
import { type Former, wantedOf } from './store.ts';
import type { TaskEnd, TaskRunContext } from './task-run-context.ts';
import { isoTime } from './workspace.ts';

/** What was stored is no good: the task is decided anew, and runs. */
class NotRestored extends Error {
  /** Whether nothing is to be said of it: what a cache of others has lost is lost every day. */
  constructor(
    message: string,
    readonly told = false,
  ) {
    super(message);
  }
}

/**
 * Restores a task without running its command. What cannot be restored is forgotten, said, and decided anew.
 * @throws LockLost when somebody else has become the writer
 */
export async function restoreTask(task: Task, decision: Decision, context: TaskRunContext): Promise<TaskEnd> {
  const { workspace } = context;
  const now = () => isoTime(workspace.options.nowMs());
  try {
    workspace.journal.lock?.check();
    const attempt = prepareApart(task, decision, context);
    const { former, files } = await fetched(attempt, context);
    const record = await judged(attempt, { former, files }, context);
    if (context.stopping()) throw new Failure('stopped', 'stopped');
    const origin = former.foreign ? 'shared-cache' : 'store';
    return await finish(
      attempt,
      { record: { ...record, at: now(), run: context.log.number }, origin },
      context,
    );
  } catch (error) {
    if (error instanceof LockLost) throw error;
    if (error instanceof HalfPublished) {
      workspace.snapshot.forgetAll();
      return failed(task, error, context);
    }
    if (context.stopping()) return { ok: false, reason: 'stopped', message: 'stopped' };
    const message = messageOf(error);
    // A disk that is full, or fails, says nothing about what is kept: that stays.
    if (!(error instanceof NotRestored) && !(error instanceof Failure))
      return failed(
        task,
        new Failure('publish', `its former result could not be put back: ${message}`),
        context,
      );
    const quiet = error instanceof NotRestored && error.told;
    await workspace.results.forget(wantedOf(task, decision.fingerprint.parts));
    if (quiet) return { ok: false, reason: 'collected', message };
    context.emit({
      event: 'warn',
      at: now(),
      task: task.id,
      text: `its former result is not restored: ${message}`,
    });
    return { ok: false, reason: 'collected', message };
  }
}

/** An attempt whose outputs all lie in its folder: nobody runs who would write at the places themselves. */
export function prepareApart(
  task: Task,
  decision: Decision,
  { workspace, graph }: Pick<TaskRunContext, 'workspace' | 'graph'>,
): Attempt {
  const made = prepareAttempt({ workspace, graph, task, decision, partial: undefined });
  const aside = { moved: [], copied: [], kept: new Set<string>(), stood: new Map<string, string>() };
  const places = { ...made.places, output: (o: TaskOutput) => `${made.dir}/out/${o.path}` };
  return { ...made, aside, places };
}

/** What was brought, and which files of each output it is. */
interface Fetched {
  readonly former: Former;
  readonly files: ReadonlyMap<TaskOutput, readonly Written[]>;
}

const placeNames: Readonly<Record<Origin, string>> = {
  store: 'the store',
  'shared-cache': 'the shared cache',
};

/** Files that are brought at a time. */
const atATime = 8;

/** Fetches all files; each is digested on the way, and so are folders when they are whole. */
async function fetched(attempt: Attempt, { workspace }: TaskRunContext): Promise<Fetched> {
  const { task, decision, dir } = attempt;
  const former = await workspace.results.find(wantedOf(task, decision.fingerprint.parts));
  if (former === undefined)
    throw new NotRestored(`it is not in ${placeNames[decision.origin ?? 'store']} any more`);
  const where = placeNames[former.foreign ? 'shared-cache' : 'store'];
  const place = (path: string) => join(workspace.root, dir, 'out', path);
  await inParallel(former.files, atATime, async ({ path, ...blob }) => {
    if (await workspace.results.fetch(blob, place(path))) return;
    throw new NotRestored(`"${path}" is damaged in ${where}`, former.foreign);
  });
  const files = new Map<TaskOutput, readonly Written[]>();
  for (const output of task.outputs) {
    const listed = former.record.outputs[output.name] ?? [];
    for (const { path, digest, members } of listed) {
      if (!path.endsWith('/')) continue;
      const there = former.files.flatMap((f) => (f.path.startsWith(path) ? [f.path.slice(path.length)] : []));
      if (there.sort(byCodeUnit).join('\0') !== [...(members ?? [])].sort(byCodeUnit).join('\0'))
        throw new NotRestored(`"${path}" is another folder in ${where}`);
      const made = digestDir(place(path).replace(/\/$/, ''), (full) => digestFile(full).digest);
      if (made.digest !== digest) throw new NotRestored(`"${path}" is another folder in ${where}`);
    }
    files.set(
      output,
      listed.map(({ facts: _, ...file }): Written => ({ ...file, at: `${dir}/out/${file.path}` })),
    );
  }
  return { former, files };
}

/** The record of what was fetched: with what the checks of today say, where they are others than those of its day. */
async function judged(
  attempt: Attempt,
  { former, files }: Fetched,
  context: TaskRunContext,
): Promise<TaskRecord> {
  const { task } = attempt;
  const { workspace, graph, onRunning } = context;
  const { source: _, ...record } = former.record;
  const known = task.target.checks.map((spec) => {
    const digest = checkDigestOf(spec, workspace);
    return record.checks.find((c) => c.id === spec.id && c.digest === digest && c.status === 'passed');
  });
  const commands = task.target.checks.some((c) => c.demand.kind === 'command');
  const passed = known.every((c) => c !== undefined);
  // What others say of the content of their files is not believed, unless a command would have to be run to see it.
  if (passed && (!former.foreign || commands)) return { ...record, checks: known as CheckResult[] };
  // Such a check may name a path at which something else lies until this is published.
  const elsewhere = task.outputs.some((output) => !isStaged(task, output, graph));
  if (elsewhere && commands)
    throw new NotRestored('its checks have changed, and look at the places of its outputs');
  const verdict = await judgeAttempt(attempt, files, { workspace, graph, onRunning });
  return { ...record, ...verdict };
}

async function finish(
  attempt: Attempt,
  { record, origin }: Restorable,
  context: TaskRunContext,
): Promise<TaskEnd> {
  const { task, decision, dir } = attempt;
  const { workspace } = context;
  const { root, journal, snapshot } = workspace;
  const collected = new Map(task.outputs.map((o) => [o, (record.outputs[o.name] ?? []).map(staged(dir))]));
  if (task.target.rows !== undefined)
    workspace.rows.bring(task, decision, isoTime(workspace.options.nowMs()));
  const unkept = keepFormer(attempt, record, workspace);
  const at = isoTime(workspace.options.nowMs());
  if (unkept !== undefined) context.emit({ event: 'warn', at, task: task.id, text: unkept });
  const list = { ...publishing(attempt, collected, { record, root }), restored: true };
  const durably = task.outputs.some((output) => output.kind !== 'file');
  await publish(list, { journal, root, durably });
  snapshot.forget([...recordFiles(record).map((f) => f.path), ...list.remove]);
  context.emptied(join(root, dir));
  const changed = !decision.history.some((former) => sameOutputs(former, record));
  const result = resultOf(task, { decision, outputs: record.outputs }, context);
  const durable = journal.durable();
  context.emitWhen(durable, { event: 'restored', at, task: task.id, origin, ...result });
  return { ok: true, record, changed, restored: true, durable };
}

function staged(dir: string): (file: OutputFile) => Written {
  return ({ path, digest, bytes }) => ({ path, at: `${dir}/out/${path}`, digest, bytes });
}

/** Tells that a result could not be put back; what is in the store, or half in place, is there for the next build. */
function failed(task: Task, { message, kind }: Failure, context: TaskRunContext): TaskEnd {
  const at = isoTime(context.workspace.options.nowMs());
  context.emit({ event: 'failed', at, task: task.id, ms: 0, reason: kind, message, retry: false });
  return { ok: false, reason: kind, message };
}
