// OpenAI batches: an uploaded file, a batch with our key in its metadata, an output file and an error file.
import { Failure } from '../failure.ts';
import type { JsonObject } from '../json-object.ts';
import { jsonLine } from '../json-out.ts';
import {
  type BatchApi,
  type Ending,
  type Found,
  type JobView,
  type Order,
  type ResultFile,
  ResultsGone,
} from './batch-api.ts';
import type { HttpClient } from './http-client.ts';
import { Refused, speaksOfQuota } from './http-trouble.ts';
import { answered, failed, type RowOutcome, readChatCompletion } from './row-outcome.ts';
import { type Asking, chatBody, type WireRow } from './wire-row.ts';

/** Names our key in the metadata of a batch. */
const KEY = 'evalmake_key';
const ENDPOINT = '/v1/chat/completions';
/** Output is kept for 30 days; an older batch could not be collected. */
const OLDEST_S = 31 * 86_400;

const ENDINGS: Readonly<Record<string, Ending>> = {
  completed: 'completed',
  failed: 'failed',
  expired: 'expired',
  cancelled: 'cancelled',
};

function lineOf(asking: Asking, { id, request }: WireRow): string {
  return `${jsonLine({ custom_id: id, method: 'POST', url: ENDPOINT, body: chatBody(asking, request) })}\n`;
}

/** A member that names a file; an empty text has been seen where there is none. */
function fileId(batch: JsonObject, name: string): string | null {
  const value = batch.raw(name);
  return typeof value === 'string' && value !== '' ? value : null;
}

function viewOf(batch: JsonObject): JobView {
  const status = batch.text('status');
  const counts = batch.has('request_counts') ? batch.object('request_counts') : null;
  const errors = batch.has('errors') ? batch.object('errors') : null;
  const reasons = errors?.has('data') ? errors.objectList('data') : [];
  const texts = reasons.map((error) => String(error.raw('message') ?? error.raw('code') ?? ''));
  return {
    job: batch.fullText('id'),
    ending: ENDINGS[status] ?? null,
    text: [status, ...texts.slice(0, 3)].join(': '),
    done: counts === null ? null : counts.count('completed') + counts.count('failed'),
    succeeded: counts === null ? null : counts.count('completed'),
    overQuota:
      status === 'failed' && reasons.some((error) => speaksOfQuota(jsonLine(error.whole() as object))),
    document: batch,
  };
}

function readLine(line: JsonObject): RowOutcome {
  const id = line.fullText('custom_id');
  if (line.has('error')) return failed(id, line.object('error'), null);
  const response = line.object('response');
  const status = response.count('status_code');
  const body = response.object('body');
  if (status < 400) return answered(id, () => readChatCompletion(body));
  return failed(id, body.has('error') ? body.object('error') : null, status);
}

async function findByKey(http: HttpClient, key: string, nowMs: number): Promise<Found> {
  let after = '';
  for (;;) {
    const page = await http.json({ method: 'GET', path: `/v1/batches?limit=100${after}` });
    const batches = page.objectList('data');
    for (const batch of batches) {
      if (batch.has('metadata') && batch.object('metadata').raw(KEY) === key)
        return { kind: 'job', job: batch.fullText('id') };
    }
    const last = batches.at(-1);
    if (last === undefined || page.raw('has_more') !== true) return { kind: 'none' };
    if (last.number('created_at') < nowMs / 1000 - OLDEST_S) return { kind: 'none' };
    after = `&after=${encodeURIComponent(last.fullText('id'))}`;
  }
}

/** The file's object says how long it is; where there is none any more, its content is gone, too. */
async function resultFile(http: HttpClient, id: string, name: ResultFile['name']): Promise<ResultFile> {
  try {
    const file = await http.json({ method: 'GET', path: `/v1/files/${encodeURIComponent(id)}` });
    const bytes = file.has('bytes') ? file.count('bytes') : null;
    return { name, from: { url: `/v1/files/${encodeURIComponent(id)}/content`, auth: true }, bytes };
  } catch (error) {
    if (error instanceof Refused && error.status === 404)
      throw new ResultsGone(`file ${id} is not there: ${error.message}`);
    throw error;
  }
}

async function upload(http: HttpClient, asking: Asking, { plan, rows }: Order): Promise<string> {
  const bytes = Buffer.from(rows.map((row) => lineOf(asking, row)).join(''));
  const body = { fields: { purpose: 'batch' }, field: 'file', filename: `${plan.key}.jsonl`, bytes };
  const file = await http.json({ method: 'POST', path: '/v1/files', body });
  if (file.has('bytes') && file.count('bytes') !== bytes.length)
    throw new Failure(`the provider has ${file.count('bytes')} bytes of an upload of ${bytes.length}`);
  return file.fullText('id');
}

/** The batches of OpenAI, or of a service that speaks its protocol. @param now milliseconds since 1970 */
export function openaiBatches(http: HttpClient, asking: Asking, now: () => number): BatchApi {
  return {
    protocol: 'openai',
    createIsSafe: false,
    findsByKey: true,
    continues: false,
    sizeOf: (row) => Buffer.byteLength(lineOf(asking, row)),
    find: ({ plan }) => findByKey(http, plan.key, now()),
    send: (order) => upload(http, asking, order),
    create: async ({ plan, rows }, sent) => {
      const json = {
        input_file_id: sent,
        endpoint: ENDPOINT,
        completion_window: '24h',
        metadata: { [KEY]: plan.key, generation: String(plan.generation), rows: String(rows.length) },
      };
      return (await http.json({ method: 'POST', path: '/v1/batches', json, once: true })).fullText('id');
    },
    look: async (job) =>
      viewOf(await http.json({ method: 'GET', path: `/v1/batches/${encodeURIComponent(job)}` })),
    files: async ({ document }) => {
      const output = fileId(document, 'output_file_id');
      const errors = fileId(document, 'error_file_id');
      return [
        ...(output === null ? [] : [await resultFile(http, output, 'output')]),
        ...(errors === null ? [] : [await resultFile(http, errors, 'errors')]),
      ];
    },
    readLine,
  };
}
