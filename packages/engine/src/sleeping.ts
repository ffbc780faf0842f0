// Sleeping tasks wait for external jobs: they hold no slot, and are woken one by one when their time has come.
import type { StartTimer } from './timer.ts';

/** What tasks sleep with. */
export interface SleepingOptions {
  readonly timer: StartTimer;
  readonly nowMs: () => number;
  /** Told when somebody has woken up. */
  readonly wake: () => void;
}

/** Tasks by name, until they are due. */
export class Sleeping {
  private readonly asleep = new Map<string, () => void>();
  private readonly due: string[] = [];

  constructor(private readonly options: SleepingOptions) {}

  /** How many sleep, or have just woken up. */
  get size(): number {
    return this.asleep.size + this.due.length;
  }

  /** Whether somebody has woken up. */
  get anyDue(): boolean {
    return this.due.length > 0;
  }

  /** Lets a task sleep. */
  add(task: string, untilMs: number): void {
    const { timer, nowMs, wake } = this.options;
    const cancel = timer(Math.max(0, untilMs - nowMs()), () => {
      this.asleep.delete(task);
      this.due.push(task);
      wake();
    });
    this.asleep.set(task, cancel);
  }

  /** Those that have woken up since this was last asked. */
  takeDue(): string[] {
    return this.due.splice(0);
  }

  /** Lets nobody wake up any more; they stay asleep for the next build. */
  end(): void {
    for (const cancel of this.asleep.values()) cancel();
  }
}
