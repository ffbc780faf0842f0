// The Watch follows all jobs at once: results by reading folders, states by one query for all of them, less often as time passes.
import { join } from 'node:path';
import { readFileSync } from '../fs.ts';
import type { StartTimer } from '../timer.ts';
import type { ClusterFacts, JobLine, SlurmCommands } from './commands.ts';
import { askAgain, type Element, refresh } from './element.ts';
import { slurmDir } from './folders.ts';
import { Hearing } from './hearing.ts';
import { readResult } from './result.ts';
import { isKnownState, meaningOf, stuckText } from './states.ts';
import { judge, type Patience } from './verdict.ts';

/** How often is looked, milliseconds: the least when something has just happened, the most after a long while. */
export interface Pace {
  readonly lookMs: number;
  readonly lookMostMs: number;
  readonly queryMs: number;
  readonly queryMostMs: number;
}

/** What watching needs. */
export interface WatchOptions {
  readonly root: string;
  readonly commands: SlurmCommands;
  readonly timer: StartTimer;
  readonly nowMs: () => number;
  readonly pace: Pace;
  readonly patience: Patience;
  readonly facts: () => Promise<ClusterFacts | undefined>;
}

/** By how much longer it is waited each time that nothing has happened. */
const slower = 1.3;
/** How much of the time may go into looking, and how much of a controller's into answering: one part in so many. */
const share = 20;
/** Between two attempts to cancel a job that goes on. */
const cancelAgainMs = 10_000;
/** How long a job that was to be killed is waited for. */
const killMs = 60_000;

/** Follows jobs until each is over. */
export class Watch {
  private readonly elements = new Set<Element>();
  private running = false;
  private lookMs: number;
  private queryMs: number;
  private askedMs = Number.NEGATIVE_INFINITY;
  /** How long the last look took, and the last query. */
  private lookedMs = 0;
  private answeredMs = 0;
  /** The longest between two queries: without accounting Slurm forgets after a while how a job ended. */
  private mostMs: number;
  private readonly hearing: Hearing;
  private hurried = false;
  private cancelTimer: (() => void) | undefined;
  private demanded = false;
  private cancelledMs = Number.NEGATIVE_INFINITY;
  private cancelFailed = false;
  private silent = 0;
  private readonly strange = new Set<string>();

  constructor(private readonly options: WatchOptions) {
    this.lookMs = options.pace.lookMs;
    this.queryMs = options.pace.queryMs;
    this.mostMs = options.pace.queryMostMs;
    this.hearing = new Hearing(options.nowMs);
  }

  /** Follows more jobs. */
  add(elements: readonly Element[]): void {
    for (const element of elements) this.elements.add(element);
    this.happened();
    if (!this.running && this.elements.size > 0) {
      this.running = true;
      this.later();
    }
  }

  /** Something has happened, or is to: it is looked again soon. */
  happened(): void {
    this.lookMs = this.options.pace.lookMs;
    this.queryMs = this.options.pace.queryMs;
    this.demanded = true;
  }

  /** Somebody wants something of a job: it is looked at once, however seldom it is looked by now. */
  hurry(): void {
    this.happened();
    if (this.hurried) return;
    this.hurried = true;
    if (this.cancelTimer !== undefined) this.later();
  }

  /** Follows nothing any more: what runs goes on unseen. */
  abandon(): void {
    this.elements.clear();
  }

  private later(): void {
    const { lookMostMs, queryMostMs } = this.options.pace;
    const least = this.hurried ? 0 : Math.min(queryMostMs, this.lookedMs * share);
    this.cancelTimer?.();
    this.cancelTimer = this.options.timer(Math.max(this.lookMs, least), () => void this.look());
    this.lookMs = Math.min(lookMostMs, this.lookMs * slower);
  }

  private async look(): Promise<void> {
    this.cancelTimer = undefined;
    this.hurried = false;
    const began = performance.now();
    this.hearing.listen(this.elements);
    this.readResults();
    this.lookedMs = performance.now() - began;
    await this.cancel();
    if (this.isDue()) await this.query();
    for (const element of this.elements) this.judge(element);
    for (const element of this.elements) if (element.isOver) this.elements.delete(element);
    this.running = this.elements.size > 0;
    if (this.running) this.later();
  }

