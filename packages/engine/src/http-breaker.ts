// An HttpBreaker stops asking a server that does not do its part, and says so once: a build goes on without it.

/** Failures in a row after which nothing more is asked. */
const failuresInARow = 3;

/** Counts what a server did. */
export class HttpBreaker {
  private failures = 0;
  /** How often there was no room: since something was taken, and at all. */
  private fullInARow = 0;
  private fullAtAll = 0;
  private readonly said = new Set<string>();
  /** Whether results can be asked for. */
  reads = true;
  /** Whether results can be sent. */
  writes: boolean;

  /**
   * @param name the server, in words
   * @param warn tells what a person should know
   */
  constructor(
    private readonly name: string,
    private readonly warn: (text: string) => void,
    writes: boolean,
  ) {
    this.writes = writes;
  }

  /** Whether anything can still be done with it. */
  get open(): boolean {
    return this.reads || this.writes;
  }

  /** It answered, and did what it should. */
  well(): void {
    this.failures = 0;
  }

  /** It took what was sent. */
  took(): void {
    this.fullInARow = 0;
  }

  /** It has no room: for good, or, as bazel-remote does, while it takes much at once. */
  full(): void {
    this.fullInARow++;
    this.fullAtAll++;
    if (this.fullInARow >= failuresInARow) this.refused('writes', 'it is full (507)');
  }

  /** Says at the end what was not worth saying alone. */
  over(): void {
    if (this.fullAtAll > 0 && this.writes)
      this.say('no room', 'it had no room for some results (507), and these are not there');
  }

  /** It did not answer, or with an error of its own. */
  failed(why: string): void {
    this.failures++;
    if (this.failures < failuresInARow || !this.open) return;
    this.reads = false;
    this.writes = false;
    this.say('down', `${why}; the build goes on without it`);
  }

  /** It refuses what was asked of it, for good. */
  refused(what: 'reads' | 'writes', why: string): void {
    if (!this[what]) return;
    this[what] = false;
    const rest = what === 'writes' ? 'nothing more is sent to it' : 'the build goes on without it';
    this.say(`refused ${what}`, `${why}; ${rest}`);
  }

  /** Says something, once for each kind of it. */
  say(kind: string, text: string): void {
    if (this.said.has(kind)) return;
    this.said.add(kind);
    this.warn(`the cache at ${this.name}: ${text}`);
  }
}

/**
 * What the status of an answer means for those that follow.
 * @returns whether it did what was asked; 404 is an answer like any other
 */
export function judgeStatus(status: number, what: 'reads' | 'writes', breaker: HttpBreaker): boolean {
  if ((status >= 200 && status < 300) || (what === 'reads' && status === 404)) {
    breaker.well();
    if (what === 'writes') breaker.took();
    return status !== 404;
  }
  if (status === 401 || status === 403) breaker.refused(what, `it does not let this build in (${status})`);
  else if (status === 405 || status === 501) breaker.refused(what, `it cannot do this (${status})`);
  else if (status === 507 && what === 'writes') breaker.full();
  // One thing is too large for it; others are not.
  else if (status === 413) breaker.say('large', 'some results are too large for it (413)');
  // bazel-remote says so of what is larger than it takes, and of entries that it cannot read.
  else if (status === 400 && what === 'writes')
    breaker.say('not taken', 'it does not take some results (400)');
  else if (status >= 300 && status < 400) breaker.refused(what, `it answers from elsewhere (${status})`);
  else breaker.failed(`it answers ${status}`);
  return false;
}
