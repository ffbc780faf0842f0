// A BatchDownload brings the files of an ended job into the state folder: to temporary files, verified, then renamed.
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { OutcomeUnknown } from '../failure.ts';
import { type BatchApi, type JobView, type ResultFile, ResultsGone } from './batch-api.ts';
import type { KeptFile } from './batch-journal.ts';
import type { BatchPlan } from './batch-plan.ts';
import type { Clock } from './clock.ts';
import { DownloadProblem, someOf } from './download-problem.ts';
import { digestOfFile, publishFile, syncFile } from './durable-file.ts';
import type { HttpClient } from './http-client.ts';
import { Refused, Unanswered } from './http-trouble.ts';
import type { RowOutcome } from './row-outcome.ts';
import { checkLength, readResults } from './verified-results.ts';

/** Tries of one download; each asks for new URLs. */
const TRIES = 4;

export interface Download {
  readonly api: BatchApi;
  readonly http: HttpClient;
  readonly plan: BatchPlan;
  /** Ids that may stand in the results: the plan's, and its parent's where a job goes on with another. */
  readonly known: ReadonlySet<string>;
  readonly view: JobView;
  /** Where the files are kept. */
  readonly folder: string;
  readonly clock: Clock;
  readonly firstWaitMs: number;
  /** A person consented to ask again for what cannot be had. */
  readonly forced: boolean;
}

export interface Downloaded {
  readonly files: readonly KeptFile[];
  readonly outcomes: ReadonlyMap<string, RowOutcome>;
}

/** The path of a kept file. */
export function keptPath(folder: string, name: string): string {
  return join(folder, `${name}.jsonl`);
}

async function bring({ http, folder }: Download, file: ResultFile): Promise<string> {
  const temp = `${keptPath(folder, file.name)}.tmp`;
  if ('path' in file.from) {
    copyFileSync(file.from.path, temp);
    syncFile(temp);
    return temp;
  }
  const length = await http.download(file.from, temp);
  checkLength(temp, [length, file.bytes], `${file.name} of the job`);
  return temp;
}

/** One try; nothing has its final name yet. */
async function tryOnce(
  download: Download,
): Promise<{ temps: Map<string, string>; outcomes: Map<string, RowOutcome> }> {
  const { api, view, known } = download;
  const temps = new Map<string, string>();
  for (const file of await api.files(view, join(download.folder, 'scratch')))
    temps.set(file.name, await bring(download, file));
  const outcomes = readResults([...temps.values()], known, (line) => api.readLine(line));
  return { temps, outcomes };
}

/** How many answers the provider says it gave that are not in its files. */
function lostRows({ view, plan, known }: Download, outcomes: ReadonlyMap<string, RowOutcome>): number {
  const missing = plan.ids.filter((id) => !outcomes.has(id)).length;
  if (missing === 0) return 0;
  if (view.succeeded === null) return view.ending === 'completed' ? missing : 0;
  // A job that goes on with another may count the other's rows, too.
  const counted = view.succeeded - (known.size - plan.ids.length);
  return Math.min(missing, Math.max(0, counted - outcomes.size));
}

function kept({ folder }: Download, temps: ReadonlyMap<string, string>): KeptFile[] {
  return [...temps].map(([name, temp]) => {
    const path = keptPath(folder, name);
    publishFile(temp, path);
    rmSync(join(folder, 'scratch'), { recursive: true, force: true });
    return { name, sha256: digestOfFile(path) ?? '' };
  });
}

/** Whether another try may help. Everything else passes through. */
function isTransient(error: unknown): error is Error {
  if (error instanceof Refused) return error.status === 403 || error.status === 404;
  return error instanceof DownloadProblem || error instanceof Unanswered || error instanceof ResultsGone;
}

function giveUp(download: Download, error: Error): Downloaded {
  const { view, forced } = download;
  if (error instanceof DownloadProblem && error.fault !== 'missing') throw error;
  if (error instanceof Unanswered) throw new DownloadProblem('truncated', error.message);
  if (forced) return { files: [], outcomes: new Map() };
  throw new OutcomeUnknown(
    `job ${view.job} has ended (${view.text}), and results that were paid for cannot be had: ${error.message}; ` +
      'run again later, or with consent to pay for these rows again (EVALMAKE_FORCE=1)',
  );
}

/**
 * Brings and verifies the files of a job.
 * @throws DownloadProblem when they stay wrong; OutcomeUnknown when paid results cannot be had
 */
export async function downloadResults(download: Download): Promise<Downloaded> {
  const { folder, plan, view, clock, firstWaitMs, forced } = download;
  mkdirSync(folder, { recursive: true });
  let problem: Error = new ResultsGone('no try was made');
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    if (attempt > 0) await clock.sleep(clock.random() * firstWaitMs * 2 ** attempt);
    try {
      const { temps, outcomes } = await tryOnce(download);
      const lost = lostRows(download, outcomes);
      if (lost === 0 || (forced && attempt === TRIES - 1)) return { files: kept(download, temps), outcomes };
      const missing = plan.ids.filter((id) => !outcomes.has(id));
      const says = view.succeeded === null ? 'it completed' : `it answered ${view.succeeded} rows`;
      problem = new DownloadProblem('missing', `${someOf(missing)}; the provider says that ${says}`);
    } catch (error) {
      if (!isTransient(error)) throw error;
      problem = error;
    }
  }
  return giveUp(download, problem);
}

/** Whether the kept files of a batch are there as they were verified. */
export function areKept(folder: string, files: readonly KeptFile[]): boolean {
  return files.every(({ name, sha256 }) => digestOfFile(keptPath(folder, name)) === sha256);
}
