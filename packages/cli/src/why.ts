// A Why is everything that decides about one task: its reasons, its fingerprint part by part, and what is at the root.
import {
  type Adoption,
  adoptionOf,
  byCodeUnit,
  type Decision,
  type Plan,
  type Reason,
  type Task,
} from '@evalmake/core';

/** One part of a fingerprint, before and now. */
export interface PartLine {
  readonly label: string;
  readonly was: string | undefined;
  readonly now: string | undefined;
  readonly state: 'same' | 'changed' | 'added' | 'removed' | 'pending';
}

/** Why a task is what it is. */
export interface Why {
  readonly task: Task;
  readonly decision: Decision;
  readonly parts: readonly PartLine[];
  readonly roots: readonly Root[];
  readonly adopted: Adoption | undefined;
}

/** A task upstream, or the task itself, whose own reasons start it all. */
export interface Root {
  readonly id: string;
  /** From the task that was asked about to this one. */
  readonly path: readonly string[];
  readonly reasons: readonly Reason[];
}

/** How many roots are told of one task: the first is at once the nearest. */
const mostRoots = 1000;

/** Why a task of a plan is what it is. */
export function whyOf(plan: Plan, index: number): Why {
  const task = plan.graph.tasks[index] as Task;
  const decision = plan.decisions[index] as Decision;
  return {
    task,
    decision,
    parts: partLines(decision),
    roots: rootsOf(plan, index),
    adopted: adoptionOf(plan, index),
  };
}

/** The parts of a decision's fingerprint against those of the record it was compared with. */
function partLines(decision: Decision): PartLine[] {
  const was = decision.record?.parts ?? {};
  const now = decision.fingerprint.parts;
  const pending = decision.fingerprint.pending;
  const labels = [
    ...new Set([...Object.keys(was), ...Object.keys(now), ...pending.filter((p) => !p.includes('#'))]),
  ].sort(byCodeUnit);
  return labels.map((label): PartLine => {
    const [before, after] = [was[label], now[label]];
    const isPending = pending.some((p) => (p.endsWith('*') ? label.startsWith(p.slice(0, -1)) : p === label));
    const state = isPending
      ? 'pending'
      : before === after
        ? 'same'
        : before === undefined
          ? 'added'
          : after === undefined
            ? 'removed'
            : 'changed';
    return { label, was: before, now: after, state };
  });
}

/** The nearest come first; each task once, with one way there. */
function rootsOf(plan: Plan, index: number): Root[] {
  const out: Root[] = [];
  const from = new Map<number, number | undefined>([[index, undefined]]);
  const idOf = (at: number): string => (plan.graph.tasks[at] as Task).id;
  for (const at of from.keys()) {
    const decision = plan.decisions[at];
    if (decision === undefined || decision.verdict === 'fresh' || out.length >= mostRoots) continue;
    const reasons = decision.reasons.filter((r) => r.root);
    if (reasons.length > 0) {
      const path: string[] = [];
      for (let step: number | undefined = at; step !== undefined; step = from.get(step))
        path.unshift(idOf(step));
      out.push({ id: idOf(at), path, reasons });
    }
    for (const dep of (plan.graph.tasks[at] as Task).deps) if (!from.has(dep)) from.set(dep, at);
  }
  return out;
}
