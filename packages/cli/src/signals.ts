// Signals end a build: the first politely, a second one at once; one that comes before there is a build is kept for it.

const ending = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A build as far as this matters here. */
export interface Stoppable {
  stop(signal: NodeJS.Signals): void;
}

/** Hears the signals that end a program, from its making until `end`: the lock is released and nothing is cut off. */
export class Signals {
  private readonly heard: NodeJS.Signals[] = [];
  private pass: (signal: NodeJS.Signals) => void = (signal) => void this.heard.push(signal);
  private readonly hear = (signal: NodeJS.Signals): void => this.pass(signal);

  constructor() {
    for (const signal of ending) process.on(signal, this.hear);
  }

  /**
   * Passes signals to a build, those first that came while it was planned.
   * @param build what is stopped
   * @param tell says that a signal has come
   */
  async guide(build: Stoppable, tell: (signal: NodeJS.Signals) => void): Promise<void> {
    // Signals that came while nothing was waited for are handed over once the loop looks for news: which is between two
    // turns for sure, and before the first one only if it was not in the middle of its news already.
    for (let turn = 0; turn < 2; turn++) {
      await new Promise((done) => {
        setImmediate(done);
      });
    }
    this.pass = (signal) => {
      tell(signal);
      build.stop(signal);
    };
    for (const signal of this.heard.splice(0)) this.pass(signal);
  }

  /** Leaves signals to whoever else hears them. */
  end(): void {
    for (const signal of ending) process.off(signal, this.hear);
  }
}
