// Progress turns the events of a build into lines: finished ones scroll, a failure is told whole, one honest line closes.
import {
  type EndCounts,
  type Event,
  type MoneyDocument,
  money,
  moneyText,
  type Reason,
  reasonText,
} from '@evalmake/core';
import { askAdvice, reasonLine } from './explain.ts';
import { endMoneyText, moneyLines } from './explain-money.ts';
import { count, durationText, type Paint, printable } from './style.ts';

/** Where and how progress is shown. */
export interface ProgressOptions {
  readonly paint: Paint;
  readonly write: (text: string) => void;
  /** A status line that is rewritten: only on a terminal. */
  readonly live: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly columns: () => number;
  /** What the closing line ends with: where the result lies. */
  readonly where: () => string;
  /** Whether what the plan costs was told already. */
  readonly moneyTold?: () => boolean;
}

/** How many tasks of a target are shown that would cost more than may be spent. */
const shownDear = 3;

/** Shows a build as it goes. */
export class Progress {
  private readonly running = new Map<string, string>();
  private total = 0;
  private done = 0;
  private statusShown = false;
  private spentUsd = 0;
  private moneyText = '';
  /** What tasks that wait have said. */
  private readonly said = new Map<string, string>();
  private readonly failures: Extract<Event, { event: 'failed' }>[] = [];

  constructor(private readonly options: ProgressOptions) {}

  /** Takes an event in. */
  show(event: Event): void {
    if (event.event === 'planned') this.planned(event);
    else if (event.event === 'started') this.startedOne(event);
    else if (event.event === 'progress') {
      const text = event.text === '' ? '' : ` ${printable(event.text)}`;
      this.running.set(event.task, ` ${event.done}/${event.of}${text}`);
      this.status();
    } else if (event.event === 'failed') this.failed(event);
    else if (event.event === 'replanned') {
      this.total = this.done + event.open;
      if (this.options.verbose)
        this.line(`what ${event.because} makes or asks is known: ${count(event.tasks, 'task')}`);
      this.money(event.money);
    } else if (event.event === 'cost') this.cost(event);
    else if (event.event === 'waiting') this.waits(event);
    else if (event.event === 'ended') this.end(event);
    else this.settled(event);
  }

  /** Says something that is no event. */
  say(text: string): void {
    this.line(text);
  }

  /** Leaves the terminal as it should be found: without a status line. */
  close(): void {
    this.running.clear();
    this.clear();
  }

  private planned(event: Extract<Event, { event: 'planned' }>): void {
    const open = Object.entries(event.counts).filter(([verdict]) => verdict !== 'fresh' && verdict !== 'off');
    this.total = open.reduce((sum, [, n]) => sum + n, 0);
    this.warnAsks(event);
    if (this.options.moneyTold?.()) this.moneyText = moneyLines(event.money).join('\n');
    else this.money(event.money);
  }

  /** What it would cost; said again only when it is known better. */
  private money(made: MoneyDocument | undefined): void {
    const text = moneyLines(made).join('\n');
    if (text !== this.moneyText && text !== '' && !this.options.quiet) this.line(text);
    this.moneyText = text;
  }

  private startedOne(event: Extract<Event, { event: 'started' }>): void {
    const { paint, verbose } = this.options;
    this.running.set(event.task, '');
    if (verbose) this.line(`${paint.dim('start')} ${event.task} ${paint.dim(why(event.reasons))}`);
    this.status();
  }

  /** Said once per job and text: it may be looked at for a whole day. */
  private waits({ task, until, text, jobs }: Extract<Event, { event: 'waiting' }>): void {
    this.running.delete(task);
    const names = jobs.map((job) => `${job.provider} ${job.id}`).join(', ');
    const said = `${text}${names === '' ? '' : ` (${names})`}`;
    if (this.said.get(task) !== said && !this.options.quiet) {
      const at = `looked at again at ${until.slice(11, 19)} UTC`;
      this.line(`${this.counter()} ${this.options.paint.cyan('waiting')} ${task} ${printable(said)}, ${at}`);
    }
    this.said.set(task, said);
    this.status();
  }

