// Fireworks datasets: named by the client, uploaded in one piece or to a signed URL, downloaded from signed URLs.
import { digestOf } from '../digest.ts';
import { ApiError } from './api-error.ts';
import { type Call, jsonBody, ok, param, type Reply } from './call.ts';
import type { Collection, Filed } from './collection.ts';
import { textParam } from './fault.ts';
import { formPart, readForm } from './multipart.ts';
import type { Services } from './services.ts';

export interface Dataset extends Filed {
  readonly account: string;
  readonly id: string;
  readonly state: 'UPLOADING' | 'READY';
  readonly exampleCount: string;
  readonly displayName: string;
  readonly format: string;
  readonly createdMs: number;
  /** The names of its files; their content is in the store by datasetBlob. */
  readonly files: readonly string[];
  /** For the output of a job: the key of the job. */
  readonly job: string | null;
}

export type Datasets = Collection<Dataset>;

/** Seconds that a signed URL lasts. */
const URL_LIVES_S = 599;
/** The largest file that :upload takes. */
const UPLOAD_BYTES = 150_000_000;
const RESOURCE_ID = /^[a-z][a-z0-9-]{0,62}$/;

export const resultFileName = 'BIJOutputSet.jsonl';
export const errorFileName = 'error-data';

/** The key of a resource in an account; accounts hold no dot, so that keys do not clash. */
export const resourceKey = (account: string, id: string): string => `${account}.${id}`;

/** Where the store holds a file of a dataset. */
export const datasetBlob = (key: string, file: string): string => `fireworks/content/${key}.${file}`;

/** Checks an id that a client chose. @throws ApiError */
export function checkId(id: string, what: string): string {
  if (!RESOURCE_ID.test(id))
    throw new ApiError(
      'invalid',
      `${what} "${id}" is invalid: at most 63 lower-case letters, digits and hyphens, beginning with a letter`,
    );
  return id;
}

function fileNameOf(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9._-]/g, '_');
  return safe === '' ? 'data.jsonl' : safe;
}

function datasetObject(dataset: Dataset, services: Services): object {
  const place = { route: 'fireworks.datasets.get', protocol: 'fireworks', job: dataset.id };
  const filled = services.faults.take(['external-url'], place);
  const bytes = dataset.files.map((file) => services.store.read(datasetBlob(dataset.key, file))?.length ?? 0);
  return {
    name: `accounts/${dataset.account}/datasets/${dataset.id}`,
    displayName: dataset.displayName,
    createTime: new Date(dataset.createdMs).toISOString(),
    updateTime: new Date(dataset.createdMs).toISOString(),
    state: dataset.state,
    status: { code: 'OK', message: '' },
    exampleCount: dataset.exampleCount,
    estimatedTokenCount: String(Math.ceil(bytes.reduce((sum, size) => sum + size, 0) / 4)),
    externalUrl: filled === undefined ? '' : textParam(filled, 'url'),
    format: dataset.format,
    ...(dataset.job === null ? { userUploaded: {} } : { sourceJobName: dataset.job }),
  };
}

/** POST …/datasets */
export function createDataset(call: Call, datasets: Datasets, services: Services): Reply {
  const body = jsonBody(call);
  const account = param(call, 'account');
  const id = checkId(body.text('datasetId'), 'dataset id');
  const given = body.object('dataset');
  const count = given.raw('exampleCount');
  if (count === undefined) throw new ApiError('invalid', 'example_count is required for uploaded datasets');
  if (typeof count !== 'string' || !/^\d+$/.test(count))
    throw new ApiError('invalid', 'invalid value for int64 field exampleCount: expected a text of digits');
  const key = resourceKey(account, id);
  if (datasets.get(key) !== undefined)
    throw new ApiError('exists', `dataset accounts/${account}/datasets/${id} already exists`);
  const dataset = datasets.put({
    key,
    seq: datasets.nextSeq,
    account,
    id,
    state: 'UPLOADING',
    exampleCount: count,
    displayName: given.has('displayName') ? given.text('displayName') : '',
    format: given.has('format') ? given.text('format') : 'FORMAT_UNSPECIFIED',
    createdMs: services.clock(),
    files: [],
    job: null,
  });
  return ok(datasetObject(dataset, services));
}

/** The dataset that a path names. @throws ApiError when there is none */
export function findDataset(call: Call, datasets: Datasets): Dataset {
  const dataset = datasets.get(resourceKey(param(call, 'account'), param(call, 'id')));
  if (dataset === undefined) throw new ApiError('missing', 'resource not found');
  return dataset;
}

