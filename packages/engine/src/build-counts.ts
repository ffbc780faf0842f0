// The counts of a build: what ran, what was spared, what is left.
import type { EndCounts, Plan, Task } from '@evalmake/core';

/** What a build has done itself. */
export interface Tally {
  ran: number;
  cutOff: number;
  rechecked: number;
  failed: number;
}

/** The numbers of the closing line. Targets without a command count nowhere. */
export function countEnd(plan: Plan, tally: Tally): EndCounts {
  const counts = { fresh: 0, blocked: 0, ask: 0, notStarted: 0 };
  for (const [i, decision] of plan.decisions.entries()) {
    const task = plan.graph.tasks[i] as Task;
    if (decision === undefined || task.target.run === undefined) continue;
    const state = plan.states[i];
    if (state === 'settled') counts.fresh++;
    else if (state === 'blocked') counts[decision.verdict === 'ask' ? 'ask' : 'blocked']++;
    else counts.notStarted++;
  }
  // What was stopped has not failed: it is to be done again.
  counts.notStarted = Math.max(0, counts.notStarted - tally.failed);
  const done = tally.ran + tally.cutOff + tally.rechecked;
  const off = plan.graph.tasks.filter((t) => t.off && plan.decisions[t.index] === undefined).length;
  return { ...tally, off, ...counts, fresh: Math.max(0, counts.fresh - done) };
}

/** Whether something cannot be built for want of a source or a secret: found before hour three, not in it. */
export function missingInputs(plan: Plan): boolean {
  const missing = ['input-missing', 'secret-missing'];
  return plan.decisions.some(
    (d) => d?.verdict === 'blocked' && d.reasons.some((r) => missing.includes(r.code)),
  );
}

/** The exit code of a build from what it came to; a signal goes before all else. */
export function exitOf(counts: EndCounts, signal: NodeJS.Signals | undefined, problems: boolean): number {
  if (signal !== undefined) return signal === 'SIGINT' ? 130 : signal === 'SIGHUP' ? 129 : 143;
  if (problems) return 2;
  if (counts.ask > 0) return 5;
  return counts.failed > 0 || counts.blocked > 0 ? 1 : 0;
}
