// The Heartbeat says once a minute that a build still goes on, where nothing is drawn and nothing else was said.
import { money, moneyText } from '@evalmake/core';
import { durationText, oneLine } from '../style.ts';
import type { BuildState } from './build-state.ts';
import type { Clock } from './live-area.ts';
import { type Eta, leftText } from './time-text.ts';

const silenceMs = 60_000;

/** `… 38/64 done, 8 running, longest score@17 41.0 s`. */
export function beatText(state: BuildState, nowMs: number, eta: Eta | undefined): string {
  const { settled, running, waiting, failures } = state;
  const [longest] = [...running.values()].sort((a, b) => a.sinceMs - b.sinceMs);
  const parts = [
    `${settled.size}/${Math.max(state.total, settled.size)} done`,
    failures.size > 0 ? `${failures.size} failed` : '',
    `${running.size} running`,
    waiting.size > 0 ? `${waiting.size} waiting` : '',
    longest === undefined ? '' : `longest ${oneLine(longest.task)} ${durationText(nowMs - longest.sinceMs)}`,
    state.spentUsd > 0 ? moneyText(money(state.spentUsd)) : '',
    leftText(eta),
  ];
  return `… ${parts.filter((part) => part !== '').join(', ')}`;
}

/** Beats after a minute without a line. */
export class Heartbeat {
  private saidMs: number;
  private cancel: (() => void) | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly beat: () => void,
  ) {
    this.saidMs = clock.nowMs();
    this.wait(silenceMs);
  }

  /** A line was written. */
  heard(): void {
    this.saidMs = this.clock.nowMs();
  }

  end(): void {
    this.cancel?.();
  }

  private wait(ms: number): void {
    this.cancel = this.clock.after(ms, () => {
      if (this.clock.nowMs() - this.saidMs >= silenceMs) {
        this.heard();
        this.beat();
      }
      this.wait(this.saidMs + silenceMs - this.clock.nowMs());
    });
  }
}
