// Routes are all that the server answers, API by API.
import {
  anthropicBatches,
  cancelMessageBatch,
  createMessageBatch,
  listMessageBatches,
  messageBatchResults,
  showMessageBatch,
} from './anthropic-batches.ts';
import { Collection } from './collection.ts';
import {
  createDataset,
  type Dataset,
  getSigned,
  putSigned,
  showDataset,
  uploadDataset,
  uploadEndpoint,
  validateUpload,
} from './fireworks-datasets.ts';
import {
  createJob,
  deleteJob,
  downloadEndpoint,
  fireworksJobs,
  listJobs,
  showJob,
} from './fireworks-jobs.ts';
import type { Job, JobKind } from './job.ts';
import { settle } from './job-advance.ts';
import { cancelBatch, createBatch, listBatches, openaiBatches, showBatch } from './openai-batches.ts';
import { fileContent, listFiles, openaiFiles, showFile, uploadFile } from './openai-files.ts';
import { type Route, route } from './route.ts';
import type { Services } from './services.ts';
import { chat, message } from './single-requests.ts';

/** The routes, and the jobs behind them. */
export interface Desk {
  readonly routes: readonly Route[];
  /** Jobs accepted so far, by protocol. */
  readonly creates: () => Readonly<Record<string, number>>;
  /** Jobs that have not ended. */
  readonly unfinished: () => number;
  /** Moves every job to its end. */
  readonly settle: () => Promise<void>;
}

function fireworksRoutes(services: Services): { routes: Route[]; kind: JobKind<Job> } {
  const datasets = new Collection<Dataset>(services.store, 'fireworks/datasets');
  const kind = fireworksJobs(datasets, services);
  const set = '/v1/accounts/{account}/datasets';
  const jobs = '/v1/accounts/{account}/batchInferenceJobs';
  const routes = [
    route('fireworks.datasets.create', `POST ${set}`, (call) => createDataset(call, datasets, services)),
    route('fireworks.datasets.get', `GET ${set}/{id}`, (call) => showDataset(call, datasets, services)),
    route('fireworks.datasets.upload', `POST ${set}/{id}:upload`, (call) =>
      uploadDataset(call, datasets, services),
    ),
    route('fireworks.datasets.upload-endpoint', `POST ${set}/{id}:getUploadEndpoint`, (call) =>
      uploadEndpoint(call, datasets, services),
    ),
    route('fireworks.datasets.validate', `POST ${set}/{id}:validateUpload`, (call) =>
      validateUpload(call, datasets),
    ),
    route('fireworks.datasets.download-endpoint', `GET ${set}/{id}:getDownloadEndpoint`, (call) =>
      downloadEndpoint(call, kind, services),
    ),
    route('fireworks.signed.put', 'PUT /signed/{dataset}/{file}', (call) =>
      putSigned(call, datasets, services),
    ),
    route('fireworks.signed.get', 'GET /signed/{dataset}/{file}', (call) => getSigned(call, services)),
    route('fireworks.jobs.create', `POST ${jobs}`, (call) => createJob(call, kind, services)),
    route('fireworks.jobs.list', `GET ${jobs}`, (call) => listJobs(call, kind, services)),
    route('fireworks.jobs.get', `GET ${jobs}/{id}`, (call) => showJob(call, kind, services)),
    route('fireworks.jobs.delete', `DELETE ${jobs}/{id}`, (call) => deleteJob(call, kind)),
    route('chat.create', 'POST /inference/v1/chat/completions', (call) => chat(call, services)),
  ];
  return { routes, kind: kind as unknown as JobKind<Job> };
}

function openaiRoutes(services: Services): { routes: Route[]; kind: JobKind<Job> } {
  const files = openaiFiles(services.store);
  const kind = openaiBatches(files, services);
  const routes = [
    route('openai.files.create', 'POST /v1/files', (call) => uploadFile(call, files, services)),
    route('openai.files.list', 'GET /v1/files', (call) => listFiles(call, files)),
    route('openai.files.get', 'GET /v1/files/{id}', (call) => showFile(call, files, services)),
    route('openai.files.content', 'GET /v1/files/{id}/content', (call) => fileContent(call, files, services)),
    route('openai.batches.create', 'POST /v1/batches', (call) => createBatch(call, kind, services)),
    route('openai.batches.list', 'GET /v1/batches', (call) => listBatches(call, kind, services)),
    route('openai.batches.get', 'GET /v1/batches/{id}', (call) => showBatch(call, kind, services)),
    route('openai.batches.cancel', 'POST /v1/batches/{id}/cancel', (call) =>
      cancelBatch(call, kind, services),
    ),
    route('chat.create', 'POST /v1/chat/completions', (call) => chat(call, services)),
  ];
  return { routes, kind: kind as unknown as JobKind<Job> };
}

function anthropicRoutes(services: Services): { routes: Route[]; kind: JobKind<Job> } {
  const kind = anthropicBatches(services);
  const batches = '/v1/messages/batches';
  const routes = [
    route('anthropic.batches.create', `POST ${batches}`, (call) => createMessageBatch(call, kind, services)),
    route('anthropic.batches.list', `GET ${batches}`, (call) => listMessageBatches(call, kind, services)),
    route('anthropic.batches.get', `GET ${batches}/{id}`, (call) => showMessageBatch(call, kind, services)),
    route('anthropic.batches.cancel', `POST ${batches}/{id}/cancel`, (call) =>
      cancelMessageBatch(call, kind, services),
    ),
    route('anthropic.batches.results', `GET ${batches}/{id}/results`, (call) =>
      messageBatchResults(call, kind, services),
    ),
    route('messages.create', 'POST /v1/messages', (call) => message(call, services)),
  ];
  return { routes, kind };
}

/** Opens all APIs on the state in the store. */
export function openDesk(services: Services): Desk {
  const all = [fireworksRoutes(services), openaiRoutes(services), anthropicRoutes(services)];
  const kinds = all.map(({ kind }) => kind);
  return {
    routes: all.flatMap(({ routes }) => routes),
    creates: () =>
      Object.fromEntries(kinds.map(({ protocol, jobs }) => [protocol, jobs.newestFirst().length])),
    unfinished: () =>
      kinds.flatMap(({ jobs }) => jobs.newestFirst()).filter(({ outcome }) => outcome === null).length,
    settle: async () => {
      for (const kind of kinds) await settle(kind, services);
    },
  };
}
