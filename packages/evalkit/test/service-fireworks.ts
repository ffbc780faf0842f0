// The Fireworks part of a test's service: datasets, jobs under ids of the client, signed URLs.
import type { Exchange, Route } from './provider-service.ts';
import { completionOf, type Job, jsonLines, type Result, type Row } from './service-jobs.ts';

interface Dataset {
  state: 'UPLOADING' | 'READY';
  text: string;
}

const datasets = new WeakMap<object, Map<string, Dataset>>();

function datasetsOf({ jobs }: Exchange): Map<string, Dataset> {
  const known = datasets.get(jobs) ?? new Map<string, Dataset>();
  datasets.set(jobs, known);
  return known;
}

const last = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

const STATES = { completed: 'COMPLETED', failed: 'FAILED', expired: 'EXPIRED' } as const;

function jobOf(job: Job): object {
  const answered = job.results.filter(({ kind }) => kind === 'answered').length;
  return {
    name: `accounts/demo/batchInferenceJobs/${job.id}`,
    state: `JOB_STATE_${job.ending === null ? 'RUNNING' : STATES[job.ending]}`,
    status: { code: 'OK', message: job.ending === 'failed' ? 'the job failed' : '' },
    inputDatasetId: `accounts/demo/datasets/${job.more['input']}`,
    outputDatasetId: `accounts/demo/datasets/${job.more['output']}`,
    jobProgress: job.ending === null ? null : { successfullyProcessedRequests: answered },
  };
}

function errorLine(result: Result, odd: boolean): object {
  const status = result.kind === 'errored' ? result.status : 500;
  if (odd) return { line: result.id, problem: 'something' };
  return { custom_id: result.id, error: { message: 'the row failed', code: String(status) } };
}

function outputOf(job: Job, { faults }: Exchange): { output: string; errors: string } {
  const odd = faults.take(['error-lines']) !== undefined;
  return {
    output: jsonLines(
      job.results.flatMap((one) =>
        one.kind === 'answered' ? [{ custom_id: one.id, response: completionOf(one.id, one.model) }] : [],
      ),
    ),
    errors: jsonLines(job.results.filter(({ kind }) => kind === 'errored').map((one) => errorLine(one, odd))),
  };
}

function createJob(exchange: Exchange): object {
  const id = exchange.query.get('batchInferenceJobId') ?? '';
  if (exchange.jobs.find(id))
    return exchange.refuse(409, { code: 6, message: 'already exists', details: [] });
  const body = exchange.json() as Record<string, string>;
  const input = last(body['inputDatasetId'] ?? '');
  const lines = (datasetsOf(exchange).get(input)?.text ?? '').trim().split('\n');
  const rows = lines.map(
    (line): Row => ({
      id: (JSON.parse(line) as { custom_id: string }).custom_id,
      model: body['model'] ?? '',
    }),
  );
  const before = exchange.jobs.find(last(body['continuedFromJobName'] ?? ''));
  const open = rows.filter(
    ({ id }) => !before?.results.some((one) => one.id === id && one.kind === 'answered'),
  );
  return jobOf(exchange.jobs.create(id, open, { input, output: last(body['outputDatasetId'] ?? '') }));
}

function downloadEndpoint(exchange: Exchange): object {
  const id = exchange.part;
  const job = exchange.jobs.all.find(({ more }) => more['output'] === id);
  const gone = job === undefined || job.ending === 'failed';
  if (gone || exchange.faults.take(['output-missing']))
    return exchange.refuse(404, { code: 5, message: 'resource not found', details: [] });
  const url = (name: string): string => `${exchange.origin}/signed/${name}/${job.id}?X-Goog-Expires=599`;
  return {
    filenameToSignedUrls: {
      [`dataset/${id}/BIJOutputSet.jsonl`]: url('output'),
      [`dataset/${id}/error-data`]: url('errors'),
    },
  };
}

function datasetOf(exchange: Exchange): object | undefined {
  const id = exchange.part;
  const job = exchange.jobs.all.find(({ more }) => more['output'] === id);
  const known = datasetsOf(exchange).get(id);
  if (known === undefined && job === undefined) return undefined;
  const external = job !== undefined && exchange.faults.take(['external-url']) !== undefined;
  return {
    name: `accounts/demo/datasets/${id}`,
    state: known?.state ?? 'READY',
    externalUrl: external ? `${exchange.origin}/signed/output/${job.id}` : '',
  };
}

export const fireworksRoutes: readonly Route[] = [
  [
    /^POST \/v1\/accounts\/demo\/datasets$/,
    (exchange) => {
      const { datasetId } = exchange.json() as { datasetId: string };
      const known = datasetsOf(exchange);
      if (known.has(datasetId))
        return exchange.refuse(409, { code: 6, message: 'already exists', details: [] });
      known.set(datasetId, { state: 'UPLOADING', text: '' });
      return { name: `accounts/demo/datasets/${datasetId}` };
    },
  ],
  [
    /^POST \/v1\/accounts\/demo\/datasets\/([^/:]+):upload$/,
    (exchange) => {
      datasetsOf(exchange).set(exchange.part, { state: 'READY', text: exchange.upload() });
      return { id: exchange.part };
    },
  ],
  [/^GET \/v1\/accounts\/demo\/datasets\/([^/:]+):getDownloadEndpoint$/, downloadEndpoint],
  [/^GET \/v1\/accounts\/demo\/datasets\/([^/:]+)$/, datasetOf],
  [/^POST \/v1\/accounts\/demo\/batchInferenceJobs$/, createJob],
  [
    /^GET \/v1\/accounts\/demo\/batchInferenceJobs\/([^/]+)$/,
    (exchange) => {
      const job = exchange.jobs.find(exchange.part);
      return job === undefined ? undefined : jobOf(exchange.jobs.look(job));
    },
  ],
  [
    /^GET \/signed\/output\/([^/]+)$/,
    (exchange) => {
      if (exchange.faults.take(['url-expired'])) return exchange.refuse(403, { message: 'expired' });
      const job = exchange.jobs.find(exchange.part);
      return job === undefined ? undefined : outputOf(job, exchange).output;
    },
  ],
  [
    /^GET \/signed\/errors\/([^/]+)$/,
    (exchange) => {
      const job = exchange.jobs.find(exchange.part);
      return job === undefined ? undefined : outputOf(job, exchange).errors;
    },
  ],
];
