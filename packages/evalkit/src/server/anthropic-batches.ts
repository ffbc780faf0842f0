// Anthropic message batches: requests given inline, counts that stay 0 until the whole batch has ended, results by a URL.
import { digestOf, digestOfBytes } from '../digest.ts';
import { ApiError, anthropicError } from './api-error.ts';
import { type Call, countInQuery, jsonBody, ok, param, type Reply } from './call.ts';
import { Collection } from './collection.ts';
import { anthropicMessage } from './completion-body.ts';
import { numberParam } from './fault.ts';
import { jsonLines } from './input-lines.ts';
import type { Job, JobKind, RowResult } from './job.ts';
import { advance } from './job-advance.ts';
import type { Services } from './services.ts';

export type AnthropicBatches = JobKind<Job>;

const CUSTOM_ID = /^[a-zA-Z0-9_-]{1,64}$/;
const DAY_MS = 86_400_000;

const inputBlob = (key: string): string => `anthropic/content/${key}.input.json`;
const resultBlob = (key: string): string => `anthropic/content/${key}.results.jsonl`;

interface InlineRequest {
  readonly custom_id: string;
  readonly params: unknown;
}

function resultLine(result: RowResult): object {
  const line = (body: object): object => ({ custom_id: result.customId, result: body });
  if (result.kind === 'succeeded')
    return line({ type: 'succeeded', message: anthropicMessage(result.completion) });
  if (result.kind === 'expired') return line({ type: 'expired' });
  if (result.kind === 'cancelled') return line({ type: 'canceled' });
  const error = new ApiError(result.status >= 500 ? 'server' : 'invalid', result.message);
  return line({ type: 'errored', error: anthropicError(error) });
}

/** The kind of job that Anthropic's batches are. */
export function anthropicBatches(services: Services): AnthropicBatches {
  return {
    protocol: 'anthropic',
    dialect: 'anthropic',
    jobs: new Collection(services.store, 'anthropic/batches'),
    stages: ['accepted', 'in_progress'],
    running: 'in_progress',
    ends: { completed: 'completed', failed: 'failed', expired: 'expired', cancelled: 'cancelled' },
    read: (job) => {
      const bytes = services.store.read(inputBlob(job.key)) ?? Buffer.from('[]');
      const requests = JSON.parse(bytes.toString('utf8')) as readonly InlineRequest[];
      const rows = requests.map(({ custom_id, params }) => ({ customId: custom_id, body: params }));
      return { kind: 'rows', rows, defaults: {} };
    },
    publish: (job, results) => services.store.write(resultBlob(job.key), jsonLines(results.map(resultLine))),
  };
}

/** POST /v1/messages/batches */
export function createMessageBatch(call: Call, kind: AnthropicBatches, services: Services): Reply {
  const limits = services.limits('anthropic');
  if (call.body.length > limits.bytes)
    throw new ApiError('too-large', `Request exceeds the maximum size of ${limits.bytes} bytes`);
  const requests = jsonBody(call).objectList('requests');
  if (requests.length === 0) throw new ApiError('invalid', 'requests: at least one request is required');
  if (requests.length > limits.requests)
    throw new ApiError('invalid', `requests: at most ${limits.requests} requests are allowed`);
  const seen = new Set<string>();
  const inline = requests.map((request, index): InlineRequest => {
    const custom_id = request.text('custom_id');
    if (!CUSTOM_ID.test(custom_id))
      throw new ApiError(
        'invalid',
        `requests.${index}.custom_id: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'`,
      );
    if (seen.has(custom_id))
      throw new ApiError('invalid', `requests.${index}.custom_id: '${custom_id}' is not unique`);
    seen.add(custom_id);
    return { custom_id, params: request.object('params').whole() };
  });
  const seq = kind.jobs.nextSeq;
  const content = JSON.stringify(inline);
  const key = `msgbatch_${digestOf(`${seq}`, digestOfBytes(content)).slice(0, 24)}`;
  services.store.write(inputBlob(key), content);
  const batch = kind.jobs.put({
    key,
    seq,
    id: key,
    createdMs: services.clock(),
    total: inline.length,
    stage: 'accepted',
    step: 0,
    times: {},
    stopping: false,
    outcome: null,
  });
  return ok(batchObject(batch, call.origin));
}

const isoOf = (ms: number | undefined): string | null =>
  ms === undefined ? null : new Date(ms).toISOString();

