// Decisions about restoring: a result that was built before and is kept takes the place of a run.

import { checkDigestOf } from './check-digest.ts';
import { judge } from './check-judge.ts';
import type { DecideContext, Decision } from './decision.ts';
import type { Task } from './graph.ts';
import type { TaskRecord } from './record.ts';

/** Restores instead of running, where the store holds what this very fingerprint made. */
export function withRestore(task: Task, made: Decision, context: DecideContext): Decision {
  const { target } = task;
  if (made.verdict !== 'run' || made.fingerprint.pending.length > 0 || context.forced(task.index))
    return made;
  // Answers to rows have a store of their own; what `keep` and `frozen` guard is replaced by nobody.
  if (target.rows !== undefined || target.keep || target.frozen || target.depsFile !== undefined) return made;
  if (made.reasons.some((r) => !r.root || r.code === 'output-unrecorded')) return made;
  const record = context.world.restorable(task.id, made.fingerprint.parts);
  if (record === undefined || !fits(task, record) || !passes(task, record, context)) return made;
  return { ...made, verdict: 'restore', restores: record };
}

/** Whether a kept result is of the outputs that are declared today, at their places. */
function fits(task: Task, { outputs }: TaskRecord): boolean {
  if (Object.keys(outputs).length !== task.outputs.length) return false;
  return task.outputs.every(({ name, kind, path }) => {
    const files = outputs[name];
    if (files === undefined || kind === 'dir') return false;
    return kind === 'glob' || (files.length === 1 && files[0]?.path === path);
  });
}

/** Whether all checks of today are known to hold: what they would have to look at again is run again. */
function passes(task: Task, record: TaskRecord, context: DecideContext): boolean {
  return task.target.checks.every((spec) => {
    const known = record.checks.find((c) => c.id === spec.id);
    if (known?.digest === checkDigestOf(spec, context)) return known.status === 'passed';
    const files = spec.output === undefined ? [] : (record.outputs[spec.output] ?? []);
    return judge(spec, files).status === 'passed';
  });
}
