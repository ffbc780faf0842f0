// ReadyQueues hold the tasks that may start, by pool, so that a full pool never hides what could run beside it.
import type { Plan, Task } from '@evalmake/core';

interface Queue {
  readonly limit: number;
  readonly waiting: number[];
  head: number;
  busy: number;
}

/** Gives out ready tasks within the limits of jobs and pools. */
export class ReadyQueues {
  private readonly pools = new Map<string, Queue>();
  private taken = 0;
  private busy = 0;

  constructor(
    private readonly plan: Plan,
    private readonly jobs: number,
  ) {}

  /** The same occupancy over a new plan. */
  over(plan: Plan): ReadyQueues {
    const next = new ReadyQueues(plan, this.jobs);
    next.busy = this.busy;
    for (const [name, queue] of this.pools)
      next.pools.set(name, { limit: queue.limit, waiting: [], head: 0, busy: queue.busy });
    return next;
  }

  private queueOf(task: Task): Queue {
    const name = task.target.pool ?? '';
    let queue = this.pools.get(name);
    if (queue === undefined) {
      const limit =
        name === ''
          ? Number.POSITIVE_INFINITY
          : (this.plan.graph.pipeline.pools[name] ?? Number.POSITIVE_INFINITY);
      queue = { limit, waiting: [], head: 0, busy: 0 };
      this.pools.set(name, queue);
    }
    return queue;
  }

  /** The next task that may start now, or undefined. Tasks that are held go to the end of their queue. */
  next(held: (index: number) => boolean): number | undefined {
    for (; this.taken < this.plan.queue.length; this.taken++) {
      const index = this.plan.queue[this.taken] as number;
      this.queueOf(this.plan.graph.tasks[index] as Task).waiting.push(index);
    }
    if (this.busy >= this.jobs) return undefined;
    for (const queue of this.pools.values()) {
      if (queue.busy >= queue.limit) continue;
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
    this.busy++;
    this.queueOf(this.plan.graph.tasks[index] as Task).busy++;
  }

  /** Notes that a started task has ended. */
  ended(task: Task): void {
    this.busy--;
    this.queueOf(task).busy--;
  }
}
