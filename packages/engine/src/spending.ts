// Spending is what this process has paid so far, by task: what a budget is held against while a build runs.
import type { Money, Spending } from '@evalmake/core';

/** Grows with every payment. */
export class Spent implements Spending {
  total: Money = 0;
  /** What rows would have cost that did not have to be asked again. */
  saved: Money = 0;
  readonly byTask = new Map<string, Money>();

  /** Counts a payment. */
  add(task: string, amount: Money): void {
    this.total += amount;
    this.byTask.set(task, (this.byTask.get(task) ?? 0) + amount);
  }
}
