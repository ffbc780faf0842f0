// The WatchVoice is what a watch says between builds: what changed and when, what it would cost, what can be pressed.
import { causesOf, type Event, type Plan, reportCauses } from '@evalmake/core';
import { sourcesOf } from './explanation.ts';
import type { Options } from './options.ts';
import { causeLine } from './render-explanation.ts';
import { usd } from './report/words.ts';
import type { Session } from './session.ts';
import { count, type Paint, paint, useColor } from './style.ts';
import { keysText } from './watch-keys.ts';

const shownCauses = 4;

/** Speaks on standard error, never with --json or --quiet. */
export class WatchVoice {
  private readonly silent: boolean;
  private readonly paint: Paint;

  constructor(
    options: Options,
    private readonly now: () => Date = () => new Date(),
  ) {
    this.silent = options.json || options.quiet;
    const isTty = process.stderr.isTTY === true;
    this.paint = paint(useColor({ when: options.color, env: process.env, isTty }));
  }

  say(text: string): void {
    if (!this.silent) process.stderr.write(`${text}\n`);
  }

  /** What a build that begins is about; nothing when nothing is stale. */
  async changed(session: Session, plan: Plan): Promise<void> {
    if (this.silent) return;
    // That it costs more than a watch may spend is told when it waits, with the price.
    const causes = causesOf(plan).filter((cause) => cause.code !== 'over-budget');
    const told = reportCauses(plan, causes.slice(0, shownCauses), await sourcesOf(session, plan, causes));
    const more = causes.length - told.length;
    for (const cause of told) {
      const where = cause.where === undefined ? '' : this.paint.dim(` (${cause.where})`);
      this.say(`${this.paint.dim(this.time())} ${causeLine(cause, this.paint)}${where}`);
    }
    if (more > 0) this.say(`${this.paint.dim(this.time())} … and ${count(more, 'more cause')}`);
  }

  /**
   * Says that a build left something out because it would cost more than a watch may spend.
   * @returns US dollars that a person agrees to who asks for it now; 0 when nothing was left out
   */
  costs(events: readonly Event[], { budget, keys }: { budget: number; keys: boolean }): number {
    const money = events.findLast((e) => e.event === 'planned' || e.event === 'replanned')?.money;
    if (money === undefined || !money.asks) return 0;
    const most = money.atMostUsd > 0 ? `would cost at most ${usd(money.atMostUsd)}` : 'would cost something';
    const over =
      budget > 0 ? `over the watch budget of ${usd(budget)}` : 'and a watch spends nothing by itself';
    this.say(`${most}, ${over}: ${keys ? 'press b' : 'run evalmake, or give --watch-budget'} to build it`);
    return money.atMostUsd;
  }

  /** That it waits now. */
  waiting(followed: number, keys: boolean): void {
    this.say(
      keys
        ? this.paint.dim(`watching ${count(followed, 'path')} · ${keysText}`)
        : 'evalmake: watching for changes; Ctrl-C ends',
    );
  }

  private time(): string {
    const at = this.now();
    const two = (n: number): string => String(n).padStart(2, '0');
    return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  }
}
