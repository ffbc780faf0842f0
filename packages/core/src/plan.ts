// The Plan is a value: every wanted task with its decision, and how far a build has come. Only this file changes one.
import {
  type Budget,
  giveBack,
  noBudget,
  type Purse,
  purseOf,
  setBegunAside,
  withinBudget,
} from './budget.ts';
import type { Config } from './config.ts';
import { type DecideContext, type Decision, decide, type Standing, type Verdict } from './decide.ts';
import { closure, dependents, type Graph, type Task } from './graph.ts';
import type { Money } from './money.ts';
import { newestRecord, type World } from './ports.ts';
import type { TaskRecord } from './record.ts';

/** How far a task has come, in the order of life. */
export type State = 'outside' | 'settled' | 'todo' | 'ready' | 'running' | 'failed' | 'blocked';

/** What a plan is made from. */
export interface PlanInput {
  readonly graph: Graph;
  readonly config: Config;
  readonly world: World;
  /** Indexes of the tasks asked for; what they need is added. */
  readonly wanted: readonly number[];
  /** Tasks left out by --only, --until, --skip: they stay as they are. */
  readonly excluded?: (task: Task) => boolean;
  readonly forced?: (task: Task) => boolean;
  /** How tasks stand that this build has already dealt with, by name. */
  readonly carried?: ReadonlyMap<string, 'running' | 'failed' | 'done'>;
  /** What may be spent; without it nothing. */
  readonly budget?: Budget;
  /** Whether tasks that are forced ask all their rows again. */
  readonly forceRows?: boolean;
  /** What is set aside for tasks that run already, by name. */
  readonly aside?: ReadonlyMap<string, Money>;
}

/** Every wanted task with its decision. */
export interface Plan {
  readonly graph: Graph;
  readonly input: PlanInput;
  /** By task; undefined for tasks that are not wanted. */
  readonly decisions: (Decision | undefined)[];
  readonly states: State[];
  /** Number of needs that are not settled, by task. */
  readonly open: Int32Array;
  /** Tasks that need a task; made when the first task ends, which in a no-op is never. */
  dependents: readonly (readonly number[])[] | undefined;
  /** Tasks that may start, in the order they became ready. */
  readonly queue: number[];
  /** Position in the order of the graph, by task; made when the first task is blocked. */
  ranks: Int32Array | undefined;
  /** Decisions on tasks that were left out, so that what stays stale can be said. */
  readonly leftOut: Map<number, Decision>;
  /** Parts that are equal within a target; dropped when files change. */
  memo: DecideContext['memo'];
  /** What of the budget is set aside for tasks that may start. */
  readonly purse: Purse;
}

/** Makes the plan: one decision per wanted task, producers first. */
export function plan(input: PlanInput): Plan {
  const { graph } = input;
  const size = graph.tasks.length;
  const made: Plan = {
    graph,
    input,
    decisions: new Array<Decision | undefined>(size).fill(undefined),
    states: new Array<State>(size).fill('outside'),
    open: new Int32Array(size),
    dependents: undefined,
    queue: [],
    ranks: undefined,
    leftOut: new Map(),
    memo: new Map(),
    purse: purseOf(input.aside),
  };
  const wanted = closure(graph, input.wanted);
  const included = (task: Task) => wanted[task.index] === 1 && input.excluded?.(task) !== true;
  if (input.budget !== undefined) setBegunAside(made.purse, graph.tasks.filter(included), input.world);
  for (const index of graph.order) if (wanted[index] === 1) place(made, index);
  return made;
}

function place(made: Plan, index: number): void {
  const task = made.graph.tasks[index] as Task;
  if (made.input.excluded?.(task) === true) {
    made.leftOut.set(index, judgeNow(made, index));
    return;
  }
  const carried = made.input.carried?.get(task.id);
  // What runs was agreed to and keeps what is set aside for it; what has failed needs nothing any more.
  const begun = carried === 'running' || carried === 'failed';
  const decision = begun ? judgeNow(made, index) : decideNow(made, index);
  made.decisions[index] = decision;
  made.states[index] =
    carried === 'running' ? 'running' : carried === 'failed' ? 'failed' : firstState(decision.verdict);
  made.open[index] = task.deps.reduce((n, dep) => n + (isOpen(made.states[dep] as State) ? 1 : 0), 0);
  if (made.states[index] === 'todo' && made.open[index] === 0) {
    made.states[index] = 'ready';
    made.queue.push(index);
  }
}

function firstState(verdict: Verdict): State {
  switch (verdict) {
    case 'fresh':
    case 'off':
      return 'settled';
    case 'blocked':
    case 'ask':
      return 'blocked';
    case 'run':
    case 'maybe':
    case 'recheck':
    case 'restore':
    case 'waiting':
      return 'todo';
  }
}

function isOpen(state: State): boolean {
  return (
    state === 'todo' || state === 'ready' || state === 'running' || state === 'failed' || state === 'blocked'
  );
}

/** Decides a task from what is known at this moment of the plan, its money included. */
export function decideNow(made: Plan, index: number): Decision {
  const { graph, input, purse } = made;
  const task = graph.tasks[index] as Task;
  const judged = judgeNow(made, index);
  if (task.target.paid === undefined) return judged;
  const { config, world, budget = noBudget } = input;
  return withinBudget(task, judged, { graph, config, world, budget, purse });
}

