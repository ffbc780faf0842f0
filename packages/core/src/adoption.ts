// An Adoption is a person's word for outputs that no run proves: when, why, and what could not be proven.
import type { Task } from './graph.ts';
import { compareOutputs } from './output-difference.ts';
import type { Plan } from './plan.ts';
import { newestRecord, type Snapshot } from './ports.ts';
import { compare, type Reason } from './reason.ts';
import type { Parts, TaskRecord } from './record.ts';

/** What a record says of its adoption. */
export interface Adoption {
  readonly task: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly reason: string;
  /** Labels of what could not be proven; `record` when there was none to compare with. */
  readonly unproven: readonly string[];
}

/** How long the reason of an adoption may be, in UTF-16 units. */
export const longestReason = 500;

/** How many labels of what was not proven are kept in a record. */
const mostLabels = 100;

/** The adoption that the outputs of a task stand on; undefined when they were built, or nobody knows them. */
export function adoptionOf(plan: Plan, index: number): Adoption | undefined {
  const task = plan.graph.tasks[index] as Task;
  const record = plan.decisions[index]?.record ?? newestRecord(plan.input.world.records, task);
  if (record?.adopted === undefined) return undefined;
  return { task: task.id, at: record.at, reason: record.adopted, unproven: record.unproven ?? [] };
}

/**
 * What a record does not prove of outputs as they lie there. Empty means that they are what the record says, made from
 * what would make them now.
 * @param record the record that explains them best; without one nothing is proven
 * @param parts the fingerprint of now
 */
export function unproven(
  task: Task,
  record: TaskRecord | undefined,
  { parts, snapshot }: { readonly parts: Parts; readonly snapshot: Snapshot },
): Reason[] {
  if (record === undefined) return [{ code: 'record-lost', root: true }];
  return [...compare(record.parts, parts), ...compareOutputs(task, record, snapshot).reasons];
}

/** The labels under which a record keeps what was not proven: `script:score.py`, `output:scores.csv`, `record`. */
export function unprovenLabels(reasons: readonly Reason[]): string[] {
  const labels = reasons.map(({ code, subject }) => {
    if (code === 'record-lost') return 'record';
    return code.startsWith('output-') ? `output:${subject}` : (subject ?? code);
  });
  const kept = labels.slice(0, mostLabels);
  return labels.length > kept.length ? [...kept, `and ${labels.length - kept.length} more`] : kept;
}