function expectUploading(dataset: Dataset): void {
  if (dataset.state !== 'UPLOADING')
    throw new ApiError('not-ready', `dataset ${dataset.id} is in state ${dataset.state}, not UPLOADING`);
}

function checkSize(size: number, services: Services): void {
  const { bytes } = services.limits('fireworks');
  if (size > bytes) throw new ApiError('invalid', `the file has ${size} bytes; at most ${bytes} are allowed`);
}

/** GET …/datasets/{id} */
export function showDataset(call: Call, datasets: Datasets, services: Services): Reply {
  return ok(datasetObject(findDataset(call, datasets), services));
}

/** POST …/datasets/{id}:upload */
export function uploadDataset(call: Call, datasets: Datasets, services: Services): Reply {
  const dataset = findDataset(call, datasets);
  expectUploading(dataset);
  const file = formPart(readForm(call.headers['content-type'] ?? '', call.body), 'file');
  checkSize(file.bytes.length, services);
  if (file.bytes.length > UPLOAD_BYTES)
    throw new ApiError('invalid', 'the file is larger than 150MB: use the upload endpoint');
  const name = fileNameOf(file.filename);
  services.store.write(datasetBlob(dataset.key, name), file.bytes);
  datasets.put({ ...dataset, state: 'READY', files: [name] });
  return ok({
    id: dataset.id,
    object: 'file',
    bytes: file.bytes.length,
    filename: file.filename,
    created_at: Math.floor(services.clock() / 1000),
    purpose: 'dataset',
  });
}

/** A URL that is good for one file of a dataset, for ten minutes. */
export function signedUrl(origin: string, key: string, file: string, services: Services): string {
  const path = `/signed/${key}/${file}`;
  const date = String(services.clock());
  const signature = digestOf('signed', path, date);
  return `${origin}${path}?X-Goog-Date=${date}&X-Goog-Expires=${URL_LIVES_S}&X-Goog-Signature=${signature}`;
}

/** Checks a signed URL. @throws ApiError 403 when it is forged or has expired */
function checkSignature(call: Call, services: Services): { dataset: string; file: string } {
  const date = call.query.get('X-Goog-Date') ?? '';
  if (call.query.get('X-Goog-Signature') !== digestOf('signed', call.path, date))
    throw new ApiError('forbidden', 'SignatureDoesNotMatch');
  if (services.clock() > Number(date) + URL_LIVES_S * 1000) throw new ApiError('forbidden', 'ExpiredToken');
  return { dataset: param(call, 'dataset'), file: param(call, 'file') };
}

/** POST …/datasets/{id}:getUploadEndpoint */
export function uploadEndpoint(call: Call, datasets: Datasets, services: Services): Reply {
  const dataset = findDataset(call, datasets);
  expectUploading(dataset);
  const sizes = jsonBody(call).object('filenameToSize');
  const urls = sizes.keys().map((name) => {
    checkSize(Number(sizes.raw(name)), services);
    return [name, signedUrl(call.origin, dataset.key, fileNameOf(name), services)] as const;
  });
  return ok({ filenameToSignedUrls: Object.fromEntries(urls) });
}

/** PUT of a signed URL. */
export function putSigned(call: Call, datasets: Datasets, services: Services): Reply {
  const { dataset: key, file } = checkSignature(call, services);
  const dataset = datasets.get(key);
  if (dataset === undefined) throw new ApiError('missing', 'resource not found');
  const range = /^(\d+),(\d+)$/.exec(String(call.headers['x-goog-content-length-range'] ?? ''));
  if (range !== null && (call.body.length < Number(range[1]) || call.body.length > Number(range[2])))
    throw new ApiError('invalid', 'the content lies outside x-goog-content-length-range');
  services.store.write(datasetBlob(key, file), call.body);
  datasets.put({ ...dataset, files: [...new Set([...dataset.files, file])] });
  return { status: 200, body: Buffer.alloc(0) };
}

/** POST …/datasets/{id}:validateUpload */
export function validateUpload(call: Call, datasets: Datasets): Reply {
  const dataset = findDataset(call, datasets);
  if (dataset.files.length === 0) throw new ApiError('not-ready', `dataset ${dataset.id} has no file yet`);
  datasets.put({ ...dataset, state: 'READY' });
  return ok({});
}

/** GET of a signed URL. */
export function getSigned(call: Call, services: Services): Reply {
  const { dataset, file } = checkSignature(call, services);
  const body = services.store.read(datasetBlob(dataset, file));
  if (body === undefined) throw new ApiError('missing', 'NoSuchKey');
  const headers = { 'content-type': 'application/octet-stream' };
  return { status: 200, headers, body, rows: file === resultFileName };
}
