// A FireworksJob is a batch inference job as it is kept, and as the API shows it.
import type { Job } from './job.ts';
import type { PromptDefaults } from './prompt.ts';

export interface FireworksJob extends Job {
  readonly account: string;
  readonly displayName: string;
  /** Ids of datasets in the same account. */
  readonly input: string;
  readonly output: string;
  /** The key of the job that it continues. */
  readonly continues: string | null;
  readonly defaults: PromptDefaults;
  /** inferenceParameters as they were given. */
  readonly parameters: unknown;
}

const DAY_MS = 86_400_000;

/** The id in a resource name; an id is its own. */
export function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

function progressOf(job: FireworksJob, run: number): object | null {
  const { outcome } = job;
  if (job.step === 0 && outcome === null) return null;
  const processed = outcome === null ? run : outcome.succeeded + outcome.errored;
  const total = outcome?.total ?? job.total;
  return {
    percent: total === 0 ? 100 : Math.floor((100 * processed) / total),
    totalInputRequests: job.total,
    totalProcessedRequests: processed,
    successfullyProcessedRequests: outcome?.succeeded ?? processed,
    failedRequests: outcome?.errored ?? 0,
    outputRows: outcome?.succeeded ?? 0,
    inputTokens: outcome?.promptTokens ?? 0,
    outputTokens: outcome?.completionTokens ?? 0,
    cachedInputTokenCount: 0,
  };
}

/**
 * A job as the API shows it.
 * @param run rows that it has run by now
 */
export function jobObject(job: FireworksJob, run: number): Readonly<Record<string, unknown>> {
  const account = `accounts/${job.account}`;
  const error = job.outcome?.errors[0];
  const updatedMs = Math.max(job.createdMs, ...Object.values(job.times));
  return {
    name: `${account}/batchInferenceJobs/${job.id}`,
    displayName: job.displayName,
    createTime: new Date(job.createdMs).toISOString(),
    updateTime: new Date(updatedMs).toISOString(),
    expireTime: new Date(job.createdMs + DAY_MS).toISOString(),
    createdBy: 'local',
    state: `JOB_STATE_${job.stage}`,
    status: error === undefined ? { code: 'OK', message: '' } : { code: error.code, message: error.message },
    model: job.defaults.model,
    inputDatasetId: `${account}/datasets/${job.input}`,
    outputDatasetId: `${account}/datasets/${job.output}`,
    inferenceParameters: job.parameters,
    precision: 'PRECISION_UNSPECIFIED',
    continuedFromJobName:
      job.continues === null
        ? ''
        : `${account}/batchInferenceJobs/${job.continues.slice(job.account.length + 1)}`,
    jobProgress: progressOf(job, run),
  };
}
