// A Forecast is how long what is left of a plan would take: its tasks run in simulated slots, as long as they did before.
import type { Task } from '../graph.ts';
import type { Plan } from '../plan.ts';
import { newestRecord } from '../ports.ts';
import { Heap } from './heap.ts';

/** What is expected. */
export interface Forecast {
  /** Milliseconds until the last of the tasks that are counted ends; undefined where too little is known. */
  readonly ms: number | undefined;
  /** Tasks that would run, and those of them of which nobody knows how long they take. */
  readonly tasks: number;
  readonly unknown: number;
}

/** What is simulated. */
export interface ForecastInput {
  /** Commands at a time. */
  readonly jobs: number;
  /** Whether tasks count that may turn out not to run: for the longest that it can take. */
  readonly maybe: boolean;
  /** How long tasks run already, milliseconds, by index; those that run and are not named have just begun. */
  readonly elapsed?: ReadonlyMap<number, number>;
  /** How long tasks take; made anew without it, which asks the records of every task. */
  readonly times?: Durations;
}

/** How long tasks take. */
export interface Durations {
  /** Milliseconds; undefined where nobody knows. */
  readonly of: (task: Task) => number | undefined;
}

/** Of a share of unknown tasks larger than this nothing is said. */
const mostUnknown = 0.3;

/** How long what is left of a plan would take. */
export function forecast(plan: Plan, input: ForecastInput): Forecast {
  const { graph } = plan;
  const left = graph.order.filter((index) => counts(plan, index, input.maybe));
  const times = input.times ?? durations(plan);
  const known = left.map((index) => times.of(graph.tasks[index] as Task));
  const unknown = known.filter((ms) => ms === undefined).length;
  if (unknown > mostUnknown * left.length) return { ms: undefined, tasks: left.length, unknown };
  const ms = simulate(plan, left, { input, ms: new Map(left.map((index, i) => [index, known[i] ?? 0])) });
  return { ms, tasks: left.length, unknown };
}

function counts(plan: Plan, index: number, maybe: boolean): boolean {
  const state = plan.states[index];
  if (state === 'running') return true;
  if (state !== 'todo' && state !== 'ready') return false;
  const verdict = plan.decisions[index]?.verdict;
  return verdict === 'run' || (maybe && verdict === 'maybe');
}

/** How long tasks took when they ran last: their own time, else the median of their target's. Each is looked up once. */
export function durations(plan: Plan): Durations {
  const medians = new Map<string, number | undefined>();
  const own = (task: Task): number | undefined => {
    const record = plan.decisions[task.index]?.record ?? newestRecord(plan.input.world.records, task);
    return record === undefined || record.adopted !== undefined ? undefined : record.ms;
  };
  const median = (target: string): number | undefined => {
    const all = (plan.graph.byTarget.get(target) ?? [])
      .flatMap((i) => own(plan.graph.tasks[i] as Task) ?? [])
      .sort((a, b) => a - b);
    return all[all.length >> 1];
  };
  const known = new Map<string, number | undefined>();
  const find = (task: Task): number | undefined => {
    const ms = own(task);
    if (ms !== undefined) return ms;
    const { name } = task.target;
    if (!medians.has(name)) medians.set(name, median(name));
    return medians.get(name);
  };
  return {
    of: (task) => {
      if (!known.has(task.id)) known.set(task.id, find(task));
      return known.get(task.id);
    },
  };
}

interface Simulated {
  readonly input: ForecastInput;
  readonly ms: ReadonlyMap<number, number>;
}

/** Runs tasks in slots: producers first, each as soon as a slot and its pool are free. Gives when the last one ends. */
function simulate(plan: Plan, left: readonly number[], { input, ms }: Simulated): number {
  const { graph } = plan;
  const open = new Map<number, number>();
  const needers = new Map<number, number[]>();
  for (const index of left) {
    const needs = (graph.tasks[index] as Task).deps.filter((dep) => ms.has(dep));
    open.set(index, needs.length);
    for (const need of needs) {
      const list = needers.get(need);
      if (list === undefined) needers.set(need, [index]);
      else list.push(index);
    }
  }
  const slots = new Slots(plan, input.jobs);
  const running = (index: number) => plan.states[index] === 'running';
  const free = left.filter((index) => open.get(index) === 0);
  // What runs already holds its slot, whatever comes before it in the order.
  for (const index of [...free.filter(running), ...free.filter((i) => !running(i))]) slots.wait(index);
  const ends = new Heap<number>();
  for (let now = 0; ; ) {
    for (let index = slots.take(); index !== undefined; index = slots.take()) {
      const elapsed = running(index) ? (input.elapsed?.get(index) ?? 0) : 0;
      ends.push(now + Math.max(0, (ms.get(index) ?? 0) - elapsed), index);
    }
    const next = ends.pop();
    if (next === undefined) return now;
    now = next.at;
    slots.give(next.value);
    for (const index of needers.get(next.value) ?? []) {
      const rest = (open.get(index) as number) - 1;
      open.set(index, rest);
      if (rest === 0) slots.wait(index);
    }
  }
}

/** Tasks that wait for a slot of their pool. */
interface Queue {
  /** Slots of the pool that are free; without a pool as many as there are in all. */
  free: number;
  readonly waiting: { readonly index: number; readonly order: number }[];
  head: number;
}

/** Free slots, in all and by pool, and who waits for them: first come, first served where its pool has room. */
class Slots {
  private readonly queues = new Map<string, Queue>();
  private came = 0;

  constructor(
    private readonly plan: Plan,
    private free: number,
  ) {}

  wait(index: number): void {
    this.queueOf(index).waiting.push({ index, order: this.came++ });
  }

  /** The next task that can start. */
  take(): number | undefined {
    if (this.free === 0) return undefined;
    let first: Queue | undefined;
    const orderOf = (queue: Queue): number => queue.waiting[queue.head]?.order ?? Number.POSITIVE_INFINITY;
    for (const queue of this.queues.values())
      if (
        queue.free > 0 &&
        orderOf(queue) < (first === undefined ? Number.POSITIVE_INFINITY : orderOf(first))
      )
        first = queue;
    const next = first?.waiting[first.head];
    if (first === undefined || next === undefined) return undefined;
    first.head++;
    first.free--;
    this.free--;
    return next.index;
  }

  give(index: number): void {
    this.free++;
    this.queueOf(index).free++;
  }

  private queueOf(index: number): Queue {
    const { pool } = (this.plan.graph.tasks[index] as Task).target;
    const known = this.queues.get(pool ?? '');
    if (known !== undefined) return known;
    const size = pool === undefined ? Number.POSITIVE_INFINITY : this.plan.graph.pipeline.pools[pool];
    const made: Queue = { free: size ?? 1, waiting: [], head: 0 };
    this.queues.set(pool ?? '', made);
    return made;
  }
}
