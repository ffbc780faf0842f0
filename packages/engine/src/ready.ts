// ReadyQueues hold the tasks that may start, by pool, so that a full pool never hides what could run beside it.
import type { Plan, Task } from '@evalmake/core';

/** A pool, or the lack of one, whose limit counts wherever its commands run. */
interface Pool {
  readonly limit: number;
  busy: number;
}

interface Queue {
  readonly pool: Pool;
  /** Commands on a cluster take no processor of this machine. */
  readonly place: Place;
  readonly waiting: number[];
  head: number;
}

type Place = Task['target']['executor'];

/** How many tasks may be on a cluster at once: each costs a little memory here, and a job there. */
const mostElsewhere = 10_000;

/** Gives out ready tasks within the limits of jobs and pools. */
export class ReadyQueues {
  private readonly pools = new Map<string, Pool>();
  private readonly queues = new Map<string, Queue>();
  private taken = 0;
  private readonly busy: Record<Place, number> = { local: 0, slurm: 0 };

  constructor(
    private readonly plan: Plan,
    private readonly jobs: number,
  ) {}

  /** The same occupancy over a new plan. */
  over(plan: Plan): ReadyQueues {
    const next = new ReadyQueues(plan, this.jobs);
    Object.assign(next.busy, this.busy);
    for (const [name, { limit, busy }] of this.pools) next.pools.set(name, { limit, busy });
    return next;
  }

  private poolOf({ target }: Task): Pool {
    const name = target.pool ?? '';
    let pool = this.pools.get(name);
    if (pool === undefined) {
      const limit = name === '' ? undefined : this.plan.graph.pipeline.pools[name];
      pool = { limit: limit ?? Number.POSITIVE_INFINITY, busy: 0 };
      this.pools.set(name, pool);
    }
    return pool;
  }

  private queueOf(task: Task): Queue {
    const { pool, executor: place } = task.target;
    const name = `${place} ${pool ?? ''}`;
    let queue = this.queues.get(name);
    if (queue === undefined) {
      queue = { pool: this.poolOf(task), place, waiting: [], head: 0 };
      this.queues.set(name, queue);
    }
    return queue;
  }

  private isFull({ pool, place }: Queue): boolean {
    const most = place === 'local' ? this.jobs : mostElsewhere;
    return pool.busy >= pool.limit || this.busy[place] >= most;
  }

  /** The next task that may start now, or undefined. Tasks that are held go to the end of their queue. */
  next(held: (index: number) => boolean): number | undefined {
    for (; this.taken < this.plan.queue.length; this.taken++) {
      const index = this.plan.queue[this.taken] as number;
      this.queueOf(this.plan.graph.tasks[index] as Task).waiting.push(index);
    }
    for (const queue of this.queues.values()) {
      if (this.isFull(queue)) continue;
      for (let tries = queue.waiting.length - queue.head; tries > 0; tries--) {
        const index = queue.waiting[queue.head++] as number;
        if (queue.head > 1000 && queue.head * 2 > queue.waiting.length) {
          queue.waiting.splice(0, queue.head);
          queue.head = 0;
        }
        if (this.plan.states[index] !== 'ready') continue;
        if (!held(index)) return index;
        queue.waiting.push(index);
      }
    }
    return undefined;
  }

  /** Notes that a task was started. */
  took(index: number): void {
    const task = this.plan.graph.tasks[index] as Task;
    this.busy[task.target.executor]++;
    this.poolOf(task).busy++;
  }

  /** Notes that a started task has ended. */
  ended(task: Task): void {
    this.busy[task.target.executor]--;
    this.poolOf(task).busy--;
  }
}
