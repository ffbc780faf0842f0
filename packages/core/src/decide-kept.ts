// Decisions about kept results: what failed its checks is judged again when they change, and is not made again before.
import { checkDigestOf } from './check-now.ts';
import { asksFirst, isThere } from './decide-policy.ts';
import { fits } from './decide-restore.ts';
import { type DecideContext, type Decision, partsFor } from './decision.ts';
import { stateKey } from './fingerprint.ts';
import type { Task, TaskOutput } from './graph.ts';
import type { KeptResult } from './kept.ts';
import { compare, type Reason } from './reason.ts';
import { type CheckResult, type LastAttempt, recordFiles } from './record.ts';

/**
 * Judges again instead of running where an attempt of this very fingerprint failed checks that are others today; where they
 * are the same, or what was kept is damaged, a person is asked. What an unfinished attempt may still come to is left to others.
 */
export function withKept(task: Task, made: Decision, context: DecideContext): Decision {
  if (!mayJudge(task, made, context)) return made;
  if (isInPlace(task, made, context)) {
    const reasons = made.reasons.filter((r) => r.code !== 'output-unrecorded');
    return { ...made, verdict: 'maybe', reasons };
  }
  if (made.reasons.some((r) => r.code === 'output-unrecorded')) return made;
  const { fingerprint } = made;
  const all = context.world
    .kept(task.id, fingerprint.parts)
    .filter(({ record }) => compare(record.parts, partsFor(task, record, fingerprint, context)).length === 0);
  const [newest] = all;
  if (newest === undefined || !isOver(task, all, { made, context })) return made;
  const open = all
    .filter((kept) => kept.whole && fits(task, kept.record, context))
    .flatMap((kept) => {
      const { failed, changed } = checksSince(task, kept.record.checks, context);
      return failed.length === 0 ? [{ kept, changed }] : [];
    });
  const [first] = open;
  if (first === undefined || isForeign(task, made, context)) return asking(task, made, all);
  const { folder } = first.kept;
  const reasons = first.changed.map(
    (subject): Reason => ({ code: 'check-changed', root: true, subject, kept: folder }),
  );
  const kept = open.map((o) => o.kept);
  return { ...made, verdict: 'recheck', reasons: [...reasons, ...made.reasons], partial: undefined, kept };
}

function mayJudge(task: Task, { verdict, fingerprint, reasons }: Decision, context: DecideContext): boolean {
  const { target } = task;
  if (verdict !== 'run' || !asksFirst(target) || target.frozen || target.rows !== undefined) return false;
  if (context.forced(task.index) || fingerprint.pending.length > 0) return false;
  return reasons.every((r) => r.root);
}

/** Whether kept results are judged at the very places now, or were when evalmake died: recovery puts back what stood there. */
function isInPlace({ id }: Task, { reasons }: Decision, { world }: DecideContext): boolean {
  const last = world.records.lastAttempt(id);
  if (last?.open === undefined || last.restore !== true) return false;
  return reasons.some((r) => r.code === 'record-lost' || r.code.startsWith('output-'));
}

/** Whether something lies at the outputs that somebody put there, or has edited: it is not replaced in silence. */
function isForeign({ outputs }: Task, { reasons, history }: Decision, context: DecideContext): boolean {
  const { world } = context;
  const isOwn = (path: string): boolean => {
    const entry = world.snapshot.entry(path);
    if (entry.kind === 'missing') return false;
    return history.flatMap(recordFiles).some((f) => f.path === path && f.digest === entry.digest);
  };
  return reasons.some(
    (r) =>
      (r.code === 'record-lost' && outputs.some((o) => isFilled(o, context))) ||
      (r.code === 'output-modified' && !isOwn(r.subject ?? '')),
  );
}

/** Whether an output lies there with anything in it: a folder stays behind when what a failed attempt put in it goes. */
function isFilled(output: TaskOutput, context: DecideContext): boolean {
  if (!isThere(output, context) || output.kind !== 'dir') return isThere(output, context);
  const { snapshot } = context.world;
  const entry = snapshot.entry(output.path);
  return (entry.kind === 'dir' && entry.bytes > 0) || snapshot.glob(`${output.path}**`).length > 0;
}

interface Considered {
  readonly made: Decision;
  readonly context: DecideContext;
}

/** Whether nothing is open but what checks say: no other attempt has begun, or may have bought something, since. */
function isOver(
  { id, target, outputs }: Task,
  all: readonly KeptResult[],
  { made, context }: Considered,
): boolean {
  const last = context.world.records.lastAttempt(id);
  // A crash may have come between the keeping and the line that says so.
  const own = last?.kind === 'interrupted' && all.some(({ record }) => record.run === last.run);
  if (target.keep && outputs.some((o) => isThere(o, context))) {
    const key = stateKey(made.fingerprint.parts, (t) => context.world.digest(t));
    // The word for what was kept was given before that for what lies there.
    if (!own && (last?.kept === undefined || last.fp !== key)) return false;
  }
  return own || isSettled(last, target.paid !== undefined);
}

function isSettled(last: LastAttempt | undefined, paid: boolean): boolean {
  if (last === undefined || last.restore === true || last.kept !== undefined) return true;
  return !paid && last.kind !== 'waiting' && last.kind !== 'outcome-unknown';
}

/** What the checks of today say of a former judgement. */
export interface ChecksSince {
  /** What failed, and would fail again. */
  readonly failed: readonly CheckResult[];
  /** Ids of checks that are others than those that judged, or are gone. */
  readonly changed: readonly string[];
}

/** Holds a former judgement against the checks of today, by their digests. */
export function checksSince(
  task: Task,
  judged: readonly CheckResult[],
  context: Pick<DecideContext, 'world'>,
): ChecksSince {
  const digests = new Map(task.target.checks.map((spec) => [spec.id, checkDigestOf(spec, context)]));
  const same = (c: CheckResult): boolean => digests.get(c.id) === c.digest;
  const known = new Set(judged.filter(same).map((c) => c.id));
  const gone = judged.filter((c) => c.status === 'failed' && !digests.has(c.id)).map((c) => c.id);
  return {
    failed: judged.filter((c) => c.status === 'failed' && same(c)),
    changed: [...[...digests.keys()].filter((id) => !known.has(id)), ...gone],
  };
}

/** A former judgement as reasons. */
export function failedReasons(judged: readonly CheckResult[]): Reason[] {
  return judged
    .filter((c) => c.status === 'failed')
    .map((c) => ({ code: 'check-failed', root: true, subject: `${c.id}: ${c.message ?? 'failed'}` }));
}

function asking({ target }: Task, made: Decision, all: readonly KeptResult[]): Decision {
  const [{ record, folder, whole }, ...others] = all as [KeptResult, ...KeptResult[]];
  const failed = failedReasons(record.checks);
  const said = failed.map((r) => `check ${r.subject}`).join('; ');
  const where = whole ? `what it wrote is kept in ${folder}` : `what was kept in ${folder} is damaged`;
  const more = others.length === 0 ? '' : ` (and what ${others.length} before it wrote, beside it)`;
  const [code, paid] =
    target.paid !== undefined
      ? (['paid', 'was paid for and '] as const)
      : ([target.keep ? 'keep' : 'nondeterministic', ''] as const);
  const subject = `an attempt ${paid}failed: ${said}; ${where}${more}`;
  const told = new Set(failed.map((r) => r.subject));
  const rest = made.reasons.filter((r) => r.code !== 'check-failed' || !told.has(r.subject));
  return { ...made, verdict: 'ask', reasons: [{ code, root: true, subject }, ...failed, ...rest] };
}
