// The BuildOutput shows a build as it goes: on a terminal with a live area, elsewhere in lines, and tells failures last.
import { type Event, type MoneyDocument, money, moneyText, type Reason } from '@evalmake/core';
import { askAdvice } from '../explain.ts';
import { moneyLines } from '../explain-money.ts';
import { count, oneLine } from '../style.ts';
import { type BuildState, familyOf, newBuildState, takeEvent } from './build-state.ts';
import { noTaskbarProgress, taskbarProgress } from './control.ts';
import { displayWidth } from './display-width.ts';
import { type EndingLook, endingLines } from './ending.ts';
import { whyText } from './failure-block.ts';
import { frame } from './frame.ts';
import { harmless } from './github-actions.ts';
import { ascii, asciiGlyphs, unicodeGlyphs } from './glyphs.ts';
import { beatText, Heartbeat } from './heartbeat.ts';
import { type Clock, LiveArea } from './live-area.ts';
import { familyLine, type LineLook, type OutcomeEvent, plainLine, terminalLine } from './outcome-lines.ts';
import { obstacles, openingLine } from './plan-lines.ts';
import type { TerminalKind } from './terminal-kind.ts';
import type { Eta } from './time-text.ts';

/** Where and how a build is shown. */
export interface BuildOutputOptions extends EndingLook {
  readonly kind: TerminalKind;
  readonly write: (text: string) => void;
  readonly columns: () => number;
  readonly rows: () => number;
  readonly quiet: boolean;
  /** Time since its user began to wait. */
  readonly clock: Clock;
  readonly eta: () => Eta | undefined;
  /** Whether what the plan costs was told already. */
  readonly moneyTold?: () => boolean;
}

/** A target with more open tasks is one line on a terminal. */
const foldAbove = 12;
/** How many tasks of such a target are shown that a person must decide. */
const shownAsks = 3;

const longestName = 40;
const roomForResult = 24;

/** Shows a build. */
export class BuildOutput {
  private readonly state: BuildState = newBuildState();
  private readonly live: LiveArea | undefined;
  private heartbeat: Heartbeat | undefined;
  private readonly look: LineLook & { nameWidth: number };
  private moneySaid = '';
  private taskbarSaid = '';
  /** What tasks that wait have said. */
  private readonly said = new Map<string, string>();

  constructor(private readonly options: BuildOutputOptions) {
    const { kind, paint, clock, quiet } = options;
    const glyphs = kind.unicode ? unicodeGlyphs : asciiGlyphs;
    this.look = { paint, glyphs, nameWidth: 8 };
    if (!kind.live || quiet) return;
    this.live = new LiveArea({
      write: options.write,
      columns: options.columns,
      rows: options.rows,
      clock,
      reflows: kind.reflows,
      frame: () =>
        frame(this.state, {
          columns: options.columns(),
          rows: options.rows(),
          nowMs: clock.nowMs(),
          paint,
          glyphs,
          eta: options.eta(),
          foldAbove: this.foldAbove,
        }),
      ...(kind.taskbar ? { beside: () => this.taskbar() } : {}),
    });
  }

  /** Takes an event in. */
  show(event: Event): void {
    takeEvent(this.state, event, this.options.clock.nowMs());
    const { paint, verbose, quiet } = this.options;
    switch (event.event) {
      case 'planned':
        this.planned(event);
        break;
      case 'replanned':
        if (verbose)
          this.say(`what ${oneLine(event.because)} makes or asks is known: ${count(event.tasks, 'task')}`);
        this.money(event.money);
        break;
      case 'started':
        if (verbose)
          this.say(
            `${paint.dim('start')} ${oneLine(event.task)} ${paint.dim(oneLine(whyText(event.reasons)))}`,
          );
        break;
      case 'cost':
        if (verbose) this.say(`${paint.dim('paid')} ${oneLine(event.task)} ${moneyText(money(event.usd))}`);
        break;
      case 'progress':
        break;
      case 'waiting':
        if (!quiet && this.live === undefined) this.waits(event);
        break;
      case 'note':
      case 'warn':
        this.remark(event);
        break;
      case 'ended':
        this.end(event);
        return;
      default:
        this.outcome(event);
    }
    this.live?.touch();
  }

  /** Says something that is no event. */
  say(text: string): void {
    if (this.live !== undefined) this.live.print(this.shown(text));
    else this.options.write(`${this.options.kind.github ? harmless(text) : this.shown(text)}\n`);
    this.heartbeat?.heard();
  }

  /** Something else was written to the terminal. */
  forget(): void {
    this.live?.forget();
  }

  /** The terminal has another size. */
  resized(): void {
    this.live?.resized();
  }

  /** How many commands run. */
  get running(): number {
    return this.state.running.size;
  }

  /** Leaves the terminal as it should be found: without a live area, and without progress on its task bar. */
  close(): void {
    this.state.going = false;
    this.heartbeat?.end();
    this.live?.close();
  }

  private get foldAbove(): number {
    return this.options.verbose ? Number.POSITIVE_INFINITY : foldAbove;
  }

