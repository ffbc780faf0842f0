// Protection: why outputs are not removed as a matter of course: their author said so, or they cost money.
import type { Target } from './pipeline.ts';
import type { TaskRecord } from './record.ts';

/** Why outputs of a target are not removed as a matter of course. */
export interface Protection {
  readonly why: 'keep' | 'frozen' | 'nondeterministic' | 'paid';
  /** Whether --force may remove them all the same. */
  readonly forcible: boolean;
}

/** How the outputs of a target are protected; undefined when they can simply be built again. */
export function protectionOf(target: Target): Protection | undefined {
  if (target.keep) return { why: 'keep', forcible: false };
  if (target.frozen) return { why: 'frozen', forcible: false };
  if (target.nondeterministic) return { why: 'nondeterministic', forcible: true };
  return undefined;
}

/**
 * How results are protected; undefined when they can simply be built again.
 * @param target of the pipeline as it is; undefined when it is not in it any more
 * @param records that list them
 */
export function protectionOfResults(
  target: Target | undefined,
  records: readonly TaskRecord[],
): Protection | undefined {
  const said = target === undefined ? undefined : protectionOf(target);
  if (said !== undefined) return said;
  // Of a paid target whose command did not tell what it paid, nobody can say that it was nothing.
  const untold = target?.paid === undefined ? 0 : 1;
  return records.some(({ costUsd = untold }) => costUsd > 0) ? { why: 'paid', forcible: true } : undefined;
}
