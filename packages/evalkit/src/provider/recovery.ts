// A Recovery is answers that were bought and whose files are gone, brought again from the provider without buying anything.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerTo } from '../answer.ts';
import { Failure, NotYet } from '../failure.ts';
import { jsonLine } from '../json-out.ts';
import { readJsonl } from '../jsonl.ts';
import type { Request } from '../request.ts';
import { ResultsGone } from './batch-api.ts';
import { keptPath } from './batch-download.ts';
import { connect } from './connection.ts';
import { DownloadProblem } from './download-problem.ts';
import { readFinished } from './finished-run.ts';
import { readFireworksLine } from './fireworks.ts';
import { type DatasetPlace, datasetFiles } from './fireworks-dataset.ts';
import { thawRun } from './frozen-run.ts';
import { answerLines, type InferenceResult, Interrupted, infer } from './inference.ts';
import type { ProviderSettings } from './provider-settings.ts';
import type { RowOutcome } from './row-outcome.ts';
import { checkLength, readResults } from './verified-results.ts';

export interface Recovery {
  /** Lines of a results file: answers and errors. */
  readonly lines: readonly string[];
  /** The custom_ids that were asked; null when only the lines tell. */
  readonly asked: readonly string[] | null;
  /** Why not all of it could be had; empty when nothing failed. */
  readonly problems: readonly string[];
}

export interface RecoveryOptions {
  readonly settings: ProviderSettings;
  readonly secret: string;
}

/**
 * Brings the results of the last run of a state folder again.
 * @param folder of the run, below the state folder
 * @throws NotYet while its jobs run
 */
export async function recoverRun(state: string, folder: string, options: RecoveryOptions): Promise<Recovery> {
  const run = thawRun(folder);
  const asked = run.rows.map(({ request }) => request.custom_id);
  const finished = readFinished(folder);
  if (finished !== undefined) {
    return {
      lines: [...readJsonl(finished.answers)].map((row) => `${jsonLine(row.whole() as object)}\n`),
      asked,
      problems: [],
    };
  }
  if (run.provider === 'embedded')
    return {
      lines: [],
      asked,
      problems: [`${state}: its answers are the embedded reader’s; run infer again`],
    };
  const { settings, secret } = options;
  const common = { run, folder, state, settings, secret, baseUrl: run.baseUrl ?? '' };
  try {
    const result: InferenceResult = await infer({ ...common, price: null, forced: false, collectOnly: true });
    return { lines: answerLines(run, result.outcomes), asked, problems: [] };
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    if (error.reason instanceof NotYet || !(error.reason instanceof Failure)) throw error.reason;
    return { lines: answerLines(run, error.outcomes), asked, problems: error.reason.problems };
  }
}

/** Brings the files of one dataset and reads them. */
async function datasetRows(
  place: DatasetPlace,
  id: string,
  folder: string,
): Promise<Map<string, RowOutcome>> {
  const paths: string[] = [];
  for (const { name, from, bytes } of await datasetFiles(place, id, folder)) {
    if ('path' in from) {
      paths.push(from.path);
      continue;
    }
    const path = keptPath(folder, `${id}-${name}`);
    const length = await place.http.download(from, path);
    checkLength(path, [length, bytes], `${name} of dataset ${id}`);
    paths.push(path);
  }
  return readResults(paths, null, readFireworksLine);
}

function lineOf(outcome: RowOutcome, requests: ReadonlyMap<string, Request> | null): string {
  const { id } = outcome;
  const said =
    outcome.kind === 'answered'
      ? ({ kind: 'answered', response: outcome.response } as const)
      : ({ kind: 'failed', error: { message: outcome.message, code: outcome.code } } as const);
  const request = requests?.get(id);
  if (request !== undefined) return `${jsonLine(answerTo(request, id, said))}\n`;
  const response = said.kind === 'answered' ? said.response : null;
  const error = said.kind === 'failed' ? said.error : null;
  return `${jsonLine({ custom_id: id, response, error })}\n`;
}

/** Tries of a dataset; each asks for new URLs. */
const TRIES = 4;

async function patiently(
  place: DatasetPlace,
  id: string,
  more: { readonly folder: string; readonly settings: ProviderSettings },
): Promise<Map<string, RowOutcome> | string> {
  const { clock, firstWaitMs } = more.settings.pace;
  let problem = '';
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    if (attempt > 0) await clock.sleep(clock.random() * firstWaitMs * 2 ** attempt);
    try {
      return await datasetRows(place, id, more.folder);
    } catch (error) {
      if (error instanceof Failure && !(error instanceof DownloadProblem)) throw error;
      if (!(error instanceof Error)) throw error;
      problem = error.message;
      if (error instanceof ResultsGone && attempt > 0) break;
    }
  }
  return `dataset ${id} cannot be had: ${problem}`;
}

/**
 * Brings output datasets of Fireworks again whose ids are all that is left.
 * @param requests by custom_id, to complete the lines and to refuse rows that were not asked for; null without them
 */
export async function recoverDatasets(
  ids: readonly string[],
  requests: ReadonlyMap<string, Request> | null,
  { settings, secret }: RecoveryOptions,
): Promise<Recovery> {
  if (settings.protocol !== 'fireworks' || settings.baseUrl === null)
    throw new Failure(
      'an output dataset can be had from the provider fireworks only; set provider.name to it',
    );
  const http = connect(settings, settings.baseUrl, secret);
  const place = { http, account: settings.account, firectl: settings.firectl };
  const folder = mkdtempSync(join(tmpdir(), 'evalkit-fetch-'));
  const rows = new Map<string, RowOutcome>();
  const problems: string[] = [];
  try {
    for (const id of ids) {
      const found = await patiently(place, id, { folder, settings });
      if (typeof found === 'string') problems.push(found);
      else for (const [key, outcome] of found) if (rows.get(key)?.kind !== 'answered') rows.set(key, outcome);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  for (const id of rows.keys())
    if (requests !== null && !requests.has(id))
      throw new DownloadProblem('foreign', `${id} was not asked for`);
  return { lines: [...rows.values()].map((outcome) => lineOf(outcome, requests)), asked: null, problems };
}
