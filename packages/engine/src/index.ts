// The public names of the engine that cost nothing to load; building and watching are apart and loaded on demand.

export * from './build-run.ts';
export { digestText } from './digest.ts';
export * from './file-state.ts';
export * from './journal.ts';
export * from './journal-line.ts';
export * from './ledger.ts';
export * from './ledger-line.ts';
export * from './lock.ts';
export { type LockOwner, readOwner } from './lock-file.ts';
export { measure } from './measure.ts';
export * from './planned.ts';
export * from './planner.ts';
export * from './run-log.ts';
export { whyNotShared } from './shared-cache.ts';
export * from './shared-plan.ts';
export * from './stages.ts';
export { wantedOf } from './store.ts';
export type { FileSize } from './texts.ts';
export { localTimer } from './timer.ts';
export * from './workspace.ts';
export * from './workspace-options.ts';
export * from './writer.ts';
