// A TaskPast is one build in the life of a task: how it came out of it, why, and what it was then.
import type { RunSummary, TaskRun } from './run-summary.ts';
import { targetOf } from './run-targets.ts';

/** A task in one build. */
export interface TaskPast {
  readonly run: number;
  /** When that build began, ISO 8601 in UTC. */
  readonly at: string | undefined;
  readonly task: TaskRun;
}

/** Whether a task is meant by a word: its own name, its target's, or one with `*` in it. */
export function isMeant(task: string, word: string): boolean {
  if (task === word || targetOf(task) === word) return true;
  if (!word.includes('*')) return false;
  const pattern = word.split('*').map((text) => text.replace(/[.+^${}()|[\]\\?]/g, '\\$&'));
  return new RegExp(`^${pattern.join('.*')}$`, 's').test(task);
}

/** The builds in which tasks that are meant were dealt with, in their order. */
export function taskPasts(runs: readonly RunSummary[], words: readonly string[]): TaskPast[] {
  return runs.flatMap(({ run, at, tasks }) =>
    tasks
      .filter(({ task }) => words.some((word) => isMeant(task, word)))
      .map((task): TaskPast => ({ run, at, task })),
  );
}