/** A batch as the API shows it. A batch that failed as a whole is not known there: its rows are all errored. */
function batchObject(batch: Job, origin: string): object {
  const { outcome } = batch;
  const unrun = (ending: string): number => (outcome?.ending === ending ? outcome.unrun : 0);
  return {
    id: batch.key,
    type: 'message_batch',
    processing_status: outcome !== null ? 'ended' : batch.stopping ? 'canceling' : 'in_progress',
    request_counts: {
      processing: outcome === null ? batch.total : 0,
      succeeded: outcome?.succeeded ?? 0,
      errored: (outcome?.errored ?? 0) + unrun('failed'),
      canceled: unrun('cancelled'),
      expired: unrun('expired'),
    },
    created_at: isoOf(batch.createdMs),
    expires_at: isoOf(batch.createdMs + DAY_MS),
    ended_at: outcome === null ? null : isoOf(batch.times[batch.stage]),
    archived_at: null,
    cancel_initiated_at: isoOf(batch.times['canceling']),
    results_url: outcome === null ? null : `${origin}/v1/messages/batches/${batch.key}/results`,
  };
}

function findBatch(call: Call, kind: AnthropicBatches): Job {
  const id = param(call, 'id');
  const batch = kind.jobs.get(id);
  if (batch === undefined) throw new ApiError('missing', `Message batch not found: ${id}`);
  return batch;
}

/** GET /v1/messages/batches/{id} */
export async function showMessageBatch(
  call: Call,
  kind: AnthropicBatches,
  services: Services,
): Promise<Reply> {
  return ok(batchObject(await advance(kind, findBatch(call, kind).key, services), call.origin));
}

/** POST /v1/messages/batches/{id}/cancel */
export function cancelMessageBatch(call: Call, kind: AnthropicBatches, services: Services): Reply {
  const batch = findBatch(call, kind);
  if (batch.outcome !== null)
    throw new ApiError('invalid', `Message batch ${batch.key} has ended and cannot be canceled`);
  const times = { ...batch.times, canceling: services.clock() };
  return ok(batchObject(kind.jobs.put({ ...batch, stopping: true, times }), call.origin));
}

/** GET /v1/messages/batches/{id}/results */
export function messageBatchResults(call: Call, kind: AnthropicBatches, services: Services): Reply {
  const batch = findBatch(call, kind);
  if (batch.outcome === null)
    throw new ApiError('missing', `Message batch ${batch.key} has no results yet: it has not ended`);
  if (batch.outcome.ending === 'failed') {
    const rows = kind.read(batch);
    const message = batch.outcome.errors[0]?.message ?? 'the batch failed';
    const results = rows.kind === 'rows' ? rows.rows : [];
    const lines = results.map(({ customId }) =>
      resultLine({ kind: 'errored', customId, status: 500, message }),
    );
    return resultReply(Buffer.from(jsonLines(lines)));
  }
  return resultReply(services.store.read(resultBlob(batch.key)) ?? Buffer.alloc(0));
}

function resultReply(body: Buffer): Reply {
  return { status: 200, headers: { 'content-type': 'application/x-jsonl' }, body, rows: true };
}

/** GET /v1/messages/batches: newest first; `after_id` and `before_id` page through it. */
export function listMessageBatches(call: Call, kind: AnthropicBatches, services: Services): Reply {
  const limit = countInQuery(call, 'limit', { usual: 20, max: 1000 });
  const place = { route: 'anthropic.batches.list', protocol: 'anthropic', job: '' };
  const lag = services.faults.take(['list-lag'], place);
  const all = kind.jobs.newestFirst().slice(lag === undefined ? 0 : numberParam(lag, 'count', 1));
  const before = call.query.get('before_id');
  const after = call.query.get('after_id');
  let page: readonly Job[];
  let more: boolean;
  if (before !== null) {
    const end = Math.max(
      0,
      all.findIndex(({ key }) => key === before),
    );
    page = all.slice(Math.max(0, end - limit), end);
    more = end > limit;
  } else {
    const from = after === null ? 0 : all.findIndex(({ key }) => key === after) + 1;
    page = all.slice(from, from + limit);
    more = from + limit < all.length;
  }
  return ok({
    data: page.map((batch) => batchObject(batch, call.origin)),
    has_more: more,
    first_id: page[0]?.key ?? null,
    last_id: page.at(-1)?.key ?? null,
  });
}