  private shown(text: string): string {
    return this.options.kind.unicode ? text : ascii(text);
  }

  private planned(event: Extract<Event, { event: 'planned' }>): void {
    const { state, options } = this;
    for (const { id, target } of event.tasks)
      this.makeRoom(familyOf(state, id).size > this.foldAbove ? target : id);
    if (this.live !== undefined && state.going) this.say(openingLine(state, options.eta()));
    for (const line of obstacles(event, options)) this.say(line);
    if (options.moneyTold?.()) this.moneySaid = moneyLines(event.money).join('\n');
    else this.money(event.money);
    if (this.live === undefined && state.going && !options.quiet)
      this.heartbeat = new Heartbeat(options.clock, () =>
        this.say(beatText(state, options.clock.nowMs(), options.eta())),
      );
  }

  /** Lines of results begin at one column, behind the longest name that is not out of all proportion. */
  private makeRoom(name: string): void {
    const most = Math.min(longestName, this.options.columns() - roomForResult);
    const width = displayWidth(oneLine(name));
    if (width <= most) this.look.nameWidth = Math.max(this.look.nameWidth, width);
  }

  /** What it would cost; said again only when it is known better. */
  private money(made: MoneyDocument | undefined): void {
    const lines = moneyLines(made);
    const text = lines.join('\n');
    if (text !== this.moneySaid && !this.options.quiet) for (const line of lines) this.say(oneLine(line));
    this.moneySaid = text;
  }

  /** Said once per job and text: it may be looked at for a whole day. */
  private waits({ task, until, text, jobs }: Extract<Event, { event: 'waiting' }>): void {
    const names = jobs.map((job) => `${job.provider} ${job.id}`).join(', ');
    const said = `${text}${names === '' ? '' : ` (${names})`}`;
    if (this.said.get(task) !== said) {
      const at = `looked at again at ${until.slice(11, 19)} UTC`;
      const word = this.options.paint.cyan('waiting');
      this.say(`${this.counter()} ${word} ${oneLine(task)} ${oneLine(said)}, ${at}`);
    }
    this.said.set(task, said);
  }

  private remark(event: Extract<Event, { event: 'note' | 'warn' }>): void {
    const { paint, quiet } = this.options;
    if (quiet && event.event === 'note') return;
    const head = event.event === 'warn' ? paint.yellow('warning') : paint.dim('note');
    const task = event.task === undefined ? '' : `${oneLine(event.task)}: `;
    this.say(`${head} ${task}${oneLine(event.text)}`);
  }

  private outcome(event: OutcomeEvent): void {
    const { paint, quiet } = this.options;
    if (event.event === 'failed' && event.retry) {
      this.say(`${paint.yellow('retry')} ${oneLine(event.task)}: ${oneLine(event.message)}`);
      return;
    }
    if (quiet && event.event !== 'failed') return;
    if (this.live === undefined) this.say(plainLine(event, this.counter(), paint));
    else if (!this.folded(event)) {
      this.makeRoom(event.task);
      this.say(terminalLine(event, this.look));
    }
    if (event.event === 'blocked' && event.verdict === 'ask') this.advise(event.task, event.reasons);
    const family = familyOf(this.state, event.task);
    if (this.live !== undefined && family.size > this.foldAbove && family.settled >= family.size)
      this.say(familyLine(family, this.look));
  }

  /** Whether an event is told by the line of its family alone; failures and questions are not. */
  private folded(event: OutcomeEvent): boolean {
    const family = familyOf(this.state, event.task);
    if (family.size <= this.foldAbove) return false;
    if (event.event === 'failed') return event.reason === 'stopped';
    return event.event !== 'blocked' || event.verdict !== 'ask' || (family.outcomes.ask ?? 0) > shownAsks;
  }

  /** What to type where a person must decide. */
  private advise(task: string, reasons: readonly Reason[]): void {
    const asks = familyOf(this.state, task).outcomes.ask ?? 0;
    if (this.live !== undefined && asks > shownAsks) return;
    for (const line of askAdvice(task, reasons)) this.say(`    ${oneLine(line)}`);
  }

  private counter(): string {
    const { settled, total } = this.state;
    return `[${settled.size}/${Math.max(total, settled.size)}]`;
  }

  private taskbar(): string {
    const { settled, total, failures, going } = this.state;
    const percent = (100 * settled.size) / Math.max(1, total, settled.size);
    const text = going ? taskbarProgress({ percent, failed: failures.size > 0 }) : noTaskbarProgress;
    if (text === this.taskbarSaid || (text === noTaskbarProgress && this.taskbarSaid === '')) return '';
    this.taskbarSaid = text;
    return text;
  }

  private end(event: Extract<Event, { event: 'ended' }>): void {
    const { state, options } = this;
    if (this.live !== undefined)
      for (const family of state.families.values())
        if (family.size > this.foldAbove && family.settled > 0 && family.settled < family.size)
          this.say(familyLine(family, this.look));
    this.close();
    const lines = endingLines(state, event, options).map((line) => this.shown(line));
    options.write(lines.map((line) => `${line}\n`).join(''));
  }
}
