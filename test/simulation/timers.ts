// Simulated timers stand in for those of the process, so that a grace period ends when the simulation says so.

interface Timer {
  readonly call: () => void;
  readonly due: number;
}

const real = { set: globalThis.setTimeout, clear: globalThis.clearTimeout };

/** Timers of a clock that somebody else moves. */
export class SimulatedTimers {
  readonly #waiting = new Map<object, Timer>();

  constructor(private readonly nowMs: () => number) {}

  /** Puts these in place of the process's own, until `remove`. */
  install(): void {
    const set = (call: () => void, ms = 0): object => {
      const handle = { unref: () => handle, ref: () => handle };
      this.#waiting.set(handle, { call, due: this.nowMs() + ms });
      return handle;
    };
    globalThis.setTimeout = set as unknown as typeof globalThis.setTimeout;
    globalThis.clearTimeout = ((handle: object) =>
      void this.#waiting.delete(handle)) as typeof globalThis.clearTimeout;
  }

  remove(): void {
    globalThis.setTimeout = real.set;
    globalThis.clearTimeout = real.clear;
  }

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
