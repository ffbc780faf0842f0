// Running the rows of a task: what is open is collected first, then rows without an answer are asked, then all are merged.
import { allowedErrors, type Decision, type Job, stateKey, type Task, usdOf } from '@evalmake/core';
import { Failure } from './failure.ts';
import type { JobEnd } from './job.ts';
import type { AttemptStatus, FoundAttempt, FrozenAttempt } from './open-attempt.ts';
import type { RowLook } from './row-book.ts';
import type { Taken } from './row-taking.ts';
import { filesOf, keyTextOf } from './rows-asked.ts';
import { freeze } from './rows-freeze.ts';
import { complain, refusedText, unansweredText } from './rows-trouble.ts';
import type { TaskRunContext } from './task-run-context.ts';

/** What running rows needs of the attempt around it. */
export interface RowsAttempt {
  readonly task: Task;
  readonly decision: Decision;
  readonly context: TaskRunContext;
  readonly now: () => string;
  /** Runs a command of the task with today's secrets; what it says of costs and progress is heard. */
  readonly command: (frozen: FrozenAttempt) => Promise<JobEnd>;
  /** Jobs that the command has told of. */
  readonly jobs: () => readonly Job[];
  /** When a command that is not done wants to be run again, ISO 8601 in UTC, and what it waits for. */
  readonly wait: () => { readonly until: string; readonly text: string } | undefined;
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

/** Answers were taken, or rows turned out to be asked by another: the task is decided, and perhaps paid, anew. */
export class DecideAnew extends Error {}

/**
 * Answers all rows of a task and writes them in the order of the input.
 * @throws DecideAnew when the task has to be decided anew before more can be asked
 * @throws Failure when rows are left without an answer; those that have one are kept
 */
export async function answerRows(attempt: RowsAttempt): Promise<RowsResult> {
  const { task, context, decision } = attempt;
  const { rows: book } = context.workspace;
  const open = book.attempts.find(task.id);
  let asked = 0;
  if (open !== undefined) {
    asked = await collectOpen(attempt, open);
    if (book.lookFor(task, decision).state.counts.todo > 0) throw new DecideAnew();
  } else {
    book.bring(task, decision, attempt.now());
    if (decision.rows?.again === true) book.forget(task, book.lookFor(task, decision), attempt.now());
    const look = book.lookFor(task, decision);
    // Nobody has agreed to more than to judge what is there.
    if (look.state.counts.todo > 0 && decision.verdict === 'recheck') throw new DecideAnew();
    if (look.state.counts.todo > 0) asked = await ask(attempt, look);
  }
  return merge(attempt, asked);
}

/** Freezes what has no answer, asks it, and takes the answers. */
async function ask(attempt: RowsAttempt, look: RowLook): Promise<number> {
  const { task, decision, context } = attempt;
  const { workspace, graph } = context;
  const { rows: book } = workspace;
  if (book.claim(task, look, attempt.now()).length > 0) throw new DecideAnew();
  const estimate = decision.estimate?.money ?? 0;
  let open: FoundAttempt;
  try {
    open = freeze({
      workspace,
      attempts: book.attempts,
      graph,
      task,
      decision,
      spec: book.specOf(task, filesOf(task, decision)),
      keyText: keyTextOf(task, decision),
      rows: look.state.counts.todo,
      at: attempt.now(),
      estimateUsd: Number.isFinite(estimate) ? usdOf(estimate) : 0,
      writeTodo: (path) => book.writeTodo(look, path),
    });
  } catch (error) {
    book.release(task);
    throw error;
  }
  complain(await collect(attempt, open));
  const after = book.lookFor(task, decision);
  if (after.state.counts.todo > 0) throw new Failure('rows-unanswered', unansweredText(book, task, after));
  return open.frozen.rows;
}

/** Goes on with an attempt that is open; one that failed and that nobody can go on with is left behind. */
async function collectOpen(attempt: RowsAttempt, open: FoundAttempt): Promise<number> {
  const { task, context, decision } = attempt;
  const { rows: book, world } = context.workspace;
  const { kind, jobs } = open.status;
  const key = (parts: FrozenAttempt['parts']): string => stateKey(parts, world.digest);
  const same = key(open.frozen.parts) === key(decision.fingerprint.parts);
  // A command that has noted anything may have bought something, though it died before it could tell of a job.
  const bought = jobs.length > 0 || book.attempts.hasState(open);
  if (kind === 'failed' && !bought && !same) return leave(attempt, open);
  try {
    complain(await collect(attempt, open));
  } catch (error) {
    const forced = decision.reasons.some((r) => r.code === 'forced');
    const gone = error instanceof Failure && !same && forced && error.kind !== 'stopped';
    if (gone && book.attempts.find(task.id) !== undefined) return leave(attempt, open);
    throw same || !(error instanceof Failure) ? error : uncollected(error, task);
  }
  return open.frozen.rows;
}

/** Says what to do about an attempt of other inputs that cannot be collected. */
function uncollected({ kind, message }: Failure, { id }: Task): Failure {
  if (kind === 'stopped') return new Failure(kind, message);
  const advice = `--force=${id} leaves it behind`;
  return new Failure(kind, `an attempt with other inputs must be collected first: ${message} (${advice})`);
}

function leave(attempt: RowsAttempt, open: FoundAttempt): number {
  const { task, context } = attempt;
  const { rows: book } = context.workspace;
  const left = book.attempts.abandon(open);
  book.release(task);
  const text = `an attempt of ${open.frozen.at} that cannot be collected was left behind in ${left}`;
  context.emit({ event: 'warn', at: attempt.now(), task: task.id, text });
  throw new DecideAnew();
}

/** Runs the command of an attempt and keeps what it answered, however it ended. */
async function collect(attempt: RowsAttempt, open: FoundAttempt): Promise<Taken> {
  const { context } = attempt;
  const { workspace } = context;
  const end = await attempt.command(open.frozen);
  workspace.journal.lock?.check();
  if (end.left !== undefined) {
    const jobs = mergedJobs(open.status.jobs, attempt.jobs());
    const { until } = attempt.wait() ?? {};
    const status = { kind: 'waiting', message: end.left, jobs } as const;
    workspace.rows.attempts.note(open, until === undefined ? status : { ...status, until });
    attempt.check(end);
  }
  const taken = workspace.rows.take(open, { at: attempt.now(), ended: end.code === 0 });
  workspace.spending.asked(open.frozen.target, taken.keys());
  settle(attempt, open, end);
  attempt.check(end);
  return taken;
}

/** Closes an attempt that is over, or notes how one stands that is not. */
function settle(attempt: RowsAttempt, open: FoundAttempt, end: JobEnd): void {
  const { task, context } = attempt;
  const { rows: book } = context.workspace;
  const wait = end.code === 75 ? attempt.wait() : undefined;
  const goesOn = open.frozen.resumable || wait !== undefined || end.code === 5;
  // What keeps no state cannot go on where it was: rows without an answer are asked anew.
  if (end.code === 0 || !goesOn) {
    book.attempts.close(open);
    book.release(task);
    return;
  }
  const jobs = mergedJobs(open.status.jobs, attempt.jobs());
  const note = (status: Omit<AttemptStatus, 'jobs'>): void => book.attempts.note(open, { ...status, jobs });
  const message = end.tail.at(-1) ?? '';
  if (wait !== undefined) note({ kind: 'waiting', message: wait.text, until: wait.until });
  else if (end.code === 5) note({ kind: 'outcome-unknown', message });
  else note({ kind: context.stopping() || end.signal !== null ? 'interrupted' : 'failed', message });
}

function mergedJobs(before: readonly Job[], now: readonly Job[]): Job[] {
  const known = new Map(before.map((job) => [`${job.provider} ${job.id}`, job]));
  for (const job of now) {
    const name = `${job.provider} ${job.id}`;
    if (!known.has(name)) known.set(name, job);
  }
  return [...known.values()];
}

/** Writes all answers in the order of the input, with the sidecar that says which key each has. */
function merge(attempt: RowsAttempt, asked: number): RowsResult {
  const { task, decision, context, places } = attempt;
  const { rows: book } = context.workspace;
  const look = book.lookFor(task, decision);
  const { counts, refused } = look.state;
  const allowed = task.target.rows === undefined ? 0 : allowedErrors(task.target.rows, counts.total);
  if (counts.refused > allowed) throw new Failure('rows-unanswered', refusedText(book, task, look));
  const leaveOut = new Set(refused);
  // Rows that cannot be read are no rows to be left out: they are told of when the task is decided anew.
  if (look.table.problems.length > 0) throw new DecideAnew();
  const merged = book.merge(task, look, { path: places.answers, keys: places.keys, leaveOut });
  if (merged.problems.length > 0) throw new Failure('answers-wrong', merged.problems.join('; '));
  return { total: counts.total, asked, failed: merged.leftOut };
}
