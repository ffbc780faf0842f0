// VerifiedResults are the rows of a job's files, read line by line and held against the rows that were asked for.
import { statSync } from 'node:fs';
import { Failure } from '../failure.ts';
import type { JsonObject } from '../json-object.ts';
import { readJsonl } from '../jsonl.ts';
import { DownloadProblem } from './download-problem.ts';
import type { RowOutcome } from './row-outcome.ts';

/** Compares the length of a file with each declared one. @throws DownloadProblem truncated */
export function checkLength(path: string, declared: readonly (number | null)[], what: string): void {
  const { size } = statSync(path);
  for (const bytes of declared)
    if (bytes !== null && bytes !== size)
      throw new DownloadProblem('truncated', `${what} has ${size} bytes, ${bytes} were declared`);
}

function readOutcome(row: JsonObject, readLine: (line: JsonObject) => RowOutcome): RowOutcome {
  try {
    return readLine(row);
  } catch (error) {
    if (error instanceof Failure) throw new DownloadProblem('unreadable', error.message);
    throw error;
  }
}

function* linesOf(path: string): Generator<JsonObject, void, undefined> {
  try {
    yield* readJsonl(path);
  } catch (error) {
    if (error instanceof DownloadProblem || !(error instanceof Failure)) throw error;
    throw new DownloadProblem('truncated', error.message);
  }
}

/**
 * Reads the files of a job together.
 * @param known ids that may stand there; null when that is not known
 * @returns the outcomes by wire id; ids of `known` that are missing are for the caller to judge
 * @throws DownloadProblem when a line cannot be read, an id stands twice, or an id was not asked for
 */
export function readResults(
  paths: readonly string[],
  known: ReadonlySet<string> | null,
  readLine: (line: JsonObject) => RowOutcome,
): Map<string, RowOutcome> {
  const outcomes = new Map<string, RowOutcome>();
  for (const path of paths) {
    for (const row of linesOf(path)) {
      const outcome = readOutcome(row, readLine);
      if (known !== null && !known.has(outcome.id))
        throw new DownloadProblem('foreign', `${row.where}: ${outcome.id} was not asked for`);
      if (outcomes.has(outcome.id))
        throw new DownloadProblem('duplicate', `${row.where}: ${outcome.id} stands there twice`);
      outcomes.set(outcome.id, outcome);
    }
  }
  return outcomes;
}
