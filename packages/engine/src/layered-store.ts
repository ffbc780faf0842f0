// A LayeredStore is two stores, of which the near one is asked first: the folder of a workspace, and a server behind it.
import type { TaskRecord } from '@evalmake/core';
import type { Blob, Former, Store, Wanted } from './store.ts';

/** Two stores as one. */
export class LayeredStore implements Store {
  constructor(
    private readonly near: Store,
    private readonly far: Store,
  ) {}

  async find(wanted: Wanted): Promise<Former | undefined> {
    return (await this.near.find(wanted)) ?? (await this.far.find(wanted));
  }

  async fetch(blob: Blob, to: string): Promise<boolean> {
    return (await this.near.fetch(blob, to)) || (await this.far.fetch(blob, to));
  }

  async keep(wanted: Wanted, record: TaskRecord, at: (path: string) => string): Promise<boolean> {
    const near = await this.near.keep(wanted, record, at);
    return (await this.far.keep(wanted, record, at)) || near;
  }

  async forget(wanted: Wanted): Promise<void> {
    await this.near.forget(wanted);
    await this.far.forget(wanted);
  }
}
