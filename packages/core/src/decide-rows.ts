// The rows of a decision: which of them have an answer, which go to the command, and whether that needs a person's word.
import { codeWord } from './code-change.ts';
import { checksSince, failedReasons } from './decide-kept.ts';
import { asksFirst } from './decide-policy.ts';
import { withRestore } from './decide-restore.ts';
import { waitText } from './decide-waiting.ts';
import type { DecideContext, Decision } from './decision.ts';
import { stateKey } from './fingerprint.ts';
import type { Task } from './graph.ts';
import { compare, type Reason, type ReasonCode } from './reason.ts';
import type { TaskRecord } from './record.ts';
import { type RowStanding, rowCountsText, rowFingerprint, rowFingerprintText } from './rows.ts';
import { allowedErrors, type RowsDecl } from './rows-decl.ts';

/** Adds to a decision how the rows of its task stand; one that is fresh stays fresh, unless an attempt is still open. */
export function withRows(task: Task, made: Decision, context: DecideContext): Decision {
  const { rows } = task.target;
  if (rows === undefined || made.verdict === 'blocked') return made;
  const unfinished = withOpenAttempt(task, made, context);
  if (unfinished !== undefined) return unfinished;
  const brought = context.world.shared ? withRestore(task, made, context) : made;
  if (brought.verdict === 'restore') return brought;
  if (made.verdict !== 'run' || made.fingerprint.pending.length > 0) return made;
  const standing = rowStanding(task, made, context);
  const { counts, problems } = standing;
  if (problems.length > 0) {
    const reasons = problems.map((subject): Reason => ({ code: 'rows-invalid', root: true, subject }));
    return { ...made, verdict: 'blocked', reasons, rows: standing };
  }
  const stale: Reason = { code: 'rows-stale', root: true, subject: rowCountsText(counts) };
  const known = { ...made, rows: standing, reasons: [...made.reasons, stale] };
  const asked = askFirst(task, known, { standing, context, rows });
  if (asked === undefined) return withJudged(task, known, context);
  return { ...known, verdict: 'ask', reasons: [asked, ...known.reasons] };
}

/** Where all has an answer, and what they make failed its checks: judged again when these changed, and else not for nothing. */
function withJudged(task: Task, made: Decision, context: DecideContext): Decision {
  const last = context.world.records.lastAttempt(task.id);
  if (last?.checks === undefined || made.rows?.counts.todo !== 0) return made;
  if (!asksFirst(task.target) || context.forced(task.index)) return made;
  if (last.fp !== stateKey(made.fingerprint.parts, (t) => context.world.digest(t))) return made;
  const { failed, changed } = checksSince(task, last.checks, context);
  const reason = (code: ReasonCode, subject: string): Reason => ({ code, root: true, subject });
  if (failed.length > 0) {
    const reasons = [
      reason('paid', 'the answers are kept and would be the same again'),
      ...failedReasons(failed),
    ];
    return { ...made, verdict: 'ask', reasons: [...reasons, ...made.reasons] };
  }
  const again = changed.map((id): Reason => ({ ...reason('check-changed', id), kept: 'the row store' }));
  return { ...made, verdict: 'recheck', reasons: [...again, ...made.reasons] };
}

/**
 * An attempt that was begun is collected before anything else, under its own keys, also when its task is fresh by now:
 * what it asked may be bought already.
 */
function withOpenAttempt(task: Task, made: Decision, context: DecideContext): Decision | undefined {
  const { records } = context.world;
  const open = records.openAttempt(task.id);
  if (open === undefined || made.verdict === 'maybe') return undefined;
  const reason = (code: ReasonCode, subject: string): Reason => ({ code, root: true, subject });
  const others = made.reasons;
  if (open.kind === 'outcome-unknown' && !context.forced(task.index))
    return { ...made, verdict: 'ask', reasons: [reason('outcome-unknown', open.message), ...others] };
  const text = `${open.rows} rows asked ${open.at.slice(0, 16).replace('T', ' ')}`;
  const told = reason('attempt-open', text);
  if (open.kind !== 'waiting') return { ...made, verdict: 'run', reasons: [told, ...others] };
  const waits = reason('job-waits', waitText(open.message, open.jobs));
  return { ...made, verdict: 'waiting', reasons: [waits, told, ...others] };
}

/** The record of a decision whose fingerprint is today's: what it lists answers the rows as they are. */
export function provenBy({ record, fingerprint }: Decision): TaskRecord | undefined {
  if (record === undefined || fingerprint.pending.length > 0) return undefined;
  return compare(record.parts, fingerprint.parts).length === 0 ? record : undefined;
}

/** How the rows of a task stand under the fingerprint of a decision. */
function rowStanding(task: Task, made: Decision, context: DecideContext): RowStanding {
  const from = task.target.rows?.from;
  const files = made.fingerprint.files.filter((f) => f.input.decl.name === from).flatMap((f) => f.paths);
  const keys = rowFingerprintText(rowFingerprint(task, made.fingerprint.parts));
  const again = context.forceRows && context.forced(task.index);
  return context.world.rows(task, { files, fingerprint: keys, again, proof: provenBy(made) });
}

interface Asking {
  readonly rows: RowsDecl;
  readonly standing: RowStanding;
  readonly context: DecideContext;
}

/** Why rows are not asked, or refused ones not let go, before a person has said so. */
function askFirst(task: Task, made: Decision, { rows, standing, context }: Asking): Reason | undefined {
  const { counts } = standing;
  if (context.forced(task.index)) return undefined;
  const reason = (code: ReasonCode, subject: string): Reason => ({ code, root: true, subject });
  if (counts.todo === 0) {
    if (counts.refused <= allowedErrors(rows, counts.total)) {
      // Running again would give the same answers to the same check.
      const failed = made.reasons.find((r) => r.code === 'check-failed');
      return failed === undefined
        ? undefined
        : reason('paid', 'the answers are kept and would be the same again');
    }
    const said = `${counts.refused} rows failed ${rows.maxAttempts} times and are not asked again`;
    return reason('rows-refused', said);
  }
  if (task.target.paid === undefined) return undefined;
  // Where some have an answer, a person has let those of before count (adopt), or the code was so before.
  const code = counts.reused === 0 ? onlyCode(task, made) : undefined;
  if (code !== undefined)
    return reason('paid', `only ${code} changed, and all its answers would be bought again`);
  const lost = made.reasons.some((r) => r.code === 'record-lost');
  if (lost && counts.todo === counts.total)
    return reason('paid', 'nothing says which answers were bought for what lies there');
  return undefined;
}

/** What of the code has changed, when nothing else that makes the keys of rows has; undefined otherwise. */
function onlyCode(task: Task, made: Decision): string | undefined {
  const { record } = made;
  if (record === undefined) return undefined;
  const was = rowFingerprint(task, record.parts);
  const now = rowFingerprint(task, made.fingerprint.parts);
  const words = compare(was, now).map((r) => codeWord(r.code));
  if (words.length === 0 || words.includes(undefined)) return undefined;
  return [...new Set(words)].join(' and ');
}