  private cost({ task, usd, spentUsd }: Extract<Event, { event: 'cost' }>): void {
    this.spentUsd = spentUsd;
    if (this.options.verbose) this.line(`${this.options.paint.dim('paid')} ${task} ${moneyText(money(usd))}`);
    this.status();
  }

  /** What is dealt with, in one line that scrolls. */
  private settled(
    event: Extract<
      Event,
      { event: 'finished' | 'cut-off' | 'rechecked' | 'restored' | 'adopted' | 'blocked' | 'note' | 'warn' }
    >,
  ): void {
    const { paint, quiet } = this.options;
    if (event.event === 'note' || event.event === 'warn') {
      const head = event.event === 'warn' ? paint.yellow('warning') : paint.dim('note');
      const task = event.task === undefined ? '' : `${event.task}: `;
      if (!quiet || event.event === 'warn') this.line(`${head} ${task}${printable(event.text)}`);
      return;
    }
    if (event.event !== 'rechecked' || event.passed) this.settle(event.task);
    if (quiet) return;
    const lines: Readonly<Record<typeof event.event, () => readonly [string, string]>> = {
      finished: () => {
        const e = event as Extract<Event, { event: 'finished' }>;
        return [paint.green('done'), durationText(e.ms) + (e.changed ? '' : ', same content')];
      },
      'cut-off': () => [paint.dim('same'), 'its inputs came out equal'],
      restored: () => [paint.green('restored'), 'a former result, from the store'],
      rechecked: () => {
        const { passed } = event as Extract<Event, { event: 'rechecked' }>;
        return [passed ? paint.green('checked') : paint.yellow('check failed'), ''];
      },
      adopted: () => {
        const { reason } = event as Extract<Event, { event: 'adopted' }>;
        return [paint.yellow('adopted'), `because "${printable(reason)}"`];
      },
      blocked: () => {
        const { reasons, verdict } = event as Extract<Event, { event: 'blocked' }>;
        const word = verdict === 'ask' ? paint.red('ask') : paint.yellow(verdict);
        return [word, reasons.map((r) => printable(reasonText(r))).join('; ')];
      },
    };
    const [word, detail] = lines[event.event]();
    this.line(`${this.counter()} ${word} ${event.task} ${paint.dim(detail)}`.trimEnd());
    if (event.event === 'blocked' && event.verdict === 'ask') this.advise(event.task, event.reasons);
  }

  private warnAsks(event: Extract<Event, { event: 'planned' }>): void {
    const dear = new Map<string, number>();
    for (const task of event.tasks) {
      if (task.verdict !== 'ask' && !(task.verdict === 'blocked' && task.reasons.some((r) => r.root)))
        continue;
      // A target of many shards is one question of money, not one for each of them.
      if (task.reasons.some((r) => r.code === 'over-budget')) {
        const before = dear.get(task.target) ?? 0;
        dear.set(task.target, before + 1);
        if (before >= shownDear && !this.options.verbose) continue;
      }
      this.line(`${this.options.paint.red(task.verdict)} ${task.id}`);
      for (const reason of task.reasons) this.line(`    ${reasonLine(reason)}`);
      if (task.verdict === 'ask') this.advise(task.id, task.reasons);
    }
    for (const [target, n] of dear)
      if (n > shownDear && !this.options.verbose)
        this.line(`… and ${count(n - shownDear, 'more task')} of ${target} over budget`);
  }

  /** What to type where a person must decide. */
  private advise(task: string, reasons: readonly Reason[]): void {
    for (const line of askAdvice(task, reasons)) this.line(`    ${line}`);
  }

  private failed(event: Extract<Event, { event: 'failed' }>): void {
    const { paint } = this.options;
    if (event.retry) {
      this.running.delete(event.task);
      this.line(`${paint.yellow('retry')} ${event.task}: ${printable(event.message)}`);
      return;
    }
    this.settle(event.task);
    if (event.reason === 'stopped') {
      this.line(`${this.counter()} ${paint.yellow('stopped')} ${event.task}`);
      return;
    }
    this.failures.push(event);
    this.line(`${this.counter()} ${paint.red('FAILED')} ${event.task} ${printable(event.message)}`);
  }

