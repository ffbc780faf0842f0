// A RepairPlan is the batch that asks again for the rows an ended batch left without an answer; often there is none.
import type { Collected } from './batch-journal.ts';
import { type BatchPlan, type BatchScope, planBatch } from './batch-plan.ts';
import type { RowOutcome } from './row-outcome.ts';

/** Batches that may follow a first one for the sake of its unanswered rows. */
export const MOST_REPAIRS = 2;

export interface EndedBatch {
  readonly plan: BatchPlan;
  readonly job: string | null;
  readonly collected: Collected;
  /** What its files hold, by wire id. */
  readonly outcomes: ReadonlyMap<string, RowOutcome>;
}

/** The rows that asking again may bring: those without an answer, save those whose request itself was refused. */
export function openRows({ plan, outcomes }: EndedBatch): string[] {
  return plan.ids.filter((id) => {
    const outcome = outcomes.get(id);
    return outcome === undefined || (outcome.kind === 'failed' && !outcome.permanent);
  });
}

/**
 * The batch that repairs an ended one, or null when nothing is open or it was tried often enough.
 * @param canContinue whether the provider can go on with a job that ended early
 */
export function repairOf(scope: BatchScope, ended: EndedBatch, canContinue: boolean): BatchPlan | null {
  const { plan, collected, job, outcomes } = ended;
  const ids = openRows(ended);
  if (ids.length === 0) return null;
  if (!collected.overQuota && plan.repairs >= MOST_REPAIRS) return null;
  // What goes on with a job that went on itself is not documented: it might process the first one's rows again.
  const mayContinue = canContinue && plan.continues === null && outcomes.size > 0;
  const endedEarly = collected.ending === 'expired' || collected.ending === 'cancelled';
  return planBatch(scope, {
    generation: plan.generation + 1,
    repairs: plan.repairs + (collected.overQuota ? 0 : 1),
    parent: plan.key,
    continues: mayContinue && endedEarly ? job : null,
    ids,
  });
}
