// Fireworks batch inference jobs: named by the client, fed from one dataset, written to another, continued by a new job.
import { ApiError } from './api-error.ts';
import { type Call, countInQuery, jsonBody, ok, param, type Reply } from './call.ts';
import { Collection } from './collection.ts';
import { numberParam } from './fault.ts';
import {
  checkId,
  type Dataset,
  type Datasets,
  datasetBlob,
  findDataset,
  resourceKey,
  resultFileName,
  signedUrl,
} from './fireworks-datasets.ts';
import { filtered } from './fireworks-filter.ts';
import { type FireworksJob, jobObject, lastPart } from './fireworks-job.ts';
import { publishResults, readFireworksRows } from './fireworks-lines.ts';
import { readInputLines } from './input-lines.ts';
import type { JobKind } from './job.ts';
import { advance, rowsRun } from './job-advance.ts';
import type { PromptDefaults } from './prompt.ts';
import type { Services } from './services.ts';

export interface FireworksJobs extends JobKind<FireworksJob> {
  readonly datasets: Datasets;
}

/** The ids of rows that earlier jobs of the chain have answered. */
function answeredBefore(job: FireworksJob, jobs: Collection<FireworksJob>, services: Services): Set<string> {
  const answered = new Set<string>();
  for (const earlier of chainOf(job, jobs).slice(1)) {
    const bytes = services.store.read(
      datasetBlob(resourceKey(earlier.account, earlier.output), resultFileName),
    );
    if (bytes === undefined) continue;
    for (const { customId } of readInputLines(bytes).lines) answered.add(customId);
  }
  return answered;
}

/** A job and the jobs that it continues, newest first. */
function chainOf(job: FireworksJob, jobs: Collection<FireworksJob>): FireworksJob[] {
  const chain = [job];
  for (let next = job.continues; next !== null; ) {
    const earlier = jobs.get(next);
    if (earlier === undefined) break;
    chain.push(earlier);
    next = earlier.continues;
  }
  return chain;
}

/** The kind of job that Fireworks' are. */
export function fireworksJobs(datasets: Datasets, services: Services): FireworksJobs {
  const jobs = new Collection<FireworksJob>(services.store, 'fireworks/jobs');
  return {
    protocol: 'fireworks',
    dialect: 'openai',
    datasets,
    jobs,
    stages: ['VALIDATING', 'PENDING', 'CREATING', 'RUNNING'],
    running: 'RUNNING',
    ends: { completed: 'COMPLETED', failed: 'FAILED', expired: 'EXPIRED', cancelled: 'DELETING_CLEANING_UP' },
    read: (job) => {
      const dataset = datasets.get(resourceKey(job.account, job.input));
      const bytes = (dataset?.files ?? []).map((file) =>
        services.store.read(datasetBlob(dataset?.key ?? '', file)),
      );
      const content = Buffer.concat(bytes.filter((part) => part !== undefined));
      const limit = services.limits('fireworks').requests;
      const reading = readFireworksRows(content, job.defaults, limit);
      if (reading.kind === 'refused' || job.continues === null) return reading;
      const answered = answeredBefore(job, jobs, services);
      return { ...reading, rows: reading.rows.filter(({ customId }) => !answered.has(customId)) };
    },
    publish: (job, results, shape) => publishResults(job, { results, shape, datasets }, services),
  };
}

