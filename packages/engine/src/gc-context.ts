// A GcContext is what is decided from about everything below .evalmake, and what a decision names.
import type { Graph, Plan } from '@evalmake/core';
import type { Workspace } from './workspace.ts';

/** A file or folder below .evalmake that goes. */
export interface Pruned {
  readonly kind: 'attempt' | 'run' | 'state' | 'temporary' | 'cache' | 'stored';
  readonly path: string;
  readonly task?: string;
}

/** What is decided from. */
export interface GcContext {
  readonly workspace: Workspace;
  readonly plan: Plan;
  readonly graph: Graph;
  readonly keepRuns: number;
}
