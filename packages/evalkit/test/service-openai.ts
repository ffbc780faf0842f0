// The OpenAI part of a test's service: files, batches, and single chat completions.
import type { Exchange, Route } from './provider-service.ts';
import { completionOf, type Job, jsonLines, type Result } from './service-jobs.ts';

interface Body {
  readonly [key: string]: unknown;
}

const files = new WeakMap<object, Map<string, string>>();

function filesOf({ jobs }: Exchange): Map<string, string> {
  const known = files.get(jobs) ?? new Map<string, string>();
  files.set(jobs, known);
  return known;
}

function lineOf(result: Result): object {
  const { id } = result;
  if (result.kind === 'answered')
    return {
      custom_id: id,
      response: { status_code: 200, body: completionOf(id, result.model) },
      error: null,
    };
  if (result.kind === 'expired')
    return { custom_id: id, response: null, error: { code: 'batch_expired', message: 'too late' } };
  const body = { error: { message: 'the row failed', type: 'invalid_request_error', code: null } };
  return { custom_id: id, response: { status_code: result.status, body }, error: null };
}

function batchOf(job: Job, exchange: Exchange): object {
  const good = job.results.filter(({ kind }) => kind === 'answered');
  const bad = job.results.filter(({ kind }) => kind !== 'answered');
  const known = filesOf(exchange);
  const file = (name: string, results: readonly Result[]): string | null => {
    if (results.length === 0) return null;
    known.set(`${name}-${job.id}`, jsonLines(results.map(lineOf)));
    return `${name}-${job.id}`;
  };
  const isClean = job.ending === 'completed' && bad.length === 0;
  return {
    id: job.id,
    object: 'batch',
    status: job.ending ?? 'in_progress',
    created_at: Math.floor(job.createdMs / 1000),
    metadata: { evalmake_key: job.more['key'] },
    request_counts: { total: job.rows.length, completed: good.length, failed: bad.length },
    output_file_id: file('output', good),
    error_file_id:
      isClean && exchange.faults.take(['empty-error-file-id']) !== undefined ? '' : file('errors', bad),
    ...(job.ending === 'failed'
      ? { errors: { data: [{ code: 'job_failed', message: 'the job failed' }] } }
      : {}),
  };
}

export const openaiRoutes: readonly Route[] = [
  [
    /^POST \/v1\/chat\/completions$/,
    (exchange) => {
      const id = String(exchange.headers['x-client-request-id']);
      exchange.jobs.bill(id);
      return completionOf(id, String((exchange.json() as Body)['model']));
    },
  ],
  [
    /^POST \/v1\/files$/,
    (exchange) => {
      const known = filesOf(exchange);
      const id = `file-${known.size + 1}`;
      known.set(id, exchange.upload());
      return { id, bytes: Buffer.byteLength(exchange.upload()) };
    },
  ],
  [
    /^POST \/v1\/batches$/,
    (exchange) => {
      const body = exchange.json() as { input_file_id: string; metadata: { evalmake_key: string } };
      const text = filesOf(exchange).get(body.input_file_id) ?? '';
      const rows = text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { custom_id: string; body: { model: string } });
      const job = exchange.jobs.create(
        `batch_${exchange.jobs.all.length + 1}`,
        rows.map(({ custom_id, body: { model } }) => ({ id: custom_id, model })),
        { key: body.metadata.evalmake_key },
      );
      return batchOf(job, exchange);
    },
  ],
  [
    /^GET \/v1\/batches$/,
    (exchange) => ({ data: exchange.jobs.list().map((job) => batchOf(job, exchange)), has_more: false }),
  ],
  [
    /^GET \/v1\/batches\/([^/]+)$/,
    (exchange) => {
      const job = exchange.jobs.find(exchange.part);
      return job === undefined ? undefined : batchOf(exchange.jobs.look(job), exchange);
    },
  ],
  [/^GET \/v1\/files\/([^/]+)\/content$/, (exchange) => filesOf(exchange).get(exchange.part)],
  [
    /^GET \/v1\/files\/([^/]+)$/,
    (exchange) => ({
      id: exchange.part,
      bytes: Buffer.byteLength(filesOf(exchange).get(exchange.part) ?? ''),
    }),
  ],
];
