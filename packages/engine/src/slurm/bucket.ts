// A Bucket of tokens: how many requests may go to a controller, many at once after a pause, few for long.
import type { StartTimer } from '../timer.ts';

/** What a bucket holds, and how it fills. */
export interface BucketOptions {
  readonly most: number;
  readonly perSecond: number;
  readonly nowMs: () => number;
  readonly timer: StartTimer;
}

/** Lets requests through one by one, in the order they came. */
export class Bucket {
  private tokens: number;
  private filledMs: number;
  private line: Promise<void> = Promise.resolve();

  constructor(private readonly options: BucketOptions) {
    this.tokens = options.most;
    this.filledMs = options.nowMs();
  }

  /** Resolves when the next request may go. */
  take(): Promise<void> {
    this.line = this.line.then(() => this.wait());
    return this.line;
  }

  private async wait(): Promise<void> {
    const { most, perSecond, nowMs, timer } = this.options;
    const now = nowMs();
    this.tokens = Math.min(most, this.tokens + (Math.max(0, now - this.filledMs) / 1000) * perSecond);
    this.filledMs = now;
    if (this.tokens < 1) {
      const ms = Math.ceil(((1 - this.tokens) / perSecond) * 1000);
      await new Promise<void>((done) => void timer(ms, done));
      this.filledMs = nowMs();
      this.tokens = 1;
    }
    this.tokens--;
  }
}
