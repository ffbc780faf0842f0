// Fireworks batches: an input dataset, a job and an output dataset, all three under ids of ours cut from the content.
import type { JsonObject } from '../json-object.ts';
import { jsonLine } from '../json-out.ts';
import { type BatchApi, type Ending, type JobView, type Order, ResultsGone } from './batch-api.ts';
import type { BatchPlan } from './batch-plan.ts';
import { type DatasetPlace, datasetFiles, idIn, putDataset } from './fireworks-dataset.ts';
import { Refused, speaksOfQuota } from './http-trouble.ts';
import { answered, failed, type RowOutcome, readChatCompletion } from './row-outcome.ts';
import type { Asking, WireRow } from './wire-row.ts';

const ENDINGS: Readonly<Record<string, Ending>> = {
  COMPLETED: 'completed',
  FAILED: 'failed',
  EXPIRED: 'expired',
  EARLY_STOPPED: 'expired',
  CANCELLED: 'cancelled',
  DELETING: 'cancelled',
  DELETING_CLEANING_UP: 'cancelled',
  DELETED: 'cancelled',
  ARCHIVED: 'cancelled',
};

/** Lowercase letters, digits and hyphens, a letter first, at most 63: the rule for ids at the service. */
export function fireworksIds(key: string): { job: string; input: string; output: string } {
  return { job: `evalmake-${key}`, input: `evalmake-${key}-in`, output: `evalmake-${key}-out` };
}

function lineOf({ system }: Asking, { id, request }: WireRow): string {
  const { messages, max_tokens, temperature, top_p } = request.body;
  const body = {
    messages: [{ role: 'system', content: system }, ...messages],
    max_tokens,
    temperature,
    top_p,
  };
  return `${jsonLine({ custom_id: id, body })}\n`;
}

function countIn(progress: JsonObject | null, name: string): number | null {
  const value = progress?.raw(name);
  const count = typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN;
  return Number.isInteger(count) ? count : null;
}

function viewOf(job: JsonObject): JobView {
  const state = job.text('state').replace(/^JOB_STATE_/, '');
  const message = job.has('status') ? String(job.object('status').raw('message') ?? '') : '';
  const progress = job.has('jobProgress') ? job.object('jobProgress') : null;
  return {
    job: idIn(job.fullText('name')),
    ending: ENDINGS[state] ?? null,
    text: message === '' ? state : `${state}: ${message}`,
    done: countIn(progress, 'totalProcessedRequests'),
    succeeded: countIn(progress, 'successfullyProcessedRequests'),
    overQuota: state === 'FAILED' && speaksOfQuota(message),
    document: job,
  };
}

/** No published line of error-data is known: {custom_id, error} is read, and anything else refused by name. */
export function readFireworksLine(line: JsonObject): RowOutcome {
  const id = line.fullText('custom_id');
  if (line.has('error')) return failed(id, line.object('error'), null);
  const response = line.object('response');
  return answered(id, () => readChatCompletion(response));
}

async function create(place: DatasetPlace, asking: Asking, { plan, rows }: Order): Promise<string> {
  const { job, output } = fireworksIds(plan.key);
  const input = fireworksIds(await inputKey(place, plan)).input;
  const named = (id: string): string => `accounts/${place.account}/datasets/${id}`;
  const json = {
    model: asking.model,
    inputDatasetId: named(input),
    outputDatasetId: named(output),
    displayName: `evalmake ${rows.length} rows, generation ${plan.generation}`,
    ...(plan.continues === null ? {} : { continuedFromJobName: jobName(place, plan.continues) }),
  };
  try {
    const path = `${jobsPath(place)}?batchInferenceJobId=${job}`;
    await place.http.json({ method: 'POST', path, json });
  } catch (error) {
    // It is there already: a create before this one went through.
    if (!(error instanceof Refused && error.status === 409)) throw error;
  }
  return job;
}

function jobsPath({ account }: DatasetPlace): string {
  return `/v1/accounts/${encodeURIComponent(account)}/batchInferenceJobs`;
}

function jobName({ account }: DatasetPlace, job: string): string {
  return `accounts/${account}/batchInferenceJobs/${job}`;
}

/** A job that goes on with another has the input of the other. */
async function inputKey(place: DatasetPlace, plan: BatchPlan): Promise<string> {
  if (plan.continues === null) return plan.key;
  const job = await place.http.json({ method: 'GET', path: `${jobsPath(place)}/${plan.continues}` });
  return idIn(job.fullText('inputDatasetId'))
    .replace(/^evalmake-/, '')
    .replace(/-in$/, '');
}

/** The batch inference jobs of Fireworks. */
export function fireworksBatches(place: DatasetPlace, asking: Asking): BatchApi {
  const { http } = place;
  return {
    protocol: 'fireworks',
    createIsSafe: true,
    findsByKey: true,
    continues: true,
    sizeOf: (row) => Buffer.byteLength(lineOf(asking, row)),
    find: async ({ plan }) => {
      const { job } = fireworksIds(plan.key);
      try {
        await http.json({ method: 'GET', path: `${jobsPath(place)}/${job}` });
        return { kind: 'job', job };
      } catch (error) {
        if (error instanceof Refused && error.status === 404) return { kind: 'none' };
        throw error;
      }
    },
    send: async ({ plan, rows }) => {
      if (plan.continues !== null) return null;
      const bytes = Buffer.from(rows.map((row) => lineOf(asking, row)).join(''), 'utf8');
      await putDataset(place, { id: fireworksIds(plan.key).input, rows: rows.length, bytes });
      return null;
    },
    create: (order) => create(place, asking, order),
    look: async (job) => viewOf(await http.json({ method: 'GET', path: `${jobsPath(place)}/${job}` })),
    files: async (view, scratch) => {
      const name = view.document.raw('outputDatasetId');
      if (typeof name !== 'string' || name === '') return [];
      try {
        return await datasetFiles(place, idIn(name), scratch);
      } catch (error) {
        // A job that failed as a whole has no output; one that answered rows has lost it.
        if (error instanceof ResultsGone && view.ending !== 'completed' && !view.succeeded) return [];
        throw error;
      }
    },
    readLine: readFireworksLine,
  };
}
