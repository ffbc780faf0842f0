// The Anthropic part of a test's service: message batches, inline and without a name.
import type { Exchange, Route } from './provider-service.ts';
import { type Job, jsonLines, type Result } from './service-jobs.ts';

function resultOf(result: Result): object {
  const { id } = result;
  if (result.kind === 'expired') return { custom_id: id, result: { type: 'expired' } };
  if (result.kind === 'errored') {
    const type = result.status < 500 ? 'invalid_request_error' : 'api_error';
    return {
      custom_id: id,
      result: { type: 'errored', error: { type: 'error', error: { type, message: 'the row failed' } } },
    };
  }
  const message = {
    model: result.model,
    content: [{ type: 'text', text: `Answer ${id.slice(0, 6)}` }],
    support: 0.5,
    stop_reason: 'end_turn',
    usage: { input_tokens: 20, output_tokens: 3 },
  };
  return { custom_id: id, result: { type: 'succeeded', message } };
}

function batchOf(job: Job, { origin }: Exchange): object {
  const ended = job.ending !== null;
  const count = (kind: Result['kind']): number => job.results.filter((one) => one.kind === kind).length;
  return {
    id: job.id,
    type: 'message_batch',
    processing_status: ended ? 'ended' : 'in_progress',
    created_at: new Date(job.createdMs).toISOString(),
    request_counts: {
      processing: ended ? 0 : job.rows.length,
      succeeded: count('answered'),
      errored: count('errored') + (job.ending === 'failed' ? job.rows.length : 0),
      canceled: 0,
      expired: count('expired'),
    },
    results_url: ended ? `${origin}/v1/messages/batches/${job.id}/results` : null,
  };
}

export const anthropicRoutes: readonly Route[] = [
  [
    /^POST \/v1\/messages\/batches$/,
    (exchange) => {
      const body = exchange.json() as { requests: { custom_id: string; params: { model: string } }[] };
      const rows = body.requests.map(({ custom_id, params }) => ({ id: custom_id, model: params.model }));
      return batchOf(exchange.jobs.create(`msgbatch_${exchange.jobs.all.length + 1}`, rows), exchange);
    },
  ],
  [
    /^GET \/v1\/messages\/batches$/,
    (exchange) => ({ data: exchange.jobs.list().map((job) => batchOf(job, exchange)), has_more: false }),
  ],
  [
    /^GET \/v1\/messages\/batches\/([^/]+)$/,
    (exchange) => {
      const job = exchange.jobs.find(exchange.part);
      return job === undefined ? undefined : batchOf(exchange.jobs.look(job), exchange);
    },
  ],
  [
    /^GET \/v1\/messages\/batches\/([^/]+)\/results$/,
    (exchange) => {
      const job = exchange.jobs.find(exchange.part);
      if (job === undefined || exchange.faults.take(['output-missing'])) return undefined;
      const failed = job.rows.map(({ id }): Result => ({ kind: 'errored', id, status: 500 }));
      return jsonLines((job.ending === 'failed' ? failed : job.results).map(resultOf));
    },
  ],
];
