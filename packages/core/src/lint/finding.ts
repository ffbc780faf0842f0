// A Finding is what `lint` says of a pipeline that works: where it stands, what it leads to, and what to do.
import type { Config } from '../config.ts';
import type { Graph } from '../graph.ts';
import type { World } from '../ports.ts';
import type { Pointer, Problem } from '../problem.ts';

export type FindingCode =
  | 'no-code'
  | 'volatile-value'
  | 'volatile-env'
  | 'config-unused'
  | 'config-secret'
  | 'secret-in-pipeline'
  | 'target-unreached'
  | 'undeclared-read'
  | 'no-outputs'
  | 'paid-without-checks'
  | 'paid-without-timeout';

/** One finding. It is located like a problem, in the pipeline unless it names a `file`. */
export interface Finding extends Problem {
  readonly code: FindingCode;
  readonly severity: 'warning';
  readonly hint: string;
  /** The target it is about; absent for findings about the config. */
  readonly target?: string;
  /** Further targets of which the same is true. */
  readonly others?: readonly string[];
}

/** What lint looks at. */
export interface LintScene {
  readonly graph: Graph;
  readonly config: Config;
  readonly world: World;
  /** Whether a call without targets builds a task; by its index. */
  readonly reached: (task: number) => boolean;
}

/** A rule: all it finds, in any order. */
export type LintRule = (scene: LintScene) => Finding[];

/** A finding about a target, at a place of it in the pipeline. */
export function findingAt(
  target: string,
  key: Pointer,
  said: { readonly code: FindingCode; readonly message: string; readonly hint: string },
): Finding {
  const atKey = key.length <= 1 ? { atKey: true } : {};
  return { ...said, severity: 'warning', target, pointer: ['targets', target, ...key], ...atKey };
}