  private isDue(): boolean {
    const since = this.options.nowMs() - this.askedMs;
    const least = Math.max(this.options.pace.queryMs, Math.min(this.mostMs, this.answeredMs * share));
    return since >= Math.max(least, this.demanded ? 0 : this.queryMs);
  }

  /** One look into the folder of each array tells which of its jobs have ended; looking makes NFS ask again. */
  private readResults(): void {
    const arrays = new Map<string, Set<string>>();
    for (const element of this.elements) {
      if (element.result !== undefined) continue;
      const { name, index, token } = element.submission;
      const dir = join(this.options.root, slurmDir, name, 'done');
      const done = arrays.get(name) ?? new Set(refresh(dir));
      arrays.set(name, done);
      if (!done.has(String(index))) continue;
      element.result = readResult(join(dir, String(index)), token);
      if (element.result !== undefined) this.happened();
    }
  }

  private async query(): Promise<void> {
    const { commands, nowMs, pace } = this.options;
    const asked = [...this.elements];
    this.askedMs = nowMs();
    this.demanded = false;
    const known = await this.options.facts();
    const began = nowMs();
    const queue = await commands.queue();
    this.answeredMs = nowMs() - began;
    const forgets = known === undefined || known.accounting ? Number.POSITIVE_INFINITY : known.minJobAgeMs;
    this.mostMs = Math.min(pace.queryMostMs, forgets / 3);
    this.queryMs = Math.min(this.mostMs, this.queryMs * slower);
    if (queue === undefined) {
      if (++this.silent === 3)
        asked[0]?.remote.tell('note', 'Slurm does not answer; its jobs are waited for all the same');
      for (const element of asked) if (element.remote.detach) element.leave('a Slurm job');
      return;
    }
    this.silent = 0;
    const absent = this.match(asked, queue);
    if (absent.length > 0 && known?.accounting === true) await this.askAccounting(absent);
    await this.explain(asked);
  }

  /** Gives each job its line; a line with another name is another's, whatever its id. Gives those without one. */
  private match(asked: readonly Element[], queue: readonly JobLine[]): Element[] {
    const lines = new Map<string, JobLine>();
    for (const line of queue) {
      const key = `${line.name} ${line.index}`;
      const before = lines.get(key);
      // Of an array that was submitted twice, one of two runs the command: the other ends at once.
      if (before === undefined || meaningOf(before.state).kind === 'ended') lines.set(key, line);
    }
    const absent: Element[] = [];
    for (const element of asked) {
      const { name, index } = element.submission;
      const line = lines.get(`${name} ${index}`);
      if (line !== undefined) this.see(element, line);
      else {
        if (element.absent++ === 0) element.absentSinceMs = this.options.nowMs();
        // What Slurm once called over stays so: it only forgets.
        if (element.overSinceMs === undefined) element.state = undefined;
        absent.push(element);
      }
    }
    return absent;
  }

  private async askAccounting(elements: readonly Element[]): Promise<void> {
    const ids = [...new Set(elements.flatMap((e) => e.submission.id ?? []))];
    const told = ids.length === 0 ? undefined : await this.options.commands.account(ids);
    const lines = new Map((told ?? []).reverse().map((line) => [`${line.name} ${line.index}`, line]));
    for (const element of elements) {
      const { name, index } = element.submission;
      const line = lines.get(`${name} ${index}`);
      if (line !== undefined) this.see(element, line);
    }
  }

  private see(element: Element, line: JobLine): void {
    const { state, reason } = line;
    element.absent = 0;
    element.exit = line.exit ?? element.exit;
    if (element.submission.id !== line.id) element.submission = { ...element.submission, id: line.id };
    if (!isKnownState(state) && !this.strange.has(state)) {
      this.strange.add(state);
      element.remote.tell('note', `Slurm says ${state}, which this evalmake does not know: it is waited for`);
    }
    if (state !== element.state) this.happened();
    const stuck = state === 'PENDING' ? stuckText(reason) : undefined;
    if (stuck !== undefined && reason !== element.reason)
      element.remote.tell('warn', `job ${element.id} waits: ${stuck}`);
    element.reason = reason;
    element.state = state;
    if (meaningOf(state).kind !== 'going') element.overSinceMs ??= this.options.nowMs();
  }

