// A Cause is one thing that makes tasks stale, said once for all of them; what follows from other tasks is none.
import type { Decision } from '../decision.ts';
import { dependents, type Task } from '../graph.ts';
import type { Plan } from '../plan.ts';
import type { Reason, ReasonCode } from '../reason.ts';

/** One cause. */
export interface Cause {
  /** The first of its reasons, for its words and values. */
  readonly reason: Reason;
  readonly code: ReasonCode;
  /** Different things it is about, in the order in which they were met: files, messages. */
  readonly subjects: readonly string[];
  /** Tasks it holds for, in the order of the graph. */
  readonly tasks: readonly number[];
}

type Draft = { reason: Reason; code: ReasonCode; subjects: Set<string>; tasks: number[] };

/**
 * The causes of a plan, those of most tasks first; equally many stand as the graph does.
 * @param plan a plan of which nothing has run yet
 */
export function causesOf(plan: Plan): Cause[] {
  const drafts = new Map<string, Draft>();
  for (const index of plan.graph.order) {
    const decision = plan.decisions[index];
    if (decision === undefined || decision.verdict === 'off') continue;
    for (const reason of rootsOf(decision)) {
      const key = keyOf(reason, plan.graph.tasks[index] as Task);
      const draft = drafts.get(key);
      if (draft === undefined)
        drafts.set(key, {
          reason,
          code: reason.code,
          subjects: new Set([reason.subject ?? '']),
          tasks: [index],
        });
      else {
        draft.subjects.add(reason.subject ?? '');
        if (draft.tasks.at(-1) !== index) draft.tasks.push(index);
      }
    }
  }
  return merged([...drafts.values()])
    .map(({ subjects, ...draft }): Cause => ({ ...draft, subjects: [...subjects] }))
    .sort((a, b) => b.tasks.length - a.tasks.length);
}

/** The same files that came or went for several targets are one cause. */
function merged(drafts: readonly Draft[]): Draft[] {
  const out = new Map<string, Draft>();
  for (const [i, draft] of drafts.entries()) {
    const files = draft.code === 'input-added' || draft.code === 'input-removed';
    const key = files ? [draft.code, ...[...draft.subjects].map(inputPath)].join('\0') : String(i);
    const known = out.get(key);
    if (known === undefined) out.set(key, draft);
    else known.tasks.push(...draft.tasks);
  }
  return [...out.values()];
}

/** The reasons of a task that are its own, without those that only say another of them once more. */
export function rootsOf({ reasons }: Pick<Decision, 'reasons'>): Reason[] {
  const own = reasons.filter((r) => r.root);
  const named = new Set(own.flatMap((r) => (isInput(r) ? [inputName(r)] : [])));
  // That the order of an input or its option word changed is seen from the files that came or went.
  return own.filter((r) => !(isShadow(r) && named.has(inputName(r))));
}

const isInput = (r: Reason): boolean =>
  ['input-added', 'input-removed', 'input-changed'].includes(r.code) && !isShadow(r);

function isShadow(r: Reason): boolean {
  return /^input:[^:]*#(order|flag)$/.test(r.subject ?? '');
}

/** `results` of `input:results:a/b.csv` and of `input:results#order`; '' where the input has no name. */
export function inputName(r: Pick<Reason, 'subject'>): string {
  const rest = (r.subject ?? '').slice('input:'.length);
  return /^([A-Za-z_][\w-]*)[:#]/.exec(rest)?.[1] ?? '';
}

/** The path of an input's label, whatever the input is called there. */
export function inputPath(subject: string): string {
  return subject.replace(/^input:(?:[A-Za-z_][\w-]*:)?/, '');
}

/** What makes two reasons the same cause. */
function keyOf(reason: Reason, task: Task): string {
  const { code, subject = '', was = '', now = '' } = reason;
  const target = task.target.name;
  switch (code) {
    case 'config-changed':
    case 'env-changed':
    case 'script-changed':
    case 'tool-changed':
      return [code, subject, was, now].join('\0');
    case 'input-changed':
      return [code, inputPath(subject), was, now].join('\0');
    case 'never-built':
    case 'record-lost':
    case 'forced':
      return code;
    case 'version-changed':
    case 'command-changed':
    case 'each-changed':
      return [code, target, subject, was, now].join('\0');
    case 'previous-run-failed':
    case 'previous-run-interrupted':
    case 'secret-missing':
    case 'input-missing':
    case 'disabled':
      return [code, subject].join('\0');
    default:
      return [code, target].join('\0');
  }
}

/**
 * How many tasks that are not fresh follow from some others.
 * @param needers for each task those that need it, see `dependents`
 */
export function followers(
  plan: Plan,
  tasks: readonly number[],
  needers: readonly (readonly number[])[],
): number[] {
  const seen = new Set(tasks);
  const out: number[] = [];
  const stack = [...tasks];
  while (stack.length > 0) {
    for (const next of needers[stack.pop() as number] ?? []) {
      const verdict = plan.decisions[next]?.verdict;
      if (seen.has(next) || verdict === undefined || verdict === 'fresh' || verdict === 'off') continue;
      seen.add(next);
      out.push(next);
      stack.push(next);
    }
  }
  return out.sort((a, b) => a - b);
}

/** For each task those that need it. */
export function needersOf(plan: Plan): readonly (readonly number[])[] {
  return plan.dependents ?? dependents(plan.graph);
}
