// A StateFolder is where runs are kept from start to end: run-0001 and, after a finished one with other rows, run-0002, ….
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFinished } from './finished-run.ts';
import { type FrozenRun, hasRun, openRun, requestSetOf, thawRun } from './frozen-run.ts';
import { sayWarning } from './protocol-line.ts';

const DATASETS = 'OUTPUT_DATASET_ID.txt';

function nameOf(number: number): string {
  return `run-${String(number).padStart(4, '0')}`;
}

/** The folders of the runs in a state folder, oldest first. */
export function runFolders(state: string): string[] {
  if (!existsSync(state)) return [];
  return readdirSync(state)
    .filter((name) => /^run-\d{4}$/.test(name) && hasRun(join(state, name)))
    .sort()
    .map((name) => join(state, name));
}

export interface OpenedRun {
  readonly folder: string;
  readonly run: FrozenRun;
}

/**
 * The run to go on with: the last one, unless it is finished and was about other rows.
 * @throws OutcomeUnknown when it is damaged
 */
export function openState(state: string, asked: FrozenRun): OpenedRun {
  const folders = runFolders(state);
  const last = folders.at(-1);
  const goesOn =
    last !== undefined &&
    (readFinished(last) === undefined || requestSetOf(thawRun(last).rows) === requestSetOf(asked.rows));
  const folder = goesOn ? last : join(state, nameOf(folders.length + 1));
  const { run, differs } = openRun(folder, asked);
  if (differs.length > 0)
    sayWarning(
      `${folder} was begun with another ${differs.join(', ')}; what was asked there is collected as it was asked`,
    );
  return { folder, run };
}

/** Notes the id of an output dataset, once, for people and for `evalkit fetch`. */
export function noteDataset(state: string, id: string): void {
  const path = join(state, DATASETS);
  if (datasetsIn(state).includes(id)) return;
  mkdirSync(state, { recursive: true });
  appendFileSync(path, `${id}\n`);
}

/** The ids in a folder's OUTPUT_DATASET_ID.txt, one per line; none when there is no such file. */
export function datasetsIn(folder: string): string[] {
  const path = join(folder, DATASETS);
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
