// Simulated timers stand in for those of the process: a grace period ends when the clock of the simulation says so.
import type { StartTimer } from '@evalmake/engine/timer';

interface Timer {
  readonly call: () => void;
  readonly due: number;
}

/** Timers of a clock that somebody else moves. */
export class SimulatedTimers {
  readonly #waiting = new Map<object, Timer>();

  constructor(private readonly nowMs: () => number) {}

  /** Calls back when the clock has moved on by so much; returns what takes that back. */
  readonly start: StartTimer = (ms, call) => {
    const handle = {};
    this.#waiting.set(handle, { call, due: this.nowMs() + ms });
    return () => void this.#waiting.delete(handle);
  };

  /** Forgets all: their process has died. */
  clear(): void {
    this.#waiting.clear();
  }

  /** When the next one is due. */
  get next(): number | undefined {
    return this.#waiting.size === 0 ? undefined : Math.min(...[...this.#waiting.values()].map((t) => t.due));
  }

  /** Lets the next one happen. */
  fire(): void {
    const due = this.next;
    for (const [handle, timer] of this.#waiting) {
      if (timer.due !== due) continue;
      this.#waiting.delete(handle);
      timer.call();
      return;
    }
  }
}
