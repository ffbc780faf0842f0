// A VirtualClock is a timer and a time of which a test says how they pass: nobody waits.

interface Timed {
  readonly at: number;
  readonly call: () => void;
}

export class VirtualClock {
  now = 1_000_000;
  private waiting: Timed[] = [];

  readonly nowMs = (): number => this.now;

  readonly timer = (ms: number, call: () => void): (() => void) => {
    const timed = { at: this.now + ms, call };
    this.waiting.push(timed);
    return () => {
      this.waiting = this.waiting.filter((other) => other !== timed);
    };
  };

  /** Lets time pass; what is called has its promises settled before the next is. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    await this.settle();
    for (;;) {
      const next = this.waiting.reduce<Timed | undefined>(
        (first, t) => (t.at <= end && (first === undefined || t.at < first.at) ? t : first),
        undefined,
      );
      if (next === undefined) break;
      this.waiting = this.waiting.filter((other) => other !== next);
      this.now = Math.max(this.now, next.at);
      next.call();
      await this.settle();
    }
    this.now = end;
  }

  /** Promises run until none is left that could go on without time passing. */
  private settle(): Promise<void> {
    return new Promise((done) => void setImmediate(done));
  }
}
