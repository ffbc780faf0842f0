// Running the rows of a task: what is open is collected first, then rows without an answer are asked, then all are merged.
import type { Decision, Job, RowStanding, Task } from '@evalmake/core';
import { Failure } from './failure.ts';
import type { JobEnd } from './job.ts';
import type { AttemptStatus, FoundAttempt } from './open-attempt.ts';
import type { RowBook, Taken } from './row-book.ts';
import { freeze } from './rows-freeze.ts';
import type { TaskRunContext } from './task-run-context.ts';

/** What running rows needs of the attempt around it. */
export interface RowsAttempt {
  readonly task: Task;
  readonly decision: Decision;
  readonly context: TaskRunContext;
  readonly now: () => string;
  /** Runs a command of the task with today's secrets; what it says of costs and progress is heard. */
  readonly command: (frozen: FoundAttempt['frozen']) => Promise<JobEnd>;
  /** Jobs that the command has told of. */
  readonly jobs: () => readonly Job[];
  /** Throws when a command did not end well. */
  readonly check: (end: JobEnd) => void;
  /** Where the merged answers and their sidecar are written, relative to the workspace. */
  readonly places: { readonly answers: string; readonly keys: string };
}

/** What came of the rows: how many were asked for this result, and which were let go. */
export interface RowsResult {
  readonly total: number;
  readonly asked: number;
  readonly failed: readonly string[];
}

/** An older attempt was collected; what is left to ask is decided, and perhaps paid, anew. */
export class Collected extends Error {}

/**
 * Answers all rows of a task and writes them in the order of the input.
 * @throws Collected when an attempt of before was collected and rows are left to ask
 * @throws Failure when rows are left without an answer; those that have one are kept
 */
export async function answerRows(attempt: RowsAttempt): Promise<RowsResult> {
  const { task, context } = attempt;
  const { rows: book } = context.workspace;
  const open = book.attempts.find(task.id);
  let asked = 0;
  if (open !== undefined) {
    asked = await collect(attempt, open);
    if (book.standingOf(task, attempt.decision).counts.todo > 0) throw new Collected();
  } else {
    const standing = book.standingOf(task, attempt.decision);
    if (standing.counts.todo > 0) asked = await ask(attempt, standing);
  }
  return merge(attempt, asked);
}

/** Freezes what has no answer, asks it, and takes the answers. */
async function ask(attempt: RowsAttempt, standing: RowStanding): Promise<number> {
  const { task, decision, context } = attempt;
  const { workspace, graph } = context;
  const { rows: book } = workspace;
  book.claim(task, standing, attempt.now());
  const open = freeze({
    workspace,
    attempts: book.attempts,
    graph,
    task,
    decision,
    spec: book.specOf(task),
    keyText: book.keyTextOf(task, decision),
    rows: standing.counts.todo,
    at: attempt.now(),
    estimateUsd: decision.estimateUsd ?? 0,
    writeTodo: (path) => book.writeTodo(task, decision, path),
  });
  return await collect(attempt, open);
}

/** Runs the command of an attempt and keeps what it answered, however it ended. Returns how many rows were asked. */
async function collect(attempt: RowsAttempt, open: FoundAttempt): Promise<number> {
  const { task, context } = attempt;
  const { rows: book } = context.workspace;
  const end = await attempt.command(open.frozen);
  context.workspace.journal.lock?.check();
  const taken = book.take(task, open);
  const jobs = mergedJobs(open.status.jobs, attempt.jobs());
  const over = settle(attempt, open, { end, jobs });
  if (!over) attempt.check(end);
  if (end.code !== 0) attempt.check(end);
  checkTaken(taken);
  return open.frozen.rows;
}

/** Closes an attempt that is over, or notes how one stands that is not. Returns whether it is over. */
function settle(
  attempt: RowsAttempt,
  open: FoundAttempt,
  { end, jobs }: { readonly end: JobEnd; readonly jobs: readonly Job[] },
): boolean {
  const { task, context } = attempt;
  const { rows: book } = context.workspace;
  // What keeps no state cannot go on where it was: rows without an answer are asked anew.
  const lost = !open.frozen.resumable && end.code !== 75 && end.code !== 5;
  if (end.code === 0 || lost) {
    book.attempts.close(open);
    book.release(task);
    return true;
  }
  const told = end.tail.at(-1) ?? '';
  const status = (kind: AttemptStatus['kind'], message: string): AttemptStatus => ({ kind, message, jobs });
  const stopped = context.stopping() || end.signal !== null;
  if (end.code === 75) book.attempts.note(open, status('waiting', told));
  else if (end.code === 5) book.attempts.note(open, status('outcome-unknown', told));
  else book.attempts.note(open, status(stopped ? 'interrupted' : 'failed', told));
  return false;
}

function mergedJobs(before: readonly Job[], now: readonly Job[]): Job[] {
  const known = new Map(before.map((job) => [`${job.provider} ${job.id}`, job]));
  for (const job of now) {
    const name = `${job.provider} ${job.id}`;
    if (!known.has(name)) known.set(name, job);
  }
  return [...known.values()];
}

/** Answers to what nobody asked, or twice to the same, mean that the command cannot be trusted: said, not passed over. */
function checkTaken({ foreign, duplicate, missing, errors, kept }: Taken): void {
  const named = (ids: readonly string[]): string =>
    `${ids
      .slice(0, 5)
      .map((id) => `"${id}"`)
      .join(', ')}${ids.length > 5 ? ` and ${ids.length - 5} more` : ''}`;
  const said: string[] = [];
  if (foreign.length > 0)
    said.push(`answers to ${foreign.length} rows that were not asked: ${named(foreign)}`);
  if (duplicate.length > 0)
    said.push(
      `${duplicate.length} rows answered more than once: ${named(duplicate)} (the first answer is kept)`,
    );
  if (missing.length > 0) said.push(`${missing.length} rows without any answer: ${named(missing)}`);
  if (said.length > 0) throw new Failure('answers-wrong', `${said.join('; ')}; ${kept} answers are kept`);
  if (errors.length === 0) return;
  const causes = [...new Set(errors.map((e) => e.message))].slice(0, 3).join('; ');
  throw new RowsUnanswered(
    `${errors.length} rows have no answer: ${named(errors.map((e) => e.id))} (${causes}); ${kept} answers are kept, and the next build asks what is left`,
  );
}

/** Rows are left without an answer, though the command ended well. */
class RowsUnanswered extends Failure {
  constructor(message: string) {
    super('rows-unanswered', message);
  }
}

/** Writes all answers in the order of the input, with the sidecar that says which key each has. */
function merge(attempt: RowsAttempt, asked: number): RowsResult {
  const { task, decision, context, places } = attempt;
  const { rows: book } = context.workspace;
  const { total, failed } = book.merge(task, decision, places);
  return { total, asked, failed };
}

export type { RowBook };
