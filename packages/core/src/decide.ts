// Deciding: the verdict on one task with all its reasons; the one function behind dry-run, build, watch and status.
import { judge } from './check-judge.ts';
import { checkDigestOf } from './check-now.ts';
import { withKept } from './decide-kept.ts';
import { withPaid } from './decide-paid.ts';
import { isThere, withPolicy } from './decide-policy.ts';
import { withRestore } from './decide-restore.ts';
import { withRows } from './decide-rows.ts';
import { withWaiting } from './decide-waiting.ts';
import { type DecideContext, type Decision, decision, nothing, partsFor } from './decision.ts';
import { type Fingerprint, fingerprint } from './fingerprint.ts';
import type { Task } from './graph.ts';
import { compareOutputs } from './output-difference.ts';
import type { Records } from './ports.ts';
import { compare, type Reason } from './reason.ts';
import { type LastAttempt, recordFiles, type TaskRecord } from './record.ts';

export { checkDigestOf } from './check-now.ts';
export { asksFirst } from './decide-policy.ts';
export type { DecideContext, Decision, Standing, Verdict } from './decision.ts';
export { partsFor } from './decision.ts';

/** Decides one task; everything it needs must have been decided before. */
export function decide(task: Task, context: DecideContext): Decision {
  const upstream = upstreamReasons(task, context);
  if (upstream.blocked.length > 0) return decision('blocked', upstream.blocked, nothing);
  if (task.placeholder) {
    if (upstream.unsettled.length > 0) return decision('maybe', upstream.unsettled, nothing);
    // Nothing is left that could tell the set: its producer was left out, or is frozen without a record.
    return decision('blocked', setReasons(task, context), nothing);
  }
  if (task.target.run === undefined)
    return decision(upstream.unsettled.length > 0 ? 'maybe' : 'fresh', upstream.unsettled, nothing);
  const made = fingerprint(task, {
    graph: context.graph,
    config: context.config,
    world: context.world,
    memo: context.memo,
    unsettled: (p) => context.standing(p) !== 'settled',
    accepted: context.accepted,
    proven: context.proven,
  });
  if (made.missing.length > 0) {
    const reasons = made.missing.map(
      (path): Reason => ({ code: 'input-missing', root: true, subject: path }),
    );
    return decision('blocked', reasons, made);
  }
  const judged = judgeRecords(task, made, upstream.unsettled, context);
  // Rows have a store of their own.
  const rowed =
    task.target.rows === undefined
      ? withKept(task, withRestore(task, judged, context), context)
      : withRows(task, judged, context);
  return withPolicy(task, withPaid(task, withWaiting(task, rowed, context), context), context);
}

function setReasons(task: Task, { graph }: DecideContext): Reason[] {
  return task.setOn.map((i) => ({
    code: 'set-may-change',
    root: false,
    subject: (graph.tasks[i] as Task).id,
  }));
}

function upstreamReasons(task: Task, context: DecideContext): { blocked: Reason[]; unsettled: Reason[] } {
  const blocked: Reason[] = [];
  const unsettled: Reason[] = [];
  for (const dep of task.deps) {
    const standing = context.standing(dep);
    if (standing === 'settled') continue;
    const subject = (context.graph.tasks[dep] as Task).id;
    if (standing === 'blocked') blocked.push({ code: 'upstream-failed', root: false, subject });
    else if (standing === 'asks') blocked.push({ code: 'upstream-asks', root: false, subject });
    else if (standing === 'waits') blocked.push({ code: 'upstream-waits', root: false, subject });
    else
      unsettled.push({
        code: task.setOn.includes(dep) ? 'set-may-change' : 'upstream-runs',
        root: false,
        subject,
      });
  }
  return { blocked, unsettled };
}

/** Looks for a record that proves the task fresh; without one, says why against the best there is. */
function judgeRecords(
  task: Task,
  made: Fingerprint,
  unsettled: readonly Reason[],
  context: DecideContext,
): Decision {
  let best:
    | { record: TaskRecord; reasons: Reason[]; partial: string[] | undefined; rank: number }
    | undefined;
  const history: TaskRecord[] = [];
  for (const record of candidates(task, context.world.records)) {
    history.push(record);
    const parts = compare(record.parts, partsFor(task, record, made, context), made.pending);
    const outputs = compareOutputs(task, record, context.world.snapshot);
    const reasons = [...parts, ...outputs.reasons];
    if (reasons.length === 0) return checked(task, made, { record, unsettled, context });
    const partial = parts.length === 0 && outputs.onlyMissingMembers ? outputs.missing : undefined;
    // What stands on disk is explained best by the record that wrote it.
    const rank = outputs.reasons.length * 1e6 + parts.length;
    if (best === undefined || rank < best.rank) best = { record, reasons, partial, rank };
  }
  const reasons = best === undefined ? [noRecord(task, context)] : ownFiles(best.reasons, history);
  return stale(task, made, {
    reasons,
    record: best?.record,
    partial: best?.partial,
    history,
    unsettled,
    context,
  });
}

