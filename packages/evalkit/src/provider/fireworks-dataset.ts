// A Fireworks dataset is a named file at the service: made under an id of ours, filled once, and read by signed URLs.
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { NotYet } from '../failure.ts';
import type { JsonObject } from '../json-object.ts';
import { type ResultFile, ResultsGone } from './batch-api.ts';
import { downloadByCli } from './firectl.ts';
import type { HttpClient } from './http-client.ts';
import { Refused } from './http-trouble.ts';

/** Files up to this length may go in a form; longer ones go to a signed URL. */
const MOST_FORM_BYTES = 150_000_000;

export interface DatasetPlace {
  readonly http: HttpClient;
  readonly account: string;
  /** The command of the Fireworks CLI; empty when there is none. */
  readonly firectl: string;
  /** Bytes that may go in a form, other than the API's limit. */
  readonly mostFormBytes?: number;
}

/** The folder of all datasets of an account, as a path of the API. */
export function datasetsPath(account: string): string {
  return `/v1/accounts/${encodeURIComponent(account)}/datasets`;
}

/** The last part of a resource name such as accounts/a/datasets/id. */
export function idIn(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

async function isReady({ http, account }: DatasetPlace, id: string): Promise<boolean> {
  const dataset = await http.json({ method: 'GET', path: `${datasetsPath(account)}/${id}` });
  return dataset.raw('state') === 'READY';
}

async function sendBySignedUrl({ http, account }: DatasetPlace, id: string, bytes: Buffer): Promise<void> {
  const path = `${datasetsPath(account)}/${id}`;
  const name = `${id}.jsonl`;
  const json = { filenameToSize: { [name]: String(bytes.length) } };
  const urls = await http.json({ method: 'POST', path: `${path}:getUploadEndpoint`, json });
  const url = urls.object('filenameToSignedUrls').fullText(name);
  const headers = {
    'content-type': 'application/octet-stream',
    'x-goog-content-length-range': `${bytes.length},${bytes.length}`,
  };
  await http.text({ method: 'PUT', path: url, headers, body: bytes });
  await http.json({ method: 'POST', path: `${path}:validateUpload`, json: {} });
}

async function fill(place: DatasetPlace, id: string, bytes: Buffer): Promise<void> {
  if (bytes.length > (place.mostFormBytes ?? MOST_FORM_BYTES)) return sendBySignedUrl(place, id, bytes);
  const path = `${datasetsPath(place.account)}/${id}:upload`;
  await place.http.text({
    method: 'POST',
    path,
    body: { fields: {}, field: 'file', filename: `${id}.jsonl`, bytes },
  });
}

/**
 * Sees to it that a dataset with this content is ready. Its id is cut from the content, so one that is there is the same.
 * @throws NotYet while the service still reads it
 */
export async function putDataset(
  place: DatasetPlace,
  dataset: { readonly id: string; readonly rows: number; readonly bytes: Buffer },
): Promise<void> {
  const { id, rows, bytes } = dataset;
  const json = { datasetId: id, dataset: { userUploaded: {}, exampleCount: String(rows) } };
  try {
    await place.http.json({ method: 'POST', path: datasetsPath(place.account), json });
  } catch (error) {
    if (!(error instanceof Refused && error.status === 409)) throw error;
    if (await isReady(place, id)) return;
  }
  try {
    await fill(place, id, bytes);
  } catch (error) {
    // An upload whose answer was lost has filled it already.
    if (!(error instanceof Refused && (await isReady(place, id)))) throw error;
  }
  if (!(await isReady(place, id))) throw new NotYet(5, `dataset ${id} is being read by the provider`);
}

function namedFile(urls: JsonObject, name: ResultFile['name'], ending: string): ResultFile[] {
  const key = urls.keys().find((file) => file === ending || file.endsWith(`/${ending}`));
  return key === undefined ? [] : [{ name, from: { url: urls.fullText(key), auth: false }, bytes: null }];
}

async function signedFiles({ http, account }: DatasetPlace, id: string): Promise<ResultFile[]> {
  const path = `${datasetsPath(account)}/${encodeURIComponent(id)}:getDownloadEndpoint`;
  const endpoint = await http.json({ method: 'GET', path });
  const urls = endpoint.object('filenameToSignedUrls');
  return [...namedFile(urls, 'output', 'BIJOutputSet.jsonl'), ...namedFile(urls, 'errors', 'error-data')];
}

/** The dataset's own address, when it has one that can be read. */
async function externalFiles({ http, account }: DatasetPlace, id: string): Promise<ResultFile[]> {
  const path = `${datasetsPath(account)}/${encodeURIComponent(id)}`;
  try {
    const url = (await http.json({ method: 'GET', path })).raw('externalUrl');
    if (typeof url !== 'string' || !/^https?:/.test(url)) return [];
    return [{ name: 'output', from: { url, auth: false }, bytes: null }];
  } catch (error) {
    if (error instanceof Refused) return [];
    throw error;
  }
}

async function cliFiles(place: DatasetPlace, id: string, folder: string): Promise<ResultFile[]> {
  if (place.firectl === '') return [];
  mkdirSync(folder, { recursive: true });
  await downloadByCli(place.firectl, id, folder);
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const file = (name: ResultFile['name'], ending: string): ResultFile[] =>
    names
      .filter((path) => path === ending || path.endsWith(`/${ending}`))
      .slice(0, 1)
      .map((path) => ({ name, from: { path: join(folder, path) }, bytes: null }));
  return [...file('output', 'BIJOutputSet.jsonl'), ...file('errors', 'error-data')];
}

/**
 * Where the files of an output dataset can be had: by signed URLs, by its external URL, by the Fireworks CLI, in this order.
 * @param scratch a folder for what the CLI brings
 * @throws ResultsGone when none of the three leads to a file
 */
export async function datasetFiles(
  place: DatasetPlace,
  id: string,
  scratch: string,
): Promise<readonly ResultFile[]> {
  let why = 'its list of files is empty';
  try {
    const files = await signedFiles(place, id);
    if (files.length > 0) return files;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    why = error.message;
  }
  const others = await externalFiles(place, id);
  if (others.length > 0) return others;
  const byCli = await cliFiles(place, id, join(scratch, id));
  if (byCli.length > 0) return byCli;
  throw new ResultsGone(`dataset ${id}: ${why}`);
}