  private settle(task: string): void {
    this.running.delete(task);
    this.done++;
  }

  private counter(): string {
    return this.options.paint.dim(`[${this.done}/${Math.max(this.total, this.done)}]`);
  }

  private line(text: string): void {
    this.clear();
    this.options.write(`${text}\n`);
    this.status();
  }

  private clear(): void {
    if (this.statusShown) this.options.write('\r\u001b[K');
    this.statusShown = false;
  }

  private status(): void {
    if (!this.options.live || this.running.size === 0) return;
    const names = [...this.running].map(([task, progress]) => task + progress);
    const paid = this.spentUsd === 0 ? '' : ` ${moneyText(money(this.spentUsd))}`;
    const text = `[${this.done}/${Math.max(this.total, this.done)}]${paid} running ${names.join(', ')}`;
    const room = Math.max(20, this.options.columns() - 1);
    this.options.write(`\r\u001b[K${text.length > room ? `${text.slice(0, room - 1)}…` : text}`);
    this.statusShown = true;
  }

  private end(event: Extract<Event, { event: 'ended' }>): void {
    const { paint } = this.options;
    this.close();
    for (const failure of this.failures) {
      this.options.write(
        `\n${paint.red('FAILED')} ${paint.bold(failure.task)}: ${printable(failure.message)}\n`,
      );
      for (const line of failure.tail ?? []) this.options.write(`    ${printable(line)}\n`);
      if (failure.log !== undefined) this.options.write(paint.dim(`    log: ${failure.log}\n`));
    }
    this.options.write(
      `${closingLine(event.counts, event.ms)}${endMoneyText(event.money)}${this.options.where()}\n`,
    );
  }
}

function why(reasons: readonly Reason[]): string {
  const first = reasons[0];
  if (first === undefined) return '';
  return `${reasonLine(first)}${reasons.length > 1 ? ` (and ${reasons.length - 1} more)` : ''}`;
}

/** The one line that closes a build: what ran, what was spared, what is wrong. */
export function closingLine(counts: EndCounts, ms: number): string {
  const parts = [
    counts.failed > 0 ? `${counts.failed} failed` : '',
    counts.blocked > 0 ? `${counts.blocked} blocked` : '',
    counts.ask > 0 ? `${counts.ask} to decide` : '',
    (counts.waiting ?? 0) > 0 ? `${counts.waiting} waiting: evalmake goes on when it is called again` : '',
    counts.ran > 0 ? `${counts.ran} ran` : '',
    counts.rechecked > 0 ? `${counts.rechecked} rechecked` : '',
    (counts.restored ?? 0) > 0 ? `${counts.restored} restored` : '',
    counts.cutOff > 0 ? `${counts.cutOff} cut off` : '',
    counts.notStarted > 0 ? `${counts.notStarted} not started` : '',
    counts.fresh > 0 ? `${counts.fresh} fresh` : '',
    counts.off > 0 ? `${counts.off} off` : '',
  ].filter((p) => p !== '');
  const nothing =
    counts.ran +
      counts.failed +
      counts.rechecked +
      (counts.restored ?? 0) +
      counts.cutOff +
      counts.notStarted +
      counts.blocked +
      counts.ask +
      (counts.waiting ?? 0) ===
    0;
  const head = nothing
    ? 'evalmake: everything is fresh, nothing ran'
    : counts.failed + counts.blocked + counts.ask > 0
      ? 'evalmake: not done'
      : (counts.waiting ?? 0) > 0
        ? 'evalmake: not yet'
        : counts.notStarted > 0
          ? 'evalmake: stopped'
          : 'evalmake: done';
  return `${head}${parts.length === 0 ? '' : ` (${parts.join(', ')})`} in ${durationText(ms)}`;
}