/** A member that another record of the task knows is no stranger's file: it is left over, and goes with the next build. */
function ownFiles(reasons: readonly Reason[], history: readonly TaskRecord[]): Reason[] {
  if (!reasons.some((r) => r.code === 'output-unrecorded')) return [...reasons];
  const known = new Set(history.flatMap((record) => recordFiles(record).map((f) => f.path)));
  return reasons.map((r) =>
    r.code === 'output-unrecorded' && known.has(r.subject ?? '') ? { ...r, code: 'output-modified' } : r,
  );
}

/** All records that may prove a task fresh; the manifest is opened only when the journal did not. */
function* candidates(task: Task, records: Records): Generator<TaskRecord> {
  yield* records.journal(task.id);
  const manifest = records.manifest(task);
  if (manifest !== undefined) yield manifest;
}

function noRecord(task: Task, context: DecideContext): Reason {
  const there = task.outputs.some((o) => isThere(o, context));
  return { code: there ? 'record-lost' : 'never-built', root: true };
}

interface Found {
  readonly reasons: readonly Reason[];
  readonly record: TaskRecord | undefined;
  readonly partial: readonly string[] | undefined;
  readonly history: readonly TaskRecord[];
  readonly unsettled: readonly Reason[];
  readonly context: DecideContext;
}

function stale(task: Task, made: Fingerprint, found: Found): Decision {
  const reasons = [...found.reasons];
  const last = found.context.world.records.lastAttempt(task.id);
  if (last !== undefined) reasons.push(...lastAttemptReason(last));
  // An instance whose set may change is not certain to exist, so it is not certain to run.
  const uncertain = found.unsettled.some((r) => r.code === 'set-may-change');
  const open = isOpen(last, found.reasons);
  const told = open ? reasons.filter((r) => r.code !== 'output-unrecorded') : reasons;
  return decision(uncertain || open ? 'maybe' : 'run', [...told, ...found.unsettled], made, {
    record: found.record,
    history: found.history,
    partial: found.unsettled.length > 0 ? undefined : found.partial,
  });
}

/** How the last attempt ended, beside the reason why it ran; what waits, or asks, is told by itself. */
function lastAttemptReason(last: LastAttempt): Reason[] {
  const subject = last.open === undefined ? last.message : 'it runs now, or was cut off';
  const reason = (code: Reason['code']): Reason[] => [
    { code, root: true, ...(subject === '' ? {} : { subject }) },
  ];
  switch (last.kind) {
    case 'failed':
      return reason('previous-run-failed');
    case 'input-moved':
      return reason('input-changed-during-run');
    case 'interrupted':
    case 'stopped':
      return reason('previous-run-interrupted');
    case 'waiting':
    case 'outcome-unknown':
      return [];
  }
}

/** Whether recovery from a crash may yet make a task fresh: only its outputs are wrong, and those it sets right. */
function isOpen(last: LastAttempt | undefined, reasons: readonly Reason[]): boolean {
  if (last?.open === undefined) return false;
  return last.open === 'publishing' || reasons.every((r) => r.code.startsWith('output-'));
}

interface Accepted {
  readonly record: TaskRecord;
  readonly unsettled: readonly Reason[];
  readonly context: DecideContext;
}

/** Bytes and fingerprint match: what remains is whether the checks of today hold. */
function checked(task: Task, made: Fingerprint, found: Accepted): Decision {
  const { record, unsettled, context } = found;
  const failed: Reason[] = [];
  const unknown: Reason[] = [];
  for (const spec of task.target.checks) {
    const known = record.checks.find((c) => c.id === spec.id);
    if (known?.digest === checkDigestOf(spec, context)) {
      if (known.status === 'failed')
        failed.push({
          code: 'check-failed',
          root: true,
          subject: `${spec.id}: ${known.message ?? 'failed'}`,
        });
      continue;
    }
    const files = spec.output === undefined ? [] : (record.outputs[spec.output] ?? []);
    const verdict = judge(spec, files);
    if (verdict.status === 'failed')
      failed.push({ code: 'check-failed', root: true, subject: `${spec.id}: ${verdict.message}` });
    if (verdict.status === 'unknown') unknown.push({ code: 'check-changed', root: true, subject: spec.id });
  }
  if (failed.length > 0)
    return stale(task, made, {
      reasons: failed,
      record,
      partial: undefined,
      history: [record],
      unsettled,
      context,
    });
  if (context.forced(task.index))
    return decision('run', [{ code: 'forced', root: true }, ...unsettled], made, { record });
  if (unsettled.length > 0) return decision('maybe', [...unknown, ...unsettled], made, { record });
  if (unknown.length > 0) return decision('recheck', unknown, made, { record });
  // Equal to the record's: keeping one of the two keeps a plan of 100,000 fresh tasks small. Rows are read all the same
  // when an attempt at them is still open.
  const files = task.target.rows === undefined ? [] : made.files;
  return decision('fresh', [], { ...nothing, files, parts: record.parts }, { record });
}
