// Anthropic batches: requests inline, no name and no key of ours, so a lost one is found by its time, its size and its ids.
import type { JsonObject } from '../json-object.ts';
import { jsonLine } from '../json-out.ts';
import {
  type BatchApi,
  type Found,
  type JobView,
  type Order,
  ResultsGone,
  type Search,
} from './batch-api.ts';
import type { HttpClient } from './http-client.ts';
import { Refused } from './http-trouble.ts';
import { answered, failed, type RowOutcome, readMessageBody } from './row-outcome.ts';
import type { Asking, WireRow } from './wire-row.ts';

const BATCHES = '/v1/messages/batches';
/** How far the two clocks may be apart, in milliseconds. */
const SKEW_MS = 120_000;

function paramsOf({ model, system }: Asking, { body }: WireRow['request']): object {
  const { messages, max_tokens, temperature, top_p } = body;
  // Newer models refuse both; 1 is what they use when it is not given.
  return { model, system, messages, max_tokens, temperature, ...(top_p === 1 ? {} : { top_p }) };
}

function requestOf(asking: Asking, { id, request }: WireRow): object {
  return { custom_id: id, params: paramsOf(asking, request) };
}

interface Counts {
  readonly total: number;
  readonly processing: number;
  readonly succeeded: number;
}

function countsOf(batch: JsonObject): Counts {
  const counts = batch.object('request_counts');
  const of = (name: string): number => (counts.has(name) ? counts.count(name) : 0);
  const [processing, succeeded] = [of('processing'), of('succeeded')];
  return {
    total: processing + succeeded + of('errored') + of('canceled') + of('expired'),
    processing,
    succeeded,
  };
}

function viewOf(batch: JsonObject): JobView {
  const ended = batch.text('processing_status') === 'ended';
  const counts = countsOf(batch);
  return {
    job: batch.fullText('id'),
    ending: ended ? 'completed' : null,
    text: batch.text('processing_status'),
    done: counts.total - counts.processing,
    succeeded: ended ? counts.succeeded : null,
    overQuota: false,
    document: batch,
  };
}

function readLine(line: JsonObject): RowOutcome {
  const id = line.fullText('custom_id');
  const result = line.object('result');
  const type = result.text('type');
  if (type === 'succeeded') return answered(id, () => readMessageBody(result.object('message')));
  if (type === 'errored') {
    const error = result.object('error');
    return failed(id, error.has('error') ? error.object('error') : error, null);
  }
  if (type !== 'canceled' && type !== 'expired')
    return result.reject('type', 'succeeded, errored, canceled or expired');
  return { kind: 'failed', id, message: `the request was ${type}`, code: type, permanent: false };
}

/** The batches that may be the one that was asked for: none of the others, young enough, of the same size. */
async function candidates(http: HttpClient, order: Order, search: Search): Promise<JsonObject[]> {
  const since = (search.sinceMs ?? 0) - SKEW_MS;
  const found: JsonObject[] = [];
  let after = '';
  for (;;) {
    const page = await http.json({ method: 'GET', path: `${BATCHES}?limit=100${after}` });
    const batches = page.objectList('data');
    for (const batch of batches) {
      const young = Date.parse(batch.text('created_at')) >= since;
      if (!young || search.others.has(batch.fullText('id'))) continue;
      if (countsOf(batch).total === order.rows.length) found.push(batch);
    }
    const last = batches.at(-1);
    if (last === undefined || page.raw('has_more') !== true) return found;
    if (Date.parse(last.text('created_at')) < since) return found;
    after = `&after_id=${encodeURIComponent(last.fullText('id'))}`;
  }
}

/** Whether the results of an ended batch are those of our rows; null when they cannot be had. */
async function holdsOurs(http: HttpClient, batch: JsonObject, order: Order): Promise<boolean | null> {
  if (!batch.has('results_url')) return null;
  const path = `${BATCHES}/${encodeURIComponent(batch.fullText('id'))}/results`;
  let text: string;
  try {
    text = await http.text({ method: 'GET', path });
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
  const ids = new Set(order.rows.map(({ id }) => id));
  const seen = [...text.matchAll(/"custom_id"\s*:\s*"([^"]*)"/g)].map((match) => match[1] ?? '');
  return seen.length > 0 && seen.every((id) => ids.has(id));
}

/** A batch as it is now; the list may be behind. */
function lookAt(http: HttpClient, job: string): Promise<JsonObject> {
  return http.json({ method: 'GET', path: `${BATCHES}/${encodeURIComponent(job)}` });
}

async function find(http: HttpClient, order: Order, search: Search): Promise<Found> {
  let running = 0;
  const silent: string[] = [];
  for (const listed of await candidates(http, order, search)) {
    const job = listed.fullText('id');
    const batch = await lookAt(http, job);
    if (batch.text('processing_status') !== 'ended') {
      running += 1;
      continue;
    }
    const ours = await holdsOurs(http, batch, order);
    if (ours) return { kind: 'job', job };
    if (ours === null) silent.push(job);
  }
  if (silent.length > 0)
    return { kind: 'unknown', text: `batch ${silent.join(', ')} may be it, and its results cannot be had` };
  if (running === 0) return { kind: 'none' };
  const text = `${running} ${running === 1 ? 'batch' : 'batches'} of this size to end, one of which may be ours`;
  return { kind: 'maybe', text };
}

/** The Message Batches of Anthropic. */
export function anthropicBatches(http: HttpClient, asking: Asking): BatchApi {
  return {
    protocol: 'anthropic',
    createIsSafe: false,
    findsByKey: false,
    continues: false,
    sizeOf: (row) => Buffer.byteLength(jsonLine(requestOf(asking, row))) + 1,
    find: (order, search) => find(http, order, search),
    send: async () => null,
    create: async ({ rows }) => {
      const json = { requests: rows.map((row) => requestOf(asking, row)) };
      return (await http.json({ method: 'POST', path: BATCHES, json, once: true })).fullText('id');
    },
    look: async (job) => viewOf(await lookAt(http, job)),
    files: async ({ document, job }) => {
      const url = document.raw('results_url');
      if (typeof url !== 'string' || url === '')
        throw new ResultsGone(`batch ${job} has no results any more`);
      return [{ name: 'output', from: { url, auth: true }, bytes: null }];
    },
    readLine,
  };
}
