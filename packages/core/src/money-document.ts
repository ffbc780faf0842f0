// A MoneyDocument is PlanMoney, what a plan would cost per target and in all, as programs read it: in US dollars.
import { type Money, usdOf } from './money.ts';

/** What a sum of tasks would cost. */
export interface MoneySum {
  /** Of tasks that would run, with all they read settled. Rows that several tasks ask count once. */
  readonly known: Money;
  /** With those of which it is not certain yet that they run, or with which rows. */
  readonly atMost: Money;
  /** Whether some cost more that nobody can know yet. */
  readonly unknown: boolean;
  /** What rows whose answers are kept would have cost, each of them once. */
  readonly saves: Money;
}

/** What one paid target would cost. */
export interface TargetMoney extends MoneySum {
  readonly target: string;
  /** Tasks that would or may run. */
  readonly tasks: number;
  /** Rows that would be asked, as far as that is certain; undefined for a target without rows. */
  readonly rows: number | undefined;
  /** Different rows that its tasks reuse and none of them asks. */
  readonly reused: number;
  /** US dollars by the price list, less the discount, where they are the same for all its tasks. */
  readonly usdPerRow: number | undefined;
  readonly usdPerRun: number | undefined;
  /** The share that is taken off, where it is the same for all its tasks. */
  readonly discount: number | undefined;
  /** Whether it declares no price: what it costs is not known before it is paid, and needs no consent. */
  readonly unpriced: boolean;
  /** Targets that cost nothing and that, once built, tell what is uncertain now; undefined where that is not so. */
  readonly freeBefore: readonly string[] | undefined;
  /** What its last payments were, held against the price list of then; 1 when nobody knows. */
  readonly accuracy: number;
}

/** What a plan would cost. */
export interface PlanMoney extends MoneySum {
  /** What may be spent; `Infinity` for no limit. */
  readonly limit: Money;
  readonly spent: Money;
  /** Whether anything is not started because it would cost more than may be spent. */
  readonly asks: boolean;
  readonly targets: readonly TargetMoney[];
}

/** PlanMoney as programs read it: US dollars; null where there is no limit. */
export interface MoneyDocument {
  readonly knownUsd: number;
  readonly atMostUsd: number;
  readonly unknown: boolean;
  readonly savesUsd: number;
  readonly limitUsd: number | null;
  readonly spentUsd: number;
  /** Whether anything asks because it would cost more than may be spent. */
  readonly asks: boolean;
  readonly targets: readonly TargetMoneyDocument[];
}

/** TargetMoney as programs read it. */
export interface TargetMoneyDocument {
  readonly target: string;
  readonly tasks: number;
  readonly rows?: number;
  readonly reused?: number;
  readonly usdPerRow?: number;
  readonly usdPerRun?: number;
  readonly discount?: number;
  readonly unpriced?: true;
  readonly freeBefore?: readonly string[];
  readonly accuracy: number;
  readonly knownUsd: number;
  readonly atMostUsd: number;
  readonly unknown: boolean;
  readonly savesUsd: number;
}

function sumDocument({
  known,
  atMost,
  unknown,
  saves,
}: MoneySum): Omit<TargetMoneyDocument, 'target' | 'tasks' | 'accuracy'> {
  return { knownUsd: usdOf(known), atMostUsd: usdOf(atMost), unknown, savesUsd: usdOf(saves) };
}

/** The document of a plan's money. */
export function moneyDocument(made: PlanMoney): MoneyDocument {
  const { limit, spent, asks, targets } = made;
  return {
    ...sumDocument(made),
    limitUsd: Number.isFinite(limit) ? usdOf(limit) : null,
    spentUsd: usdOf(spent),
    asks,
    targets: targets.map((one) => ({
      target: one.target,
      tasks: one.tasks,
      ...(one.rows === undefined ? {} : { rows: one.rows, reused: one.reused }),
      ...(one.rows === undefined || one.usdPerRow === undefined ? {} : { usdPerRow: one.usdPerRow }),
      ...(one.usdPerRun === undefined ? {} : { usdPerRun: one.usdPerRun }),
      ...(one.discount === undefined || one.discount === 0 ? {} : { discount: one.discount }),
      ...(one.unpriced ? { unpriced: true } : {}),
      ...(one.freeBefore === undefined ? {} : { freeBefore: one.freeBefore }),
      accuracy: one.accuracy,
      ...sumDocument(one),
    })),
  };
}
