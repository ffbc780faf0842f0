// Decisions about paid work without rows: what may be bought already, or would be bought again for nothing, asks first.
import { codeWord } from './code-change.ts';
import type { DecideContext, Decision } from './decision.ts';
import { stateKey } from './fingerprint.ts';
import type { Task } from './graph.ts';
import type { Reason } from './reason.ts';
import type { LastAttempt } from './record.ts';
import { usageOf } from './usage.ts';

/** Asks instead of running a paid command that may have been paid for, or whose result nobody asked to be replaced. */
export function withPaid(task: Task, made: Decision, context: DecideContext): Decision {
  const { target } = task;
  const runs = made.verdict === 'run' || made.verdict === 'waiting';
  if (target.paid === undefined || target.rows !== undefined || !runs || context.forced(task.index))
    return made;
  const asked =
    unknownOutcome(task, made, context) ?? (made.verdict === 'run' ? boughtAgain(made) : undefined);
  return asked === undefined ? made : { ...made, verdict: 'ask', reasons: [asked, ...made.reasons] };
}

/** Why the last attempt is not to be followed by another: it may have bought something, or did for nothing. */
function unknownOutcome(task: Task, made: Decision, context: DecideContext): Reason | undefined {
  const last = context.world.records.lastAttempt(task.id);
  if (last === undefined) return undefined;
  const reason = (subject: string): Reason => ({ code: 'outcome-unknown', root: true, subject });
  if (last.kind === 'outcome-unknown') return reason(last.message);
  // What came of it is known, and is not good: buying it again is for a person to say.
  if (last.kept !== undefined)
    return {
      code: 'paid',
      root: true,
      subject: `its last attempt was paid for and failed${last.message === '' ? '' : `: ${last.message}`}; what it wrote is kept in ${last.kept}`,
    };
  if (last.restore === true) return undefined;
  const same =
    last.fp === undefined || last.fp === stateKey(made.fingerprint.parts, (t) => context.world.digest(t));
  if (usageOf(task.target, context.graph.pipeline).state) {
    const open = last.kind === 'waiting' || last.kind === 'interrupted' || last.kind === 'stopped';
    return open && !same ? reason('an attempt with other inputs is unfinished') : undefined;
  }
  return last.kind === 'waiting' && same ? undefined : reason(howItEnded(last));
}

function howItEnded({ kind, message }: LastAttempt): string {
  return message === '' ? `the last attempt: ${kind}` : message;
}

/** Why a run would buy again what is there, or was there, though the author asked for nothing new. */
function boughtAgain({ reasons }: Decision): Reason | undefined {
  const reason = (subject: string): Reason => ({ code: 'paid', root: true, subject });
  const codes = new Set(reasons.filter((r) => r.root).map((r) => r.code));
  if (codes.has('record-lost')) return reason('nothing says what was bought for what lies there');
  if (codes.has('check-failed')) return reason('what was bought fails a check');
  const told = [...codes].filter((c) => !c.startsWith('previous-run'));
  if (told.length === 0) return undefined;
  if (told.every((c) => codeWord(c) !== undefined))
    return reason('only its command, script, tool or environment changed');
  if (told.every((c) => c.startsWith('output-')))
    return reason('its result was bought, and is gone or was changed');
  return undefined;
}
