// The documents evalmake prints with --json: a plan, a stream of events, or a list of problems; each is checked on reading.
import * as assert from 'uvu/assert';

export const verdicts = [
  'fresh',
  'recheck',
  'restore',
  'run',
  'maybe',
  'waiting',
  'ask',
  'blocked',
  'off',
] as const;
export type Verdict = (typeof verdicts)[number];

export interface Reason {
  readonly code: string;
  readonly root: boolean;
  readonly subject?: unknown;
  readonly was?: unknown;
  readonly now?: unknown;
}

export interface PlannedTask {
  readonly id: string;
  readonly target: string;
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
  /** Of a restore: where its result lies. */
  readonly origin?: string;
}

export interface PlanDocument {
  readonly format: 'evalmake.plan';
  readonly version: 1;
  readonly tasks: readonly PlannedTask[];
  readonly counts: Readonly<Record<string, number>>;
}

export interface BuildEvent {
  readonly event: string;
  readonly task?: string;
  readonly exit?: number;
  readonly counts?: Readonly<Record<string, number>>;
}

export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly hint?: string;
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${what} is not JSON:\n${text}`);
  }
}

function checkTask(task: PlannedTask): void {
  assert.ok(
    (verdicts as readonly string[]).includes(task.verdict),
    `${task.id} has the verdict "${task.verdict}"`,
  );
  assert.type(task.target, 'string', `${task.id} has a target`);
  assert.ok(
    task.id === task.target || task.id.startsWith(`${task.target}@`),
    `${task.id} is named after its target`,
  );
  for (const reason of task.reasons) {
    assert.match(reason.code, /^[a-z]+(-[a-z]+)*$/, `${task.id} has a reason with a kebab-case code`);
    assert.type(reason.root, 'boolean', `${task.id}: ${reason.code} says whether it is a root`);
  }
}

/** Reads the one document that `--dry-run --json` prints; its counts must be the counts of its tasks. */
export function parsePlan(stdout: string): PlanDocument {
  const plan = parseJson(stdout, 'the plan') as PlanDocument;
  assert.is(plan.format, 'evalmake.plan', stdout);
  assert.is(plan.version, 1);
  for (const task of plan.tasks) checkTask(task);
  assert.is(
    new Set(plan.tasks.map((task) => task.id)).size,
    plan.tasks.length,
    'each task stands in the plan once',
  );
  for (const verdict of verdicts) {
    const count = plan.tasks.filter((task) => task.verdict === verdict).length;
    assert.is(plan.counts[verdict] ?? 0, count, `counts.${verdict} counts the tasks`);
  }
  return plan;
}

/** Reads the events that `--json` prints while building, one per line and nothing else; the last is `ended`. */
export function parseEvents(stdout: string): BuildEvent[] {
  assert.ok(stdout.endsWith('\n'), `the stream of events ends with a complete line:\n${stdout}`);
  const lines = stdout.slice(0, -1).split('\n');
  const events = lines.map((line) => parseJson(line, 'an event') as BuildEvent);
  for (const event of events) assert.type(event.event, 'string', JSON.stringify(event));
  assert.is(events.at(-1)?.event, 'ended', stdout);
  return events;
}

/** Reads the document of problems that `--json` prints when the pipeline or the command line is wrong. */
export function parseProblems(stdout: string): Problem[] {
  const document = parseJson(stdout, 'the list of problems') as {
    format: string;
    version: number;
    problems: Problem[];
  };
  assert.is(document.format, 'evalmake.problems', stdout);
  assert.is(document.version, 1);
  return document.problems;
}

/** One task in the answer of `adopt --json`. */
export interface AdoptedTask {
  readonly id: string;
  readonly outcome: 'adopted' | 'fresh' | 'refused';
  readonly because: readonly Reason[];
  readonly text?: string;
  readonly unproven: readonly Reason[];
  readonly mentionedIn?: string;
  readonly over?: { readonly at: string; readonly reason: string };
  readonly notRun: readonly string[];
}

export interface AdoptDocument {
  readonly format: 'evalmake.adopt';
  readonly version: 1;
  readonly dryRun: boolean;
  readonly reason: string;
  readonly tasks: readonly AdoptedTask[];
  readonly counts: Readonly<Record<AdoptedTask['outcome'], number>>;
}

/** Reads the one document that `adopt --json` prints; its counts must be the counts of its tasks. */
export function parseAdopt(stdout: string): AdoptDocument {
  const document = parseJson(stdout, 'the adoption') as AdoptDocument;
  assert.is(document.format, 'evalmake.adopt', stdout);
  assert.is(document.version, 1);
  for (const [outcome, n] of Object.entries(document.counts))
    assert.is(document.tasks.filter((task) => task.outcome === outcome).length, n, outcome);
  return document;
}

/** The task of a plan; fails when the plan does not name it. */
export function taskOf(plan: PlanDocument, id: string): PlannedTask {
  const task = plan.tasks.find((each) => each.id === id);
  if (task === undefined)
    throw new Error(`the plan has no ${id}: ${plan.tasks.map((each) => each.id).join(' ')}`);
  return task;
}

/** Ids of the tasks with one of these verdicts, in the order of code units. */
export function idsWith(plan: PlanDocument, ...wanted: Verdict[]): string[] {
  return plan.tasks
    .filter((task) => wanted.includes(task.verdict))
    .map((task) => task.id)
    .sort();
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

/** What a reason must say: each given text must occur in the field. */
export interface Said {
  readonly subject?: string;
  readonly was?: string;
  readonly now?: string;
}

/** Fails unless a task has a reason with this code that says all of `said`. */
export function assertReason(plan: PlanDocument, id: string, code: string, said: Said = {}): void {
  const { reasons } = taskOf(plan, id);
  const fields = Object.entries(said) as [keyof Said, string][];
  const found = reasons.some(
    (reason) => reason.code === code && fields.every(([field, text]) => plain(reason[field]).includes(text)),
  );
  assert.ok(found, `${id} has ${code} with ${JSON.stringify(said)}; it has ${JSON.stringify(reasons)}`);
}
