// A job run answers the rows of a job, bills them and publishes the results; what a crash cut short is run again, billed once.

import { Failure } from '../failure.ts';
import { JsonObject } from '../json-object.ts';
import type { Completion } from './answerer.ts';
import { ApiError } from './api-error.ts';
import { type Fault, type FaultPlace, numberParam, textParam } from './fault.ts';
import type { Ending, Job, JobError, JobKind, Outcome, Row, RowResult } from './job.ts';
import { type PromptDefaults, readPrompt } from './prompt.ts';
import type { Services } from './services.ts';

/** Rows after which other requests get their turn. */
const AT_A_TIME = 50;

/** Whether a fault of the kind row-errors or no-output hits a row. */
export function hitsRow(fault: Fault, row: Row, index: number): boolean {
  if (fault.kind === 'no-output') return true;
  const ids = fault.params['ids'];
  if (Array.isArray(ids)) return ids.includes(row.customId);
  const contains = textParam(fault, 'contains');
  if (contains !== '') return JSON.stringify(row.body).includes(contains);
  const every = numberParam(fault, 'every', 0);
  if (every > 0) return (index + 1) % every === 0;
  return index < numberParam(fault, 'count', 1);
}

/** The message and status of what a body's reader refused. Other errors are our own and pass through. */
export function refusalOf(error: unknown): { readonly status: number; readonly message: string } {
  if (error instanceof ApiError) return { status: error.status, message: error.message };
  if (error instanceof Failure) return { status: 400, message: error.message };
  throw error;
}

interface Running<J extends Job> {
  readonly kind: JobKind<J>;
  readonly job: J;
  readonly rows: readonly Row[];
  readonly defaults: PromptDefaults;
}

function runRow<J extends Job>({ kind, defaults }: Running<J>, row: Row, { answerer }: Services): RowResult {
  try {
    const prompt = readPrompt(new JsonObject(row.body, 'body'), kind.dialect, defaults);
    return {
      kind: 'succeeded',
      customId: row.customId,
      completion: answerer.answer(prompt, row.customId),
    };
  } catch (error) {
    return { kind: 'errored', customId: row.customId, ...refusalOf(error) };
  }
}

async function runRows<J extends Job>(running: Running<J>, services: Services): Promise<RowResult[]> {
  const { kind, job, rows } = running;
  const fault = services.faults.take(['row-errors', 'no-output'], placeOf(kind, job));
  const results: RowResult[] = [];
  for (const [index, row] of rows.entries()) {
    if (fault !== undefined && hitsRow(fault, row, index)) {
      const status = numberParam(fault, 'status', 500);
      results.push({
        kind: 'errored',
        customId: row.customId,
        status,
        message: textParam(fault, 'message'),
      });
    } else results.push(runRow(running, row, services));
    if (index % AT_A_TIME === AT_A_TIME - 1) await new Promise((done) => setImmediate(done));
  }
  return results;
}

/** Where faults look for a job. */
export function placeOf<J extends Job>(kind: Pick<JobKind<J>, 'protocol'>, job: J): FaultPlace {
  return { route: `${kind.protocol}.jobs.run`, protocol: kind.protocol, job: job.id };
}

const sum = (results: readonly Completion[], of: 'promptTokens' | 'completionTokens'): number =>
  results.reduce((total, completion) => total + completion[of], 0);

/** The outcome of a job that failed as a whole. */
export function failure(total: number, errors: readonly JobError[]): Outcome {
  return {
    ending: 'failed',
    total,
    succeeded: 0,
    errored: 0,
    unrun: total,
    promptTokens: 0,
    completionTokens: 0,
    errors,
    emptyErrorFileId: false,
  };
}

/**
 * Runs the first rows of a job and ends it: results published, rows billed.
 * @param finished how many rows are run before the job ends; the others expire or are cancelled
 */
export async function runJob<J extends Job>(
  running: Running<J>,
  end: { readonly ending: Ending; readonly finished: number },
  services: Services,
): Promise<Outcome> {
  const { kind, job, rows } = running;
  const results = await runRows({ ...running, rows: rows.slice(0, end.finished) }, services);
  const unrun = rows.slice(end.finished).map(
    (row): RowResult => ({
      kind: end.ending === 'expired' ? 'expired' : 'cancelled',
      customId: row.customId,
    }),
  );
  const bodies = new Map(rows.map((row) => [row.customId, row.body]));
  const completions: Completion[] = [];
  const charges = results.flatMap((result) => {
    if (result.kind !== 'succeeded') return [];
    const { customId, completion } = result;
    completions.push(completion);
    const { model, promptTokens, completionTokens } = completion;
    const body = bodies.get(customId);
    return [{ protocol: kind.protocol, job: job.id, customId, model, body, promptTokens, completionTokens }];
  });
  services.billing.charge(charges, true);
  const odd = services.faults.take(['error-lines'], placeOf(kind, job));
  kind.publish(job, [...results, ...unrun], odd === undefined ? 'usual' : textParam(odd, 'shape'));
  return {
    ending: end.ending,
    total: rows.length,
    succeeded: completions.length,
    errored: results.length - completions.length,
    unrun: unrun.length,
    promptTokens: sum(completions, 'promptTokens'),
    completionTokens: sum(completions, 'completionTokens'),
    errors: [],
    emptyErrorFileId:
      kind.protocol === 'openai' &&
      completions.length === rows.length &&
      services.faults.take(['empty-error-file-id'], placeOf(kind, job)) !== undefined,
  };
}