function readDefaults(body: ReturnType<typeof jsonBody>): PromptDefaults {
  const given = body.has('inferenceParameters') ? body.object('inferenceParameters') : null;
  const number = (name: string): number | undefined =>
    given?.has(name) === true ? given.number(name) : undefined;
  const [maxTokens, temperature, n] = [number('maxTokens'), number('temperature'), number('n')];
  return {
    model: body.fullText('model'),
    ...(body.has('systemPrompt') && { system: body.text('systemPrompt') }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(n !== undefined && { n }),
  };
}

/** The job that a new one continues. @throws ApiError when there is none or it has not ended */
function continued(name: string, account: string, jobs: Collection<FireworksJob>): FireworksJob | null {
  if (name === '') return null;
  const earlier = jobs.get(resourceKey(account, lastPart(name)));
  if (earlier === undefined) throw new ApiError('missing', `job ${name} to continue from was not found`);
  if (earlier.outcome === null) throw new ApiError('not-ready', `job ${name} has not ended`);
  return earlier;
}

function inputOf(name: string, account: string, datasets: Datasets): Dataset {
  if (name === '') throw new ApiError('invalid', 'input_dataset_id is required');
  const input = datasets.get(resourceKey(account, lastPart(name)));
  if (input === undefined) throw new ApiError('missing', `input dataset ${name} was not found`);
  if (input.state !== 'READY') throw new ApiError('not-ready', `input dataset ${name} is not READY`);
  return input;
}

/** POST …/batchInferenceJobs?batchInferenceJobId={id} */
export function createJob(call: Call, kind: FireworksJobs, services: Services): Reply {
  const body = jsonBody(call);
  const account = param(call, 'account');
  const seq = kind.jobs.nextSeq;
  const id = checkId(call.query.get('batchInferenceJobId') || `job-${seq}`, 'batch inference job id');
  const key = resourceKey(account, id);
  if (kind.jobs.get(key) !== undefined)
    throw new ApiError('exists', `job accounts/${account}/batchInferenceJobs/${id} already exists`);
  const text = (name: string): string => (body.has(name) ? body.text(name) : '');
  const earlier = continued(text('continuedFromJobName'), account, kind.jobs);
  const input = inputOf(text('inputDatasetId') || (earlier?.input ?? ''), account, kind.datasets);
  const output = checkId(lastPart(text('outputDatasetId')) || `${id}-output`.slice(-63), 'output dataset id');
  const taken = kind.jobs.newestFirst().some((job) => job.account === account && job.output === output);
  if (taken || kind.datasets.get(resourceKey(account, output)) !== undefined)
    throw new ApiError('exists', `dataset accounts/${account}/datasets/${output} already exists`);
  const job = kind.jobs.put({
    key,
    seq,
    id,
    createdMs: services.clock(),
    total: Number(input.exampleCount),
    stage: 'VALIDATING',
    step: 0,
    times: {},
    stopping: false,
    outcome: null,
    account,
    displayName: text('displayName'),
    input: input.id,
    output,
    continues: earlier?.key ?? null,
    defaults: readDefaults(body),
    parameters: body.has('inferenceParameters') ? body.object('inferenceParameters').whole() : {},
  });
  return ok(jobObject(job, 0));
}

function findJob(call: Call, kind: FireworksJobs): FireworksJob {
  const job = kind.jobs.get(resourceKey(param(call, 'account'), param(call, 'id')));
  if (job === undefined) throw new ApiError('missing', 'resource not found');
  return job;
}

/** GET …/batchInferenceJobs/{id} */
export async function showJob(call: Call, kind: FireworksJobs, services: Services): Promise<Reply> {
  const job = await advance(kind, findJob(call, kind).key, services);
  return ok(jobObject(job, rowsRun(kind, job, services)));
}

/** DELETE …/batchInferenceJobs/{id}: also the way to cancel. The id stays taken. */
export function deleteJob(call: Call, kind: FireworksJobs): Reply {
  kind.jobs.put({ ...findJob(call, kind), stopping: true, stage: 'DELETING_CLEANING_UP' });
  return ok({});
}

/** GET …/batchInferenceJobs: newest first unless orderBy says otherwise. */
export function listJobs(call: Call, kind: FireworksJobs, services: Services): Reply {
  const account = param(call, 'account');
  const size = countInQuery(call, 'pageSize', { usual: 50, max: 200 });
  const place = { route: 'fireworks.jobs.list', protocol: 'fireworks', job: '' };
  const lag = services.faults.take(['list-lag'], place);
  const known = kind.jobs.newestFirst().slice(lag === undefined ? 0 : numberParam(lag, 'count', 1));
  const objects = known
    .filter((job) => job.account === account)
    .map((job) => jobObject(job, rowsRun(kind, job, services)));
  if (/^(?:create_?time)(?: asc)?$/i.test(call.query.get('orderBy') ?? '')) objects.reverse();
  const found = filtered(objects, call.query.get('filter') ?? '');
  const from = Number(call.query.get('pageToken') || '0');
  if (!Number.isInteger(from) || from < 0) throw new ApiError('invalid', 'invalid page token');
  return ok({
    batchInferenceJobs: found.slice(from, from + size),
    nextPageToken: from + size < found.length ? String(from + size) : '',
    totalSize: found.length,
  });
}

/** GET …/datasets/{id}:getDownloadEndpoint: signed URLs of its files, or with downloadLineage of the whole chain's. */
export function downloadEndpoint(call: Call, kind: FireworksJobs, services: Services): Reply {
  if (call.body.length > 0) throw new ApiError('invalid', 'a GET request must have no body');
  const dataset = findDataset(call, kind.datasets);
  const job = dataset.job === null ? undefined : kind.jobs.get(dataset.job);
  const lineage = call.query.get('downloadLineage') === 'true' && job !== undefined;
  const sets = lineage
    ? chainOf(job, kind.jobs).map((one) => kind.datasets.get(resourceKey(one.account, one.output)))
    : [dataset];
  const urls = sets
    .filter((set) => set !== undefined)
    .flatMap(({ id, key, files }) =>
      files.map((file) => [`dataset/${id}/${file}`, signedUrl(call.origin, key, file, services)] as const),
    );
  return ok({ filenameToSignedUrls: Object.fromEntries(urls) });
}
