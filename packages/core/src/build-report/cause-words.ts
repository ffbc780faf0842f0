// The words of a cause: what it is about, said once for all its tasks, with old -> new.
import type { Task } from '../graph.ts';
import type { Plan } from '../plan.ts';
import { type Reason, reasonText } from '../reason.ts';
import type { RowCounts } from '../rows.ts';
import { type Cause, inputPath } from './causes.ts';

const shownSubjects = 3;

/** What a cause is, in words, without its values. */
export function causeText(plan: Plan, cause: Cause): string {
  const { code, subjects, reason } = cause;
  if (code === 'rows-stale') return rowsText(plan, cause);
  if (code === 'command-changed' || code === 'version-changed' || code === 'each-changed')
    return `${reasonText(reason)} of ${targetNames(plan, cause)}`;
  if (code === 'never-built' || code === 'record-lost' || code === 'forced') return reasonText(reason);
  const first = reasonText(plain(reason));
  if (subjects.length === 1) return first;
  const more = subjects.slice(1, 1 + shownSubjects).map((s) => inputPath(s));
  const rest = subjects.length - 1 - more.length;
  return `${first}, and ${subjects.length - 1} more: ${more.join(', ')}${rest > 0 ? ', …' : ''}`;
}

/** An input is told by its path: the name that a target has for it says nothing of what happened. */
function plain(reason: Reason): Reason {
  if (reason.subject === undefined || !reason.code.startsWith('input-')) return reason;
  return { ...reason, subject: inputPath(reason.subject) };
}

function targetNames(plan: Plan, { tasks }: Cause): string {
  return [...new Set(tasks.map((i) => (plan.graph.tasks[i] as Task).target.name))].join(', ');
}

/** Rows of all its tasks: a target is asked what is new in it, not each of its shards. */
function rowsText(plan: Plan, cause: Cause): string {
  const sum = { new: 0, changed: 0, missing: 0 };
  let known = 0;
  for (const index of cause.tasks) {
    const counts: RowCounts | undefined = plan.decisions[index]?.rows?.counts;
    if (counts === undefined) continue;
    known++;
    sum.new += counts.new;
    sum.changed += counts.changed;
    sum.missing += counts.missing;
  }
  if (known < cause.tasks.length) return reasonText(cause.reason);
  const parts = Object.entries(sum).flatMap(([word, n]) => (n > 0 ? [`${n} ${word}`] : []));
  return `rows of ${targetNames(plan, cause)}: ${parts.join(', ')}`;
}