function judgeNow(made: Plan, index: number): Decision {
  const { graph, input } = made;
  const task = graph.tasks[index] as Task;
  const done = input.carried?.get(task.id) === 'done';
  return decide(task, {
    graph,
    config: input.config,
    world: input.world,
    memo: made.memo,
    standing: (i) => standing(made, i),
    accepted: (i) => acceptedRecord(made, i),
    proven: (i) =>
      made.states[i] === 'settled' &&
      made.decisions[i]?.verdict === 'fresh' &&
      made.decisions[i]?.reasons.length === 0,
    restoring: (i) => restoringRecord(made, i),
    forced: (i) => !done && (input.forced?.(graph.tasks[i] as Task) ?? false),
    forceRows: input.forceRows ?? false,
  });
}

/** The result that a task will have which is put back, where results of others can be. */
export function restoringRecord(made: Plan, index: number): TaskRecord | undefined {
  const decision = made.decisions[index];
  const open = ['todo', 'ready', 'running'].includes(made.states[index] as State);
  return made.input.world.shared && open && decision?.verdict === 'restore' ? decision.record : undefined;
}

function standing(made: Plan, index: number): Standing {
  switch (made.states[index] as State) {
    case 'failed':
      return 'blocked';
    case 'blocked':
      return blockedStanding(made.decisions[index]);
    case 'todo':
    case 'ready':
    case 'running':
      return 'unsettled';
    case 'outside':
    case 'settled':
      return 'settled';
  }
}

/** What all a blocked task waits for is: a person's decision, an external job, or something that failed. */
function blockedStanding(decision: Decision | undefined): Standing {
  if (decision?.verdict === 'ask') return 'asks';
  if (decision?.verdict === 'waiting') return 'waits';
  if (decision === undefined || decision.reasons.length === 0) return 'blocked';
  const soft = decision.reasons.every((r) => r.code === 'upstream-asks' || r.code === 'upstream-waits');
  if (!soft) return 'blocked';
  return decision.reasons.some((r) => r.code === 'upstream-asks') ? 'asks' : 'waits';
}

/** The record under which a task counts as fresh; for tasks outside the plan the newest that there is. */
export function acceptedRecord(made: Plan, index: number): TaskRecord | undefined {
  const decision = made.decisions[index];
  if (decision !== undefined && made.states[index] === 'settled') return decision.record;
  return newestRecord(made.input.world.records, made.graph.tasks[index] as Task);
}

/** What happens to a plan. */
export type Step =
  | { readonly kind: 'started'; readonly task: number }
  /** It is not done: it is to be decided, and perhaps started, once more. */
  | { readonly kind: 'again'; readonly task: number }
  | { readonly kind: 'settled'; readonly task: number; readonly decision: Decision }
  | { readonly kind: 'failed'; readonly task: number }
  | { readonly kind: 'blocked'; readonly task: number; readonly decision: Decision };

/**
 * The only way a plan changes: one step, in place (copying 100,000 entries per event would be quadratic).
 * @returns tasks that are blocked by this step, in graph order
 */
export function advance(made: Plan, step: Step): number[] {
  switch (step.kind) {
    case 'started':
      made.states[step.task] = 'running';
      return [];
    case 'again':
      endOf(made, step.task);
      made.states[step.task] = 'ready';
      made.queue.push(step.task);
      return [];
    case 'settled':
      endOf(made, step.task);
      made.decisions[step.task] = step.decision;
      made.states[step.task] = 'settled';
      release(made, step.task);
      return [];
    case 'failed':
      endOf(made, step.task);
      made.states[step.task] = 'failed';
      return blockDependents(made, step.task);
    case 'blocked':
      endOf(made, step.task);
      made.decisions[step.task] = step.decision;
      made.states[step.task] = 'blocked';
      return blockDependents(made, step.task);
  }
}

function endOf({ graph, purse }: Plan, index: number): void {
  giveBack(purse, (graph.tasks[index] as Task).id);
}

function needersOf(made: Plan, index: number): readonly number[] {
  made.dependents ??= dependents(made.graph);
  return made.dependents[index] as readonly number[];
}

function release(made: Plan, index: number): void {
  for (const next of needersOf(made, index)) {
    if (made.states[next] !== 'todo') continue;
    made.open[next] = (made.open[next] as number) - 1;
    if (made.open[next] === 0) {
      made.states[next] = 'ready';
      made.queue.push(next);
    }
  }
}

/** Blocks all that needs a task; each is decided when all are marked, so that it names every need that failed. */
function blockDependents(made: Plan, index: number): number[] {
  const out: number[] = [];
  const stack = [...needersOf(made, index)];
  while (stack.length > 0) {
    const next = stack.pop() as number;
    if (made.states[next] !== 'todo' && made.states[next] !== 'ready') continue;
    made.states[next] = 'blocked';
    out.push(next);
    for (const needer of needersOf(made, next)) stack.push(needer);
  }
  // Producers first: why a task is blocked follows from why its needs are.
  made.ranks ??= ranksOf(made.graph);
  const { ranks } = made;
  out.sort((a, b) => (ranks[a] as number) - (ranks[b] as number));
  for (const next of out) made.decisions[next] = decideNow(made, next);
  return out.sort((a, b) => a - b);
}

function ranksOf({ order }: Graph): Int32Array {
  const ranks = new Int32Array(order.length);
  for (const [rank, index] of order.entries()) ranks[index] = rank;
  return ranks;
}

/** Whether a task reads only what is settled, and so may be decided for good. */
export function isWanted(made: Plan, index: number): boolean {
  return made.states[index] !== 'outside';
}

/** How many wanted tasks have each verdict. */
export function verdictCounts(made: Plan): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const decision of made.decisions) {
    if (decision !== undefined) counts[decision.verdict] = (counts[decision.verdict] ?? 0) + 1;
  }
  return counts;
}
