// Decisions about restoring: a former result that is in the store comes back instead of being made again.
import { asksFirst } from './decide-policy.ts';
import type { DecideContext, Decision } from './decision.ts';
import { type Fingerprint, fingerprint } from './fingerprint.ts';
import type { Task, TaskOutput } from './graph.ts';
import type { TaskRecord } from './record.ts';

/**
 * Restores instead of running where the store holds a result of this very fingerprint. What would be replaced only when a
 * person says so (`keep`), what asks rows, and what an unfinished attempt may still come to, is left to the others.
 */
export function withRestore(task: Task, made: Decision, context: DecideContext): Decision {
  if ((made.verdict !== 'run' && made.verdict !== 'maybe') || !mayRestore(task, made, context)) return made;
  const { world } = context;
  if (made.fingerprint.pending.length > 0 || made.reasons.some((r) => !r.root)) {
    const ahead = world.shared ? fingerprintAhead(task, made, context) : undefined;
    const back = ahead === undefined ? made : restored(task, { ...made, fingerprint: ahead }, context);
    if (back.verdict === 'restore' || made.verdict === 'maybe')
      return back.verdict === 'restore' ? back : made;
    // What upstream builds may be what it was before: then nothing runs here. What costs money is told at its worst.
    const open = task.target.paid === undefined && world.formerly(task.id);
    return open ? { ...made, verdict: 'maybe' } : made;
  }
  return made.verdict === 'run' ? restored(task, made, context) : made;
}

function restored(task: Task, made: Decision, context: DecideContext): Decision {
  const found = context.world.restorable(task, made.fingerprint.parts);
  if (found === undefined || !fits(task, found.record, context)) return made;
  return { ...made, verdict: 'restore', ...found, history: withCompared(made), partial: undefined };
}

/**
 * The fingerprint of a task of which all that is not done is put back: what that holds is known before it lies there. So a
 * checkout in which nothing was ever built knows of all its tasks which ones somebody else has made.
 */
function fingerprintAhead(task: Task, made: Decision, context: DecideContext): Fingerprint | undefined {
  // What lies there and is right but for what upstream may do, and what a crash left open, is looked at in its turn.
  if (!made.reasons.some((r) => r.root)) return undefined;
  if (made.verdict === 'maybe' && context.world.records.lastAttempt(task.id)?.open !== undefined)
    return undefined;
  const { restoring } = context;
  const known = (i: number) => context.standing(i) === 'settled' || restoring(i) !== undefined;
  if (!task.deps.every(known)) return undefined;
  const ahead = fingerprint(task, {
    ...context,
    unsettled: () => false,
    accepted: (i) => restoring(i) ?? context.accepted(i),
    proven: (i) => restoring(i) !== undefined || context.proven(i),
  });
  return ahead.missing.length > 0 || ahead.pending.length > 0 ? undefined : ahead;
}

/** The record against which it was compared is a former one now: what it wrote is still the task's own. */
function withCompared({ record, history }: Decision): readonly TaskRecord[] {
  return record === undefined || history.includes(record) ? history : [...history, record];
}

function mayRestore(task: Task, { reasons }: Decision, context: DecideContext): boolean {
  const { target } = task;
  if (target.frozen || target.keep || target.depsFile !== undefined) return false;
  if (context.forced(task.index)) return false;
  // Of what lies there without a record nobody knows whose it is; what fails its checks today is not brought back.
  const barring = ['record-lost', 'output-unrecorded', 'check-failed'];
  if (reasons.some((r) => barring.includes(r.code))) return false;
  // What somebody has edited by hand, where outputs are not replaced without a word, is not overwritten in silence.
  if (asksFirst(target) && reasons.some((r) => r.code === 'output-modified')) return false;
  const last = context.world.records.lastAttempt(task.id);
  if (last === undefined || (last.restore === true && last.kept === undefined)) return true;
  return target.paid === undefined && last.kind !== 'waiting' && last.kind !== 'outcome-unknown';
}

/** Whether a record's files are what the task declares today: the same work may have gone to other places before. */
export function fits(task: Task, record: TaskRecord, { world }: DecideContext): boolean {
  const names = Object.keys(record.outputs);
  if (names.length !== task.outputs.length) return false;
  return task.outputs.every((output) => {
    const files = record.outputs[output.name]?.map((f) => f.path);
    return files !== undefined && isOf(output, files, world.matches);
  });
}

function isOf(
  output: TaskOutput,
  files: readonly string[],
  matches: DecideContext['world']['matches'],
): boolean {
  if (output.kind !== 'glob') return files.length === 1 && files[0] === output.path;
  return files.every((path) => matches(output.path, path));
}
