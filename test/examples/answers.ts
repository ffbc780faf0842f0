// Answers are what `--json` prints: one plan, or the events of a build, one per line.
import * as assert from 'uvu/assert';

/** Why a task is not fresh. */
export interface Reason {
  readonly code: string;
  readonly root: boolean;
  readonly subject?: string;
  readonly was?: string;
  readonly now?: string;
}

/** One task of a plan. */
export interface PlannedTask {
  readonly id: string;
  readonly target: string;
  readonly verdict: string;
  readonly reasons: readonly Reason[];
}

interface PlanDocument {
  readonly format: string;
  readonly version: number;
  readonly tasks: readonly PlannedTask[];
  readonly counts: Readonly<Record<string, number>>;
}

interface BuildEvent {
  readonly event: string;
  readonly task?: string;
  readonly message?: string;
  readonly changed?: boolean;
  readonly exit?: number;
}

/** The answer of `--dry-run --json`. */
export class Plan {
  readonly tasks: readonly PlannedTask[];

  constructor(tasks: readonly PlannedTask[]) {
    this.tasks = tasks;
  }

  /** The tasks with a verdict, in code-unit order. */
  ids(verdict: string): string[] {
    return ordered(this.tasks.filter((task) => task.verdict === verdict).map((task) => task.id));
  }

  /** The task of an id; there must be one. */
  task(id: string): PlannedTask {
    const found = this.tasks.find((task) => task.id === id);
    assert.ok(found, `the plan has no task ${id}`);
    return found as PlannedTask;
  }

  /** The root causes of a task as `code subject`; an output or a file by its path alone. */
  causes(id: string): string[] {
    return ordered(
      this.task(id)
        .reasons.filter((reason) => reason.root)
        .map((reason) => `${reason.code} ${(reason.subject ?? '').replace(/^.*:/, '')}`.trim()),
    );
  }

  /** The reason of a task with a code; there must be one. */
  reason(id: string, code: string): Reason {
    const found = this.task(id).reasons.find((reason) => reason.code === code);
    assert.ok(found, `${id} has no reason ${code}: ${JSON.stringify(this.task(id).reasons)}`);
    return found as Reason;
  }
}

/** What a build did, in code-unit order of the tasks. */
export interface Built {
  readonly exit: number | undefined;
  readonly ran: readonly string[];
  readonly changed: readonly string[];
  readonly cutOff: readonly string[];
  readonly failed: readonly { readonly task: string; readonly message: string }[];
  readonly stderr: string;
}

/** Reads the one document of `--dry-run --json`. */
export function planOf(stdout: string): Plan {
  const document = JSON.parse(stdout) as PlanDocument;
  assert.is(document.format, 'evalmake.plan');
  assert.is(document.version, 1);
  const counts: Record<string, number> = {};
  for (const task of document.tasks) counts[task.verdict] = (counts[task.verdict] ?? 0) + 1;
  for (const [verdict, count] of Object.entries(counts)) assert.is(document.counts[verdict], count);
  for (const task of document.tasks) {
    if (task.verdict === 'run') assert.ok(task.reasons.length > 0, `${task.id} runs without a reason`);
  }
  return new Plan(document.tasks);
}

/** Reads the events of `--json`. */
export function builtOf(answer: { readonly stdout: string; readonly stderr: string }): Built {
  const events = answer.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as BuildEvent);
  const tasks = (kind: string, wanted: (event: BuildEvent) => boolean = () => true) =>
    ordered(events.filter((event) => event.event === kind && wanted(event)).map((event) => event.task ?? ''));
  const failures = events.filter((event) => event.event === 'failed');
  return {
    exit: events.find((event) => event.event === 'ended')?.exit,
    // A command that waits for a job is started again, and is one task all the same.
    ran: [...new Set(tasks('started'))],
    changed: tasks('finished', (event) => event.changed === true),
    cutOff: tasks('cut-off'),
    failed: failures.map((event) => ({ task: event.task ?? '', message: event.message ?? '' })),
    stderr: answer.stderr,
  };
}

function ordered(ids: readonly string[]): string[] {
  return [...ids].sort((a, b) => (a < b ? -1 : 1));
}
