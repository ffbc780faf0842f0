// The runs of a report: what each build did and when, in which slot, and which tasks it could not have ended without.
import type { Graph, Task } from '../graph.ts';
import { type Reason, reasonText } from '../reason.ts';
import type { RunSummary, TaskRun } from '../run-summary.ts';
import type { ReportRun, ReportTaskRun } from './model.ts';

/** Runs that are told with their tasks; older ones only in numbers. */
const detailed = 10;
/** Tasks of one run that are told. */
const mostTasks = 5000;

/**
 * Runs as they are shown.
 * @param graph as it is now, for what needs what: a run of before may have had another
 * @param runs oldest first
 * @param timeOf milliseconds since 1970 of a time in ISO 8601
 */
export function reportRuns(graph: Graph, runs: readonly RunSummary[], timeOf: TimeOf): ReportRun[] {
  return runs.map((run, i): ReportRun => {
    const fromEnd = runs.length - i;
    const { ms, exit, counts, money, call } = run;
    return {
      run: run.run,
      at: run.at ?? '',
      ...(ms === undefined ? {} : { ms }),
      ...(exit === undefined ? {} : { exit }),
      ...(counts === undefined ? {} : { counts }),
      ...(money === undefined ? {} : { money }),
      ...call,
      ...(fromEnd > detailed ? {} : { tasks: tasksOf(graph, run, { last: fromEnd === 1, timeOf }) }),
    };
  });
}

type TimeOf = (at: string) => number;

interface Span {
  readonly from: number;
  readonly to: number;
}

function tasksOf(
  graph: Graph,
  run: RunSummary,
  { last, timeOf }: { last: boolean; timeOf: TimeOf },
): ReportTaskRun[] {
  const spans = new Map<string, Span>();
  for (const task of run.tasks) {
    const span = spanOf(task, run.at, timeOf);
    if (span !== undefined) spans.set(task.task, span);
  }
  const slots = slotsOf(spans);
  const critical = criticalPath(graph, spans);
  return run.tasks.slice(0, mostTasks).map((task): ReportTaskRun => {
    const span = spans.get(task.task);
    const slot = slots.get(task.task);
    const { changed, origin, message, log, metrics } = task;
    return {
      task: task.task,
      outcome: task.outcome,
      ...span,
      ...(slot === undefined ? {} : { slot }),
      ...(critical.has(task.task) ? { critical: true as const } : {}),
      ...(changed === undefined ? {} : { changed }),
      ...(origin === undefined ? {} : { origin }),
      why: task.reasons.slice(0, 8).map(whyText),
      ...(message === undefined ? {} : { message }),
      ...(log === undefined ? {} : { log }),
      ...(last && task.tail.length > 0 ? { tail: task.tail } : {}),
      ...(task.paidUsd > 0 ? { paidUsd: task.paidUsd } : {}),
      ...(Object.keys(metrics).length > 0 ? { metrics } : {}),
    };
  });
}

/** A reason with its old and new value, digests short. */
function whyText(reason: Reason): string {
  const { was, now, code } = reason;
  const words = reasonText(reason);
  if ((was === undefined && now === undefined) || code === 'input-added' || code === 'input-removed')
    return words;
  const short = (value = '(none)') =>
    /^sha256:[0-9a-f]{64}$/.test(value) ? value.slice(7, 15) : value.slice(0, 80);
  return `${words}: ${short(was)} -> ${short(now)}`;
}

/** When a task ran, from the start of its build; the end is when its command ended. */
function spanOf(task: TaskRun, start: string | undefined, timeOf: TimeOf): Span | undefined {
  if (task.startedAt === undefined || start === undefined) return undefined;
  const zero = timeOf(start);
  const from = Math.max(0, timeOf(task.startedAt) - zero);
  const ended = task.ms === undefined ? timeOf(task.endedAt ?? task.startedAt) - zero : from + task.ms;
  return { from, to: Math.max(from, Math.round(ended)) };
}

/** A slot is given on when a command has ended, while its results are still put in place: at most so many milliseconds. */
const handOverMs = 250;

/** Slots as a person would draw them: each task in the one that has been free for longest. */
function slotsOf(spans: ReadonlyMap<string, Span>): Map<string, number> {
  const free: Span[] = [];
  const out = new Map<string, number>();
  for (const [task, { from, to }] of [...spans].sort((a, b) => a[1].from - b[1].from)) {
    const first = free.reduce(
      (best, end, i) => (end.to < (free[best]?.to ?? Number.POSITIVE_INFINITY) ? i : best),
      0,
    );
    const before = free[first];
    const shared = before === undefined ? 0 : Math.min(handOverMs, (before.to - before.from) / 5);
    const slot = before !== undefined && before.to <= from + shared ? first : free.length;
    free[slot] = { from, to };
    out.set(task, slot);
  }
  return out;
}

/** From the task that ended last back to the start, over the need that ended last each time. */
function criticalPath(graph: Graph, spans: ReadonlyMap<string, Span>): Set<string> {
  const out = new Set<string>();
  const latest = (names: Iterable<string>): string | undefined => {
    let found: string | undefined;
    for (const name of names) {
      const span = spans.get(name);
      if (span !== undefined && (found === undefined || span.to > (spans.get(found) as Span).to))
        found = name;
    }
    return found;
  };
  for (let at = latest(spans.keys()); at !== undefined && !out.has(at); ) {
    out.add(at);
    const task = graph.tasks[graph.byId.get(at) ?? -1];
    at = latest((task?.deps ?? []).map((dep) => (graph.tasks[dep] as Task).id));
  }
  return out;
}
