// The SharedCache is what a workspace shares with others: it notes what is to be asked, remembers answers, and sends in turn.
import type { Task, TaskRecord } from '@evalmake/core';
import type { CacheSettings } from './cache-settings.ts';
import { globMatches } from './glob.ts';
import { HttpBreaker } from './http-breaker.ts';
import type { HttpConnection } from './http-connection.ts';
import type { HttpStore } from './http-store.ts';
import { inParallel } from './parallel.ts';
import { type Blob, type Former, type Store, type Wanted, wantedOf } from './store.ts';
import { workKey } from './work-key.ts';

/** Questions at a time. */
const asksAtATime = 12;
/** Results that are sent at a time. */
const sendsAtATime = 3;

/** What cannot be shared, in words; undefined when a result can. */
export function whyNotShared({ target }: Pick<Task, 'target'>, record: TaskRecord): string | undefined {
  if (target.depsFile !== undefined) return 'what it reads is known only when it has run (deps_file)';
  if (target.keep || target.frozen) return 'its outputs are kept by hand (keep, frozen)';
  if (target.inputs.some((i) => i.digest === 'listing')) return 'an input counts by names and sizes only';
  if (record.adopted !== undefined) return 'a person vouches for it, no run';
  return undefined;
}

/** Results that are shared with others. Loads nothing that speaks with them until there is something to say. */
export class SharedCache implements Store {
  private readonly answers = new Map<string, Former | 'none'>();
  private readonly questions = new Map<string, Wanted>();
  /** Questions that are on their way. */
  private readonly asking = new Map<string, Promise<boolean>>();
  private readonly breaker: HttpBreaker;
  private opened: Promise<{ store: HttpStore; connection: HttpConnection }> | undefined;
  private readonly waiting: (() => Promise<void>)[] = [];
  private sending = 0;
  private whenSent: (() => void) | undefined;
  /** How many results were sent as a whole. */
  sent = 0;

  /**
   * @param warn tells what a person should know; each thing once
   * @param secrets values that must not be sent; asked for once, with the first request
   */
  constructor(
    private readonly settings: CacheSettings,
    warn: (text: string) => void,
    private readonly secrets: () => readonly string[] = () => [],
  ) {
    this.breaker = new HttpBreaker(settings.url, warn, settings.writes);
    if (!settings.reads) this.breaker.reads = false;
  }

  /** Whether results of others may be brought. */
  get reads(): boolean {
    return this.settings.reads && this.breaker.reads;
  }

  /** Whether results may be sent. */
  get writes(): boolean {
    return this.settings.writes && this.breaker.writes;
  }

  get url(): string {
    return this.settings.url;
  }

  /** Results that are to be asked for. */
  get open(): number {
    return this.reads ? this.questions.size : 0;
  }

  /** The result of some work, as far as that was asked; what was not is noted, for `ask`. */
  known(wanted: Wanted): TaskRecord | undefined {
    if (!this.reads) return undefined;
    const key = workKey(this.settings.namespace, wanted);
    const answer = this.answers.get(key);
    if (answer === undefined) this.questions.set(key, wanted);
    return answer === undefined || answer === 'none' ? undefined : answer.record;
  }

  /** Whether a result of a task is still to be asked for. */
  asks(task: string): boolean {
    return this.reads && [...this.questions.values()].some((wanted) => wanted.task === task);
  }

  /**
   * Asks for what was noted.
   * @param goesOn asked before each request; what is left then stays noted
   * @returns whether anything was found
   */
  async ask(goesOn: () => boolean = () => true): Promise<boolean> {
    if (this.open === 0) return false;
    const { store } = await this.opening();
    let found = false;
    await inParallel([...this.questions], asksAtATime, async ([key, wanted]) => {
      if (!this.asking.has(key) && !goesOn()) return;
      // Another task may have asked for this one as well: both wait for the one answer.
      const answering = this.asking.get(key) ?? this.answer(key, wanted, store);
      this.asking.set(key, answering);
      if (await answering) found = true;
    });
    return found;
  }

