// OpenAI batches: created from an input file, looked at until they are done, cancelled, listed newest first.
import { digestOf } from '../digest.ts';
import type { JsonObject } from '../json-object.ts';
import { ApiError } from './api-error.ts';
import { type Call, countInQuery, jsonBody, ok, param, type Reply } from './call.ts';
import { Collection } from './collection.ts';
import { numberParam } from './fault.ts';
import { jsonLines, readInputLines } from './input-lines.ts';
import type { Job, JobKind, RowResult } from './job.ts';
import { advance, rowsRun } from './job-advance.ts';
import { findFile, keepFile, type OpenaiFile } from './openai-files.ts';
import { openaiOutput, readOpenaiRows } from './openai-lines.ts';
import { nowS, type Services } from './services.ts';

export interface OpenaiBatch extends Job {
  readonly endpoint: string;
  readonly inputFile: string;
  readonly metadata: Readonly<Record<string, string>> | null;
  readonly outputExpiresAfterS: number;
}

export interface OpenaiBatches extends JobKind<OpenaiBatch> {
  readonly files: Collection<OpenaiFile>;
}

const DAY_MS = 86_400_000;
const THIRTY_DAYS_S = 2_592_000;

/** The names of a batch's two result files; they are in the store by these names before they are listed as files. */
const resultName = (batch: OpenaiBatch, which: 'output' | 'error'): string => `${batch.key}_${which}.jsonl`;

function resultFile(
  files: Collection<OpenaiFile>,
  batch: OpenaiBatch,
  which: 'output' | 'error',
): OpenaiFile | undefined {
  const name = resultName(batch, which);
  return files.newestFirst().find(({ filename, purpose }) => purpose === 'batch_output' && filename === name);
}

/** The kind of job that OpenAI's batches are. */
export function openaiBatches(files: Collection<OpenaiFile>, services: Services): OpenaiBatches {
  const publishFile = (batch: OpenaiBatch, which: 'output' | 'error', lines: readonly object[]): void => {
    if (lines.length === 0 || resultFile(files, batch, which) !== undefined) return;
    const content = Buffer.from(jsonLines(lines));
    const [filename, expiresAfterS] = [resultName(batch, which), batch.outputExpiresAfterS];
    keepFile(files, { filename, purpose: 'batch_output', content, expiresAfterS }, services);
  };
  return {
    protocol: 'openai',
    dialect: 'openai',
    files,
    jobs: new Collection(services.store, 'openai/batches'),
    stages: ['validating', 'in_progress', 'finalizing'],
    running: 'in_progress',
    ends: { completed: 'completed', failed: 'failed', expired: 'expired', cancelled: 'cancelled' },
    read: (batch) => {
      const content = services.store.read(`openai/content/${batch.inputFile}`) ?? Buffer.alloc(0);
      return readOpenaiRows(content, batch.endpoint, services.limits('openai').requests);
    },
    publish: (batch, results: readonly RowResult[]) => {
      const { output, errors } = openaiOutput(batch.key, results, nowS(services));
      publishFile(batch, 'output', output);
      publishFile(batch, 'error', errors);
    },
  };
}

function readMetadata(body: JsonObject): Readonly<Record<string, string>> | null {
  if (!body.has('metadata')) return null;
  const metadata = body.object('metadata');
  const keys = metadata.keys();
  if (keys.length > 16) metadata.reject('', 'at most 16 pairs');
  const pairs = keys.map((key) => [key, metadata.text(key)] as const);
  for (const [key, value] of pairs) {
    if (key.length > 64)
      throw new ApiError('invalid', `metadata: the key ${key} is longer than 64 characters`);
    if (value.length > 512)
      throw new ApiError('invalid', `metadata.${key}: the value is longer than 512 characters`);
  }
  return Object.fromEntries(pairs);
}

/** POST /v1/batches */
export function createBatch(call: Call, kind: OpenaiBatches, services: Services): Reply {
  const body = jsonBody(call);
  const endpoint = body.text('endpoint');
  if (endpoint !== '/v1/chat/completions')
    throw new ApiError(
      'invalid',
      `Invalid value: '${endpoint}'. Supported values are: '/v1/chat/completions'.`,
    );
  if (body.text('completion_window') !== '24h')
    throw new ApiError('invalid', "Invalid value for 'completion_window': expected '24h'.");
  const file = findFile(kind.files, body.text('input_file_id'), services);
  if (file.purpose !== 'batch')
    throw new ApiError('invalid', `The file ${file.key} has another purpose than batch.`);
  const expires = body.has('output_expires_after')
    ? body.object('output_expires_after').count('seconds')
    : THIRTY_DAYS_S;
  const metadata = readMetadata(body);
  const seq = kind.jobs.nextSeq;
  const key = `batch_${digestOf(`${seq}`, file.key).slice(0, 24)}`;
  const content = services.store.read(file.blob) ?? Buffer.alloc(0);
  const batch = kind.jobs.put({
    key,
    seq,
    id: key,
    createdMs: services.clock(),
    total: readInputLines(content).lines.length,
    stage: 'validating',
    step: 0,
    times: {},
    stopping: false,
    outcome: null,
    endpoint,
    inputFile: file.key,
    metadata,
    outputExpiresAfterS: expires,
  });
  return ok(batchObject(batch, kind, services));
}

