// Protection: what the author of a target said about removing its outputs.
import type { Target } from './pipeline.ts';

/** Why outputs of a target are not removed as a matter of course. */
export interface Protection {
  readonly why: 'keep' | 'frozen' | 'nondeterministic';
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
