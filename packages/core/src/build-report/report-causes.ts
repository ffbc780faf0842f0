// The causes of a plan as reports and explanations show them: words, old -> new, what follows from them and what they cost.
import { type Money, usdOf } from '../money.ts';
import type { Plan } from '../plan.ts';
import { causeText } from './cause-words.ts';
import type { Cause } from './causes.ts';
import { followers, needersOf } from './causes.ts';
import type { ReportCause } from './model.ts';
import { wordDiff } from './word-diff.ts';

/** What is known beside the plan; each of it may be nothing. */
export interface CauseSources {
  /** The text behind a digest. */
  readonly text: (digest: string) => string | undefined;
  /** `41 lines`, how large a content was or is. */
  readonly size: (digest: string) => string | undefined;
  /** Where a cause can be changed. */
  readonly where: (cause: Cause) => string | undefined;
  readonly advice: (cause: Cause) => readonly string[];
}

/** What is looked at in full; of causes beyond it only words and tasks are told. */
const mostFollowed = 50;

/**
 * Causes as they are shown.
 * @param causes of the plan, in the order in which they are to stand; their tasks are indexes of the graph
 */
export function reportCauses(plan: Plan, causes: readonly Cause[], sources: CauseSources): ReportCause[] {
  const needers = needersOf(plan);
  return causes.map((cause, i): ReportCause => {
    const { code, tasks } = cause;
    const where = sources.where(cause);
    const usd = costOf(plan, tasks);
    return {
      code,
      text: causeText(plan, cause),
      ...values(cause, sources),
      ...(where === undefined ? {} : { where }),
      tasks,
      downstream: i < mostFollowed ? followers(plan, tasks, needers).length : 0,
      ...(usd === undefined ? {} : { usd }),
      advice: sources.advice(cause),
    };
  });
}

/** What its tasks would cost at least; undefined where nothing of it is paid or known. */
function costOf(plan: Plan, tasks: readonly number[]): number | undefined {
  let sum: Money | undefined;
  for (const index of tasks) {
    const estimate = plan.decisions[index]?.estimate;
    if (estimate === undefined || !Number.isFinite(estimate.money)) continue;
    sum = (sum ?? 0) + estimate.money;
  }
  return sum === undefined ? undefined : usdOf(sum);
}

const isDigest = (value: string | undefined): value is string => /^sha256:[0-9a-f]{64}$/.test(value ?? '');

type Values = Pick<ReportCause, 'was' | 'now' | 'diff' | 'sizes'>;

/** Old and new: as words where the text is known, with their sizes where they are digests of contents. */
function values({ reason, subjects, code }: Cause, { text, size }: CauseSources): Values {
  const { was, now } = reason;
  if (subjects.length > 1 || code === 'input-added' || code === 'input-removed') return {};
  const full = (value: string | undefined) => (isDigest(value) ? text(value) : value);
  const [before, after] = [full(was), full(now)];
  const isText =
    code === 'command-changed' || (code === 'config-changed' && (isDigest(was) || isDigest(now)));
  if (isText && before !== undefined && after !== undefined) return { diff: wordDiff(before, after) };
  const sizes = [was, now].map((value) => (isDigest(value) ? size(value) : undefined));
  return {
    ...(was === undefined ? {} : { was }),
    ...(now === undefined ? {} : { now }),
    ...(sizes[0] === undefined || sizes[1] === undefined ? {} : { sizes: [sizes[0], sizes[1]] }),
  };
}
