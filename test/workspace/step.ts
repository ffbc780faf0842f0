// A step: one dry run and one build with the same arguments, held against each other. Every scenario is made of steps.
import * as assert from 'uvu/assert';
import { type BuildEvent, idsWith, type PlanDocument, taskOf } from './documents.ts';
import { compareTrees } from './tree.ts';
import type { RunOptions, Workspace } from './workspace.ts';

export interface StepOptions extends RunOptions {
  /** Targets with a dynamic `each`: tasks of theirs that the plan could not know may run, and known ones may vanish. */
  readonly dynamic?: readonly string[];
  /** Targets with rows: what they start may be a merge of answers that are kept, without any command. */
  readonly rows?: readonly string[];
  /** Tasks whose former result is damaged in a way that only reading it tells: they run in spite of what the plan says. */
  readonly damaged?: readonly string[];
  /** The exit code the build must have; 0 when not given. */
  readonly exit?: number;
}

export interface Step {
  readonly plan: PlanDocument;
  readonly events: readonly BuildEvent[];
  /** All that the build printed: events and everything else. */
  readonly said: string;
  /** Ids of the tasks whose command was executed, sorted, each once. */
  readonly ran: readonly string[];
  /** The same in order of start, with repetitions. */
  readonly executions: readonly string[];
  readonly notes: readonly string[];
}

const targetOf = (id: string): string => id.split('@')[0] ?? id;

function unique(ids: readonly string[]): string[] {
  return [...new Set(ids)].sort();
}

function assertPlanned(
  plan: PlanDocument,
  ran: readonly string[],
  { dynamic = [], damaged = [] }: StepOptions,
): void {
  const may = new Set([...idsWith(plan, 'run', 'maybe'), ...damaged]);
  for (const id of ran) {
    const unknown = dynamic.includes(targetOf(id)) && !plan.tasks.some((task) => task.id === id);
    if (unknown) continue;
    assert.ok(may.has(id), `${id} ran, and the dry run said "${taskOf(plan, id).verdict}"`);
    assert.ok(taskOf(plan, id).reasons.length > 0, `${id} ran, and the dry run gave no reason`);
  }
  for (const { id, verdict, reasons } of plan.tasks) {
    if (verdict === 'restore') assert.ok(reasons.length > 0, `${id} is restored, and has no reason`);
    // A frozen target that is stale stays "fresh", and its reasons are the warning.
    if (verdict !== 'fresh' || reasons.some((reason) => reason.code === 'frozen')) continue;
    assert.is(reasons.length, 0, `${id} is fresh and has reasons ${JSON.stringify(reasons)}`);
  }
}

function assertKept(step: Step, dynamic: readonly string[]): void {
  const told = (name: string) =>
    new Set(step.events.filter((event) => event.event === name).map((event) => event.task));
  const [cutOff, restored] = [told('cut-off'), told('restored')];
  for (const id of idsWith(step.plan, 'run')) {
    if (dynamic.includes(targetOf(id))) continue;
    assert.ok(step.ran.includes(id), `the dry run said that ${id} runs, and it did not`);
  }
  for (const id of idsWith(step.plan, 'maybe')) {
    if (step.ran.includes(id) || dynamic.includes(targetOf(id))) continue;
    assert.ok(cutOff.has(id) || restored.has(id), `${id} was "maybe" and did not run, and no event says why`);
  }
}

/**
 * Asks for the plan, builds, and asserts that the two agree: only what was planned ran, everything that had to run ran
 * (when the build succeeded), each with a reason; and the dry run changed nothing on disk, state included.
 */
export async function step(
  ws: Workspace,
  args: readonly string[] = [],
  options: StepOptions = {},
): Promise<Step> {
  const dynamic = options.dynamic ?? [];
  ws.ran();
  ws.notes();
  const before = ws.tree();
  const plan = await ws.plan(args, options);
  assert.equal(compareTrees(before, ws.tree()), [], 'the dry run changes nothing on disk');
  assert.equal(ws.ran(), [], 'the dry run starts no command');
  const build = await ws.build(args, options);
  const executions = ws.ran();
  const result: Step = {
    plan,
    events: build.events,
    said: `${build.stdout}${build.stderr}`,
    ran: unique(executions),
    executions,
    notes: ws.notes(),
  };
  assert.is(build.code, options.exit ?? 0, `exit code\n${result.said}`);
  assert.is(build.events.at(-1)?.exit, build.code, 'the event "ended" tells the exit code');
  const merges = (id: string): boolean => (options.rows ?? []).includes(targetOf(id));
  const started = build.events
    .filter((event) => event.event === 'started')
    .map((event) => event.task ?? '')
    .filter((id) => !merges(id) || result.ran.includes(id));
  assert.equal(unique(started), result.ran, 'the events "started" name what ran');
  assertPlanned(plan, result.ran, options);
  for (const id of idsWith(plan, 'restore')) {
    if (build.code !== 0 || (options.damaged ?? []).includes(id)) continue;
    const done = build.events.some((event) => event.event === 'restored' && event.task === id);
    assert.ok(done, `the dry run said that ${id} is restored, and it was not`);
  }
  if (build.code === 0) assertKept(result, [...dynamic, ...(options.rows ?? [])]);
  return result;
}

/** Builds once more and asserts that everything is fresh and nothing runs. */
export async function assertSettled(
  ws: Workspace,
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<void> {
  const { plan, ran } = await step(ws, args, options);
  assert.equal(ran, [], 'a further build runs nothing');
  const rest = plan.tasks.filter((task) => task.verdict !== 'fresh' && task.verdict !== 'off');
  assert.equal(
    rest.map((task) => `${task.id} ${task.verdict}`),
    [],
    'everything is fresh',
  );
}
