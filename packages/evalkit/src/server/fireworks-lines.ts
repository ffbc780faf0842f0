// Fireworks lines: an input dataset as requests, of which one bad row fails the whole job, and the two output files.
import { digestOf } from '../digest.ts';
import { JsonObject } from '../json-object.ts';
import { chatCompletion } from './completion-body.ts';
import {
  type Datasets,
  datasetBlob,
  errorFileName,
  resourceKey,
  resultFileName,
} from './fireworks-datasets.ts';
import type { FireworksJob } from './fireworks-job.ts';
import { jsonLines, readInputLines } from './input-lines.ts';
import type { JobError, Reading, RowResult } from './job.ts';
import { refusalOf } from './job-run.ts';
import { type PromptDefaults, readPrompt } from './prompt.ts';
import { nowS, type Services } from './services.ts';

function refused(message: string, line: number | null): Reading {
  const error: JobError = { code: 'INVALID_ARGUMENT', message, line };
  return { kind: 'refused', errors: [error] };
}

/** Reads an input dataset. The line that a refusal names is one too low, as the API's are not to be trusted. */
export function readFireworksRows(content: Buffer, defaults: PromptDefaults, maxRequests: number): Reading {
  const { lines, errors } = readInputLines(content);
  const first = errors[0];
  if (first !== undefined)
    return refused(`invalid dataset: line ${(first.line ?? 1) - 1}: ${first.message}`, first.line);
  if (lines.length === 0) return refused('invalid dataset: no examples', null);
  if (lines.length > maxRequests)
    return refused(`invalid dataset: ${lines.length} examples, at most ${maxRequests} are allowed`, null);
  for (const { value, number } of lines) {
    try {
      readPrompt(new JsonObject(value['body'], 'body'), 'openai', defaults);
    } catch (error) {
      return refused(`invalid dataset: line ${number - 1}: ${refusalOf(error).message}`, number);
    }
  }
  return {
    kind: 'rows',
    rows: lines.map(({ customId, value }) => ({ customId, body: value['body'] })),
    defaults,
  };
}

/** A line of error-data; nobody has published its shape, so a fault can change it. */
function errorLine(result: RowResult & { kind: 'errored' }, shape: string): string {
  const { customId, message, status } = result;
  if (shape === 'text') return `${customId}: ${message}\n`;
  if (shape === 'flat') return jsonLines([{ custom_id: customId, message }]);
  const code = status >= 500 ? 'INTERNAL' : 'INVALID_ARGUMENT';
  return jsonLines([{ custom_id: customId, error: { code, message } }]);
}

/** The order of an output is not that of the input: it follows from the ids and the job. */
function shuffled<T extends { readonly customId: string }>(results: readonly T[], job: string): T[] {
  const keyed = results.map((result) => [digestOf(job, result.customId), result] as const);
  return keyed.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, result]) => result);
}

/** Writes BIJOutputSet.jsonl and error-data, then the output dataset that holds them. */
export function publishResults(
  job: FireworksJob,
  { results, shape, datasets }: { results: readonly RowResult[]; shape: string; datasets: Datasets },
  services: Services,
): void {
  const key = resourceKey(job.account, job.output);
  const createdS = nowS(services);
  const good = results.filter((result) => result.kind === 'succeeded');
  const lines = shuffled(good, job.key).map(({ customId, completion }) => ({
    custom_id: customId,
    response: chatCompletion(completion, createdS),
  }));
  const bad = results.filter((result) => result.kind === 'errored').map((result) => errorLine(result, shape));
  services.store.write(datasetBlob(key, resultFileName), jsonLines(lines));
  services.store.write(datasetBlob(key, errorFileName), bad.join(''));
  if (datasets.get(key) !== undefined) return;
  datasets.put({
    key,
    seq: datasets.nextSeq,
    account: job.account,
    id: job.output,
    state: 'READY',
    exampleCount: String(lines.length),
    displayName: '',
    format: 'CHAT',
    createdMs: services.clock(),
    files: [resultFileName, errorFileName],
    job: job.key,
  });
}
