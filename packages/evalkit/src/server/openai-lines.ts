// OpenAI lines: the lines of a batch's input file as requests, and its output and error files.
import { digestOf } from '../digest.ts';
import { ApiError, openaiError } from './api-error.ts';
import { chatCompletion } from './completion-body.ts';
import { readInputLines } from './input-lines.ts';
import type { JobError, Reading, RowResult } from './job.ts';

const UNRUN = {
  expired: {
    code: 'batch_expired',
    message: 'This request could not be executed before the completion window expired.',
  },
  cancelled: {
    code: 'batch_cancelled',
    message: 'This request was not executed because the batch was cancelled.',
  },
};

function modelOf(body: unknown): string {
  if (body === null || typeof body !== 'object') return '';
  const model = (body as Readonly<Record<string, unknown>>)['model'];
  return typeof model === 'string' ? model : '';
}

/** What is wrong with a line of the input file. */
function lineError(
  value: Readonly<Record<string, unknown>>,
  endpoint: string,
): Omit<JobError, 'line'> | null {
  if (value['method'] !== 'POST')
    return { code: 'invalid_method', message: "Invalid value for 'method': expected POST." };
  if (value['url'] !== endpoint)
    return {
      code: 'invalid_url',
      message: 'The URL provided for this request does not match the batch endpoint.',
    };
  if (value['body'] === null || typeof value['body'] !== 'object')
    return { code: 'missing_required_parameter', message: "Missing required parameter: 'body'." };
  return null;
}

/** Reads an input file as a batch does when it validates. */
export function readOpenaiRows(content: Buffer, endpoint: string, maxRequests: number): Reading {
  const { lines, errors } = readInputLines(content);
  const model = modelOf(lines[0]?.value['body']);
  for (const { value, number } of lines) {
    const wrong = lineError(value, endpoint);
    if (wrong !== null) errors.push({ ...wrong, line: number });
    else if (modelOf(value['body']) !== model)
      errors.push({
        code: 'mismatched_model',
        message: `The provided model '${modelOf(value['body'])}' does not match the batch's model '${model}'.`,
        line: number,
      });
  }
  if (lines.length > maxRequests)
    errors.push({
      code: 'too_many_tasks',
      message: `The batch has ${lines.length} requests; at most ${maxRequests} are allowed.`,
      line: null,
    });
  if (lines.length === 0 && errors.length === 0)
    errors.push({ code: 'empty_file', message: 'The input file is empty.', line: null });
  if (errors.length > 0) return { kind: 'refused', errors };
  const rows = lines.map(({ customId, value }) => ({ customId, body: value['body'] }));
  return { kind: 'rows', rows, defaults: {} };
}

/** One line of an output or error file. */
function lineOf(batch: string, result: RowResult, createdS: number): object {
  const id = `batch_req_${digestOf(batch, result.customId).slice(0, 24)}`;
  const head = { id, custom_id: result.customId };
  if (result.kind === 'expired' || result.kind === 'cancelled')
    return { ...head, response: null, error: UNRUN[result.kind] };
  const request_id = digestOf(id).slice(0, 32);
  if (result.kind === 'succeeded') {
    const body = chatCompletion(result.completion, createdS);
    return { ...head, response: { status_code: 200, request_id, body }, error: null };
  }
  const error = new ApiError(result.status >= 500 ? 'server' : 'invalid', result.message);
  return {
    ...head,
    response: { status_code: result.status, request_id, body: openaiError(error) },
    error: null,
  };
}

/** The lines of the output file and of the error file. */
export function openaiOutput(
  batch: string,
  results: readonly RowResult[],
  createdS: number,
): { readonly output: object[]; readonly errors: object[] } {
  const good = results.filter(({ kind }) => kind === 'succeeded');
  const bad = results.filter(({ kind }) => kind !== 'succeeded');
  return {
    output: good.map((result) => lineOf(batch, result, createdS)),
    errors: bad.map((result) => lineOf(batch, result, createdS)),
  };
}