function timesOf(batch: OpenaiBatch): object {
  const at = (stage: string): number | null => {
    const ms = batch.times[stage];
    return ms === undefined ? null : Math.floor(ms / 1000);
  };
  return {
    created_at: Math.floor(batch.createdMs / 1000),
    in_progress_at: at('in_progress'),
    expires_at: Math.floor((batch.createdMs + DAY_MS) / 1000),
    finalizing_at: at('finalizing'),
    completed_at: at('completed'),
    failed_at: at('failed'),
    expired_at: at('expired'),
    cancelling_at: at('cancelling'),
    cancelled_at: at('cancelled'),
  };
}

function countsOf(batch: OpenaiBatch, kind: OpenaiBatches, services: Services): object {
  const { outcome } = batch;
  if (outcome === null)
    return {
      total: batch.step === 0 ? 0 : batch.total,
      completed: rowsRun(kind, batch, services),
      failed: 0,
    };
  if (outcome.ending === 'failed') return { total: 0, completed: 0, failed: 0 };
  return { total: outcome.total, completed: outcome.succeeded, failed: outcome.errored };
}

function usageOf(batch: OpenaiBatch): object {
  const { promptTokens = 0, completionTokens = 0 } = batch.outcome ?? {};
  return {
    input_tokens: promptTokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: completionTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: promptTokens + completionTokens,
  };
}

/** A batch as the API shows it. */
export function batchObject(batch: OpenaiBatch, kind: OpenaiBatches, services: Services): object {
  const { outcome } = batch;
  const data = (outcome?.errors ?? []).map(({ code, message, line }) => ({
    code,
    line,
    message,
    param: null,
  }));
  const output = outcome === null ? undefined : resultFile(kind.files, batch, 'output')?.key;
  const errors = outcome === null ? undefined : resultFile(kind.files, batch, 'error')?.key;
  return {
    id: batch.key,
    object: 'batch',
    endpoint: batch.endpoint,
    errors: data.length === 0 ? null : { object: 'list', data },
    input_file_id: batch.inputFile,
    completion_window: '24h',
    status: batch.stage,
    output_file_id: output ?? null,
    error_file_id: errors ?? (outcome?.emptyErrorFileId === true ? '' : null),
    ...timesOf(batch),
    request_counts: countsOf(batch, kind, services),
    metadata: batch.metadata,
    usage: usageOf(batch),
  };
}

function findBatch(call: Call, kind: OpenaiBatches): OpenaiBatch {
  const id = param(call, 'id');
  const batch = kind.jobs.get(id);
  if (batch === undefined) throw new ApiError('missing', `No batch found with id '${id}'.`);
  return batch;
}

/** GET /v1/batches/{id} */
export async function showBatch(call: Call, kind: OpenaiBatches, services: Services): Promise<Reply> {
  return ok(batchObject(await advance(kind, findBatch(call, kind).key, services), kind, services));
}

/** POST /v1/batches/{id}/cancel */
export function cancelBatch(call: Call, kind: OpenaiBatches, services: Services): Reply {
  const batch = findBatch(call, kind);
  if (batch.outcome !== null)
    throw new ApiError('exists', `Cannot cancel a batch with status '${batch.stage}'.`);
  const times = { ...batch.times, cancelling: services.clock() };
  const cancelling = kind.jobs.put({ ...batch, stage: 'cancelling', stopping: true, times });
  return ok(batchObject(cancelling, kind, services));
}

/** GET /v1/batches: newest first, `limit` up to 100, `after` an id. */
export function listBatches(call: Call, kind: OpenaiBatches, services: Services): Reply {
  const limit = countInQuery(call, 'limit', { usual: 20, max: 100 });
  const place = { route: 'openai.batches.list', protocol: 'openai', job: '' };
  const lag = services.faults.take(['list-lag'], place);
  const all = kind.jobs.newestFirst().slice(lag === undefined ? 0 : numberParam(lag, 'count', 1));
  const after = call.query.get('after');
  const from = after === null ? 0 : all.findIndex(({ key }) => key === after) + 1;
  const page = all.slice(from, from + limit);
  return ok({
    object: 'list',
    data: page.map((batch) => batchObject(batch, kind, services)),
    first_id: page[0]?.key ?? null,
    last_id: page.at(-1)?.key ?? null,
    has_more: from + limit < all.length,
  });
}
