// Spending is what this process has paid so far, by task: what a budget is held against while a build runs.
import {
  type Decision,
  type Money,
  noSavings,
  noteRows,
  type Savings,
  type Spending,
  spared,
  type Task,
  usdPerRow,
} from '@evalmake/core';

/** Grows with every payment. */
export class Spent implements Spending {
  total: Money = 0;
  readonly byTask = new Map<string, Money>();
  private readonly savings = new Map<string, Savings>();

  /** What rows would have cost that did not have to be asked again, each of them once, and none that it has asked itself. */
  get saved(): Money {
    return [...this.savings.values()].reduce((sum, one) => sum + spared(one).saves, 0);
  }

  /** Counts the rows of a task that starts. */
  starts({ target }: Task, { estimate, rows }: Decision): void {
    if (estimate === undefined || rows === undefined || estimate.price.perRow === 0) return;
    noteRows(this.savingsOf(target.name), rows, usdPerRow(estimate));
  }

  /** Counts the rows of an attempt, which may have been begun by an earlier build: whoever reuses them spares nothing. */
  asked(target: string, keys: Iterable<string>): void {
    const { asked } = this.savingsOf(target);
    for (const key of keys) asked.add(key);
  }

  private savingsOf(target: string): Savings {
    const known = this.savings.get(target);
    if (known !== undefined) return known;
    const made = noSavings();
    this.savings.set(target, made);
    return made;
  }

  /** Counts a payment. */
  add(task: string, amount: Money): void {
    this.total += amount;
    this.byTask.set(task, (this.byTask.get(task) ?? 0) + amount);
  }
}
