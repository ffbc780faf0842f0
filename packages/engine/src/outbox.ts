// The Outbox keeps events in their order although some may be told only when a write is durable.
import type { Event } from '@evalmake/core';

interface Item {
  readonly event: Event;
  ready: boolean;
}

/** Passes events on, each after all before it. */
export class Outbox {
  private readonly items: Item[] = [];

  constructor(private readonly emit: (event: Event) => void) {}

  /** Tells an event, after those that still wait. */
  push(event: Event): void {
    this.items.push({ event, ready: true });
    this.drain();
  }

  /** Tells an event when a write has succeeded; when it fails, the event is dropped. */
  pushWhen(written: Promise<void>, event: Event): void {
    const item: Item = { event, ready: false };
    this.items.push(item);
    written.then(
      () => {
        item.ready = true;
        this.drain();
      },
      () => {
        this.items.splice(this.items.indexOf(item), 1);
        this.drain();
      },
    );
  }

  private drain(): void {
    while (this.items[0]?.ready === true) this.emit((this.items.shift() as Item).event);
  }
}
