// Payments are what one attempt of a task has told of costs: counted in the ledger the moment they are heard, each once.
import { type Estimate, type Event, money, moneyText, type Task, usdOf } from '@evalmake/core';
import type { ChildLine } from './child-lines.ts';
import { Failure } from './failure.ts';
import type { Ledger } from './ledger.ts';
import type { Spent } from './spending.ts';

/** What payments are counted with. */
export interface PaymentsOptions {
  readonly ledger: Ledger;
  readonly spending: Spent;
  readonly task: Task;
  /** What the attempt was expected to cost; undefined for a target that is not declared as paid. */
  readonly estimate: Estimate | undefined;
  readonly run: number;
  /** ISO 8601 in UTC. */
  readonly now: () => string;
  readonly emit: (event: Event) => void;
}

type CostLine = Extract<ChildLine, { kind: 'cost' }>;

/** Counts the payments of one attempt. */
export class Payments {
  /** Amounts by id, of this attempt. */
  private readonly said = new Map<string, number>();
  private usage = 0;
  private billed = 0;
  private heardAny = false;
  private lost: Error | undefined;

  constructor(private readonly options: PaymentsOptions) {}

  /** What the work of this attempt cost, by all that its command said, US dollars; undefined when it said nothing. */
  get usageUsd(): number | undefined {
    return this.heardAny ? usdOf(this.usage) : undefined;
  }

  /** What of it was paid now: not counted before, by whatever build. */
  get billedUsd(): number {
    return usdOf(this.billed);
  }

  /** Takes a line of the child protocol. False when it is not about costs. */
  heard(line: ChildLine): boolean {
    if (line.kind !== 'cost') return false;
    this.heardAny = true;
    if (line.id !== undefined && this.isRepeated(line.id, line.usd)) return true;
    this.usage += money(line.usd);
    if (line.id === undefined || !this.options.ledger.has(this.options.task.target.name, line.id))
      this.count(line);
    return true;
  }

  /** Whether this attempt has said so before. The first amount counts: another one is told, never believed. */
  private isRepeated(id: string, usd: number): boolean {
    const before = this.said.get(id);
    if (before === undefined) this.said.set(id, usd);
    else if (before !== usd) {
      const { task, now, emit } = this.options;
      const text = `the payment ${id} was counted as ${moneyText(money(before))} before: ${moneyText(money(usd))} is not counted`;
      emit({ event: 'warn', at: now(), task: task.id, text });
    }
    return before !== undefined;
  }

  private count({ usd, tokensIn, tokensOut, id }: CostLine): void {
    const { ledger, spending, task, estimate, run, now, emit } = this.options;
    const at = now();
    const named = id === undefined ? {} : { id };
    try {
      ledger.append({
        kind: 'paid',
        at,
        run,
        task: task.id,
        target: task.target.name,
        usd,
        in: tokensIn,
        out: tokensOut,
        ...named,
        ...expected(estimate),
      });
    } catch (error) {
      this.lost ??= error as Error;
      const text = `a payment of ${moneyText(money(usd))} could not be written down: ${(error as Error).message}`;
      emit({ event: 'warn', at, task: task.id, text });
    }
    spending.add(task.id, money(usd));
    this.billed += money(usd);
    emit({
      event: 'cost',
      at,
      task: task.id,
      usd,
      tokensIn,
      tokensOut,
      ...named,
      spentUsd: usdOf(spending.total),
    });
  }

  /**
   * Resolves when every payment heard so far is on disk. A task may count as done only after that.
   * @throws Failure when one could not be written
   */
  async durable(): Promise<void> {
    if (this.lost !== undefined) throw new Failure('publish', this.lost.message);
    if (!this.heardAny) return;
    try {
      await this.options.ledger.durable();
    } catch (error) {
      throw new Failure('publish', (error as Error).message);
    }
  }

  /** Brings the payments of a failed attempt to disk; what cannot be written is told. */
  flush(): void {
    if (!this.heardAny) return;
    try {
      this.options.ledger.flush();
    } catch (error) {
      const { task, now, emit } = this.options;
      emit({ event: 'warn', at: now(), task: task.id, text: (error as Error).message });
    }
  }

  /** Notes how good the estimate was, once the attempt has succeeded. */
  done(): void {
    const { ledger, task, estimate, run, now } = this.options;
    if (!this.heardAny || estimate === undefined || !Number.isFinite(estimate.money)) return;
    const { estimateUsd = 0, ...rows } = expected(estimate);
    try {
      ledger.append({
        kind: 'done',
        at: now(),
        run,
        task: task.id,
        target: task.target.name,
        usd: usdOf(this.usage),
        estimateUsd,
        listUsd: usdOf(estimate.listed),
        ...rows,
      });
    } catch {
      // Only estimates are made of it: the payments themselves are written.
    }
  }
}

function expected(estimate: Estimate | undefined): { readonly estimateUsd?: number; readonly rows?: number } {
  if (estimate === undefined || !Number.isFinite(estimate.money)) return {};
  return {
    estimateUsd: usdOf(estimate.money),
    ...(typeof estimate.rows === 'number' ? { rows: estimate.rows } : {}),
  };
}
