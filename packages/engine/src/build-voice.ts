// The BuildVoice tells the events of a build, each with its time.
import type { Event, Plan } from '@evalmake/core';
import type { Outbox } from './outbox.ts';
import { blockedEvent } from './planned.ts';
import { isoTime } from './workspace.ts';

/** Tells events in order. */
export class BuildVoice {
  constructor(
    private readonly outbox: Outbox,
    private readonly nowMs: () => number,
  ) {}

  /** The time now, ISO 8601. */
  now(): string {
    return isoTime(this.nowMs());
  }

  emit(event: Event): void {
    this.outbox.push(event);
  }

  /** Says something about the build as a whole. */
  say(event: 'note' | 'warn', text: string): void {
    this.emit({ event, at: this.now(), text });
  }

  /** Tells tasks that cannot be built. */
  blocked(plan: Plan, indexes: readonly number[]): void {
    for (const index of indexes) this.emit(blockedEvent(plan, index, this.now()));
  }
}
