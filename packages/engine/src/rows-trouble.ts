// Trouble with rows in words: answers that fit nothing that was asked, and rows that are left without one.
import type { Task } from '@evalmake/core';
import { Failure } from './failure.ts';
import type { RowBook, RowLook } from './row-book.ts';
import { type RowFinding, rowErrorText, type Taken } from './row-taking.ts';

/**
 * Answers to what nobody asked, or twice to the same, mean that a command cannot be trusted: said, not passed over.
 * @throws Failure that names them; answers that fit are kept all the same
 */
export function complain({ foreign, duplicate, missing, bad, answers }: Taken): void {
  const said: string[] = [];
  const tell = (finding: RowFinding, text: string): void => {
    if (finding.count > 0) said.push(`${finding.count} ${text}: ${named(finding.examples, finding.count)}`);
  };
  tell(foreign, 'foreign answers, to rows that were not asked');
  tell(duplicate, 'duplicate answers (the first is kept)');
  tell(missing, 'missing answers');
  tell(bad, 'lines that cannot be read');
  if (said.length > 0) throw new Failure('answers-wrong', `${said.join('; ')}; ${answers} answers are kept`);
}

/** That rows have no answer, which, and why. */
export function unansweredText(book: RowBook, task: Task, { table, state }: RowLook): string {
  const { counts, todo } = state;
  const ids = [...todo.slice(0, 5)].map((i) => table.id(i));
  return `${counts.todo} of ${counts.total} rows have no answer: ${named(ids, counts.todo)}${causes(book, task, { table, rows: todo })}; ${counts.reused} answers are kept, and the next build asks what is left`;
}

/** That rows failed too often, which, and why. */
export function refusedText(book: RowBook, task: Task, { table, state }: RowLook): string {
  const { counts, refused } = state;
  const ids = [...refused.slice(0, 5)].map((i) => table.id(i));
  const most = task.target.rows?.maxAttempts ?? 0;
  return `${counts.refused} rows failed ${most} times and are not asked again: ${named(ids, counts.refused)}${causes(book, task, { table, rows: refused })}; let them go with "allow_errors", or ask them again with --force --force-rows`;
}

function causes(
  book: RowBook,
  task: Task,
  { table, rows }: { readonly table: RowLook['table']; readonly rows: Uint32Array },
): string {
  const found = new Set<string>();
  for (const i of rows.slice(0, 50)) {
    const error = book.failureOf(task.target.name, table, i);
    if (error !== undefined) found.add(rowErrorText(error));
  }
  const said = [...found].slice(0, 3).join('; ');
  return said === '' ? '' : ` (${said})`;
}

function named(ids: readonly string[], count: number): string {
  const shown = ids.slice(0, 5).join(', ');
  return count > Math.min(5, ids.length) ? `${shown} and ${count - Math.min(5, ids.length)} more` : shown;
}