  /** Asks for one result; whatever happens, it is then not asked for again. */
  private async answer(key: string, wanted: Wanted, store: HttpStore): Promise<boolean> {
    let former: Former | undefined;
    try {
      if (this.breaker.reads) former = await store.find(wanted);
    } finally {
      this.answers.set(key, former ?? 'none');
      this.questions.delete(key);
      this.asking.delete(key);
    }
    return former !== undefined;
  }

  async find(wanted: Wanted): Promise<Former | undefined> {
    if (!this.reads) return undefined;
    const key = workKey(this.settings.namespace, wanted);
    const answer = this.answers.get(key) ?? (await (await this.opening()).store.find(wanted)) ?? 'none';
    this.answers.set(key, answer);
    return answer === 'none' ? undefined : answer;
  }

  /** Whether there is an entry for some work. */
  async has(wanted: Wanted): Promise<boolean> {
    return this.breaker.open && (await (await this.opening()).store.has(wanted));
  }

  /** Of some work, for which there is an entry. */
  async hasAll(list: readonly Wanted[]): Promise<boolean[]> {
    return inParallel(list, asksAtATime, (wanted) => this.has(wanted));
  }

  /** Whether the server does not do its part any more. */
  get failed(): boolean {
    return !this.breaker.open;
  }

  async fetch(blob: Blob, to: string): Promise<boolean> {
    return this.reads && (await (await this.opening()).store.fetch(blob, to));
  }

  async keep(wanted: Wanted, record: TaskRecord, at: (path: string) => string): Promise<boolean> {
    if (!this.writes) return false;
    const { store } = await this.opening();
    const kept = await store.keep(wanted, record, at);
    if (kept) this.answers.delete(workKey(this.settings.namespace, wanted));
    return kept;
  }

  async forget(wanted: Wanted): Promise<void> {
    this.answers.set(workKey(this.settings.namespace, wanted), 'none');
    if (this.opened !== undefined) (await this.opened).store.forget(wanted);
  }

  /** Sends a result in the background, when it can be shared. What cannot be sent is not, and nobody waits for it here. */
  offer(task: Task, record: TaskRecord, at: (path: string) => string): void {
    if (!this.writes || whyNotShared(task, record) !== undefined) return;
    const wanted = wantedOf(task, record.parts);
    this.waiting.push(async () => {
      try {
        if (await this.keep(wanted, record, at)) this.sent++;
      } catch {
        // A file is gone or cannot be read: then it is none of this result any more.
      }
    });
    this.sendNext();
  }

  private sendNext(): void {
    while (this.sending < sendsAtATime) {
      const next = this.waiting.shift();
      if (next === undefined) break;
      this.sending++;
      void next().then(() => {
        this.sending--;
        this.sendNext();
      });
    }
    if (this.sending === 0 && this.waiting.length === 0) this.whenSent?.();
  }

  /** Waits until what was offered is sent. After so long what is left is given up, and said. */
  async drain(limitMs: number): Promise<void> {
    const left = (): number => this.waiting.length + this.sending;
    if (left() > 0 && limitMs > 0) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.whenSent = resolve;
        if (limitMs < Number.POSITIVE_INFINITY) timer = setTimeout(resolve, limitMs);
      });
      clearTimeout(timer);
      this.whenSent = undefined;
    }
    if (left() === 0) return this.breaker.over();
    if (this.writes)
      this.breaker.say('left', `${left()} results could not be sent in time, and are not there`);
    this.waiting.length = 0;
    this.breaker.writes = false;
    (await this.opened)?.connection.close();
  }

  private opening(): Promise<{ store: HttpStore; connection: HttpConnection }> {
    this.opened ??= this.openNow();
    return this.opened;
  }

  private async openNow(): Promise<{ store: HttpStore; connection: HttpConnection }> {
    const [{ HttpConnection }, { HttpStore }, { SecretScan }] = await Promise.all([
      import('./http-connection.ts'),
      import('./http-store.ts'),
      import('./secret-scan.ts'),
    ]);
    const { breaker } = this;
    const connection = new HttpConnection(this.settings);
    const { namespace, signer, trust } = this.settings;
    const scan = new SecretScan([...this.secrets(), ...this.settings.credentials]);
    const how = { connection, breaker, namespace, scan, signer, trust, matches: globMatches };
    return { connection, store: new HttpStore(how) };
  }
}