  /** Of jobs that failed and left no result: what Slurm itself says. */
  private async explain(elements: readonly Element[]): Promise<void> {
    for (const element of elements) {
      const { state, id, result, exit } = element;
      if (state !== 'FAILED' || id === undefined || result !== undefined || exit !== undefined) continue;
      if (/exceeded (?:job )?memory limit|oom[-_ ]kill/i.test(this.slurmSays(element)))
        element.state = 'OUT_OF_MEMORY';
      else element.exit = await this.options.commands.exitOf(id);
    }
  }

  private slurmSays({ submission: { name, index } }: Element): string {
    try {
      return readFileSync(join(this.options.root, slurmDir, name, `${index}.slurm`), 'utf8').slice(-4096);
    } catch {
      return ''; // It said nothing.
    }
  }

  private judge(element: Element): void {
    if (element.isOver) return;
    const { nowMs, patience } = this.options;
    const verdict = judge(element.evidence(nowMs()), patience);
    if (verdict.kind === 'going') {
      if (element.remote.detach && (element.state !== undefined || element.told !== undefined))
        element.leave('a Slurm job');
      else this.giveUp(element);
      return;
    }
    if (verdict.kind === 'cut') element.hear(this.slurmSays(element));
    const missing = verdict.kind === 'done' ? element.unseen() : undefined;
    if (missing !== undefined && this.waitsFor(element, missing)) return;
    const node = verdict.kind === 'done' && verdict.result.code === 0 ? verdict.result.node : undefined;
    const text = `${missing} was written on ${node} and cannot be seen here`;
    const late = missing !== undefined && node !== undefined;
    element.finish(late ? { kind: 'cut', failure: 'output-missing', text } : verdict);
  }

  /** Whether a file that a node wrote is still waited for. */
  private waitsFor(element: Element, missing: string): boolean {
    const { nowMs, patience } = this.options;
    element.settlingMs ??= nowMs();
    askAgain(missing);
    this.lookMs = Math.min(this.lookMs, 1000);
    return nowMs() - element.settlingMs < patience.resultMs;
  }

  /** Cancels those that were told to end, again and again until Slurm calls them over. */
  private async cancel(): Promise<void> {
    const { nowMs, commands } = this.options;
    const told = [...this.elements].filter((e) => e.told !== undefined && e.overSinceMs === undefined);
    const fresh = told.some((e) => (e.told?.atMs ?? 0) > this.cancelledMs);
    if (told.length === 0 || (!fresh && nowMs() - this.cancelledMs < cancelAgainMs)) return;
    this.cancelledMs = nowMs();
    const jobs = told.flatMap(({ submission: { id, index } }) => (id === undefined ? [] : [{ id, index }]));
    this.cancelFailed = jobs.length > 0 && !(await commands.cancel(jobs));
    if (!this.cancelFailed) for (const element of told) this.endUnbegun(element);
    this.happened();
  }

  /** Ends a job that was cancelled while it waited: Slurm may forget it at once, and would never call it over. */
  private endUnbegun(element: Element): void {
    if (element.isOver || element.result !== undefined || element.state === 'RUNNING') return;
    if (!element.claim()) return;
    element.finish({ kind: 'cut', failure: 'cancelled', text: 'the job was cancelled' }, false);
  }

  /** One that was to be killed and whose end nobody tells is left: the next build finds it. */
  private giveUp(element: Element): void {
    const { told } = element;
    if (told?.signal !== 'SIGKILL') return;
    if (!this.cancelFailed && this.options.nowMs() - told.atMs < killMs) return;
    element.remote.tell('warn', `job ${element.id} could not be cancelled; the next build finds it`);
    element.leave('a Slurm job that could not be cancelled');
  }
}
