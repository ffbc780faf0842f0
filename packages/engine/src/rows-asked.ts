// What the rows of a task are: the declaration, the files they stand in, and what their keys are made with.
import { type Decision, type RowsDecl, rowFingerprint, rowFingerprintText, type Task } from '@evalmake/core';

/** The declaration of rows of a task. @throws when it has none */
export function declOf(task: Task): RowsDecl {
  if (task.target.rows === undefined) throw new Error(`${task.id} has no rows`);
  return task.target.rows;
}

/** The files of rows that a task asks, in order. */
export function filesOf(task: Task, { fingerprint }: Decision): string[] {
  const { from } = declOf(task);
  if (fingerprint.files.length === 0) throw new Error(`the inputs of ${task.id} are not known`);
  return fingerprint.files.filter((f) => f.input.decl.name === from).flatMap((f) => f.paths);
}

/** The text that the keys of a task's rows are made with. */
export function keyTextOf(task: Task, { fingerprint }: Decision): string {
  return rowFingerprintText(rowFingerprint(task, fingerprint.parts));
}
