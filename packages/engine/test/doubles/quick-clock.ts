// A QuickClock passes its time as fast as timers wait for it, whatever a busy machine does; real processes go on beside it.
import type { StartTimer } from '@evalmake/engine/timer';

interface Waiting {
  readonly dueMs: number;
  readonly call: () => void;
}

/** Real milliseconds between two timers: processes of a test get on meanwhile. */
const breathMs = 4;

export class QuickClock {
  private atMs = Date.UTC(2026, 0, 1);
  private readonly waiting = new Set<Waiting>();
  private breath: NodeJS.Timeout | undefined;
  /** What lasts now without taking time of this clock. */
  private readonly lasting = new Set<Promise<unknown>>();
  private ended = false;

  readonly nowMs = (): number => this.atMs;

  readonly timer: StartTimer = (ms, call) => {
    const one = { dueMs: this.atMs + ms, call };
    this.waiting.add(one);
    this.goOn();
    return () => void this.waiting.delete(one);
  };

  /** Stands still as long as something lasts that takes no time of this clock. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const one = work();
    this.lasting.add(one);
    try {
      return await one;
    } finally {
      this.lasting.delete(one);
      this.goOn();
    }
  }

  /** Lets no time pass any more; resolves when nothing lasts. */
  async end(): Promise<void> {
    this.ended = true;
    while (this.lasting.size > 0) await Promise.allSettled(this.lasting);
  }

  private goOn(): void {
    if (!this.ended && this.lasting.size === 0 && this.waiting.size > 0)
      this.breath ??= setTimeout(() => this.next(), breathMs);
  }

  /** Lets the timer that is due first call back, and its time be now. */
  private next(): void {
    this.breath = undefined;
    if (this.ended || this.lasting.size > 0) return;
    const first = [...this.waiting].reduce<Waiting | undefined>(
      (least, one) => (least === undefined || one.dueMs < least.dueMs ? one : least),
      undefined,
    );
    if (first === undefined) return;
    this.waiting.delete(first);
    this.atMs = Math.max(this.atMs, first.dueMs);
    first.call();
    this.goOn();
  }

  /** Resolves when so much of its time has passed; something must be waiting for it meanwhile, or it stands still. */
  passed(ms: number): Promise<void> {
    return new Promise((done) => void this.timer(ms, done));
  }
}
