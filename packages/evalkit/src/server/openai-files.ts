// OpenAI files: uploaded inputs and the outputs of batches, by id.
import { digestOf, digestOfBytes } from '../digest.ts';
import { ApiError } from './api-error.ts';
import { type Call, countInQuery, ok, param, type Reply } from './call.ts';
import { Collection, type Filed } from './collection.ts';
import { formPart, readForm } from './multipart.ts';
import { nowS, type Services } from './services.ts';
import type { Store } from './store.ts';

export interface OpenaiFile extends Filed {
  readonly bytes: number;
  readonly filename: string;
  readonly purpose: string;
  readonly createdS: number;
  readonly expiresS: number | null;
  /** The file of the store that holds the content. */
  readonly blob: string;
}

/** Seconds after which a file of a batch is gone, unless the upload says otherwise. */
const THIRTY_DAYS_S = 2_592_000;

export function openaiFiles(store: Store): Collection<OpenaiFile> {
  return new Collection(store, 'openai/files');
}

function fileObject(file: OpenaiFile): object {
  return {
    id: file.key,
    object: 'file',
    bytes: file.bytes,
    filename: file.filename,
    purpose: file.purpose,
    created_at: file.createdS,
    expires_at: file.expiresS,
    status: 'processed',
    status_details: null,
  };
}

interface NewFile {
  readonly filename: string;
  readonly purpose: string;
  readonly content: Buffer;
  readonly expiresAfterS: number;
}

/** Keeps content as a file; its id follows from content and number, so that no two servers confuse their files. */
export function keepFile(
  files: Collection<OpenaiFile>,
  { filename, purpose, content, expiresAfterS }: NewFile,
  services: Services,
): OpenaiFile {
  const seq = files.nextSeq;
  const key = `file-${digestOf(`${seq}`, digestOfBytes(content)).slice(0, 24)}`;
  const blob = `openai/content/${key}`;
  services.store.write(blob, content);
  const createdS = nowS(services);
  const expiresS = createdS + expiresAfterS;
  return files.put({ key, seq, bytes: content.length, filename, purpose, createdS, expiresS, blob });
}

/** POST /v1/files */
export function uploadFile(call: Call, files: Collection<OpenaiFile>, services: Services): Reply {
  const parts = readForm(call.headers['content-type'] ?? '', call.body);
  const purpose = formPart(parts, 'purpose').bytes.toString('utf8');
  if (purpose !== 'batch') throw new ApiError('invalid', `'${purpose}' is not one of ['batch'] - 'purpose'`);
  const file = formPart(parts, 'file');
  if (file.bytes.length > services.limits('openai').bytes)
    throw new ApiError('too-large', `the file has ${file.bytes.length} bytes, more than a batch may have`);
  const seconds = parts.find(({ name }) => name === 'expires_after[seconds]')?.bytes.toString('utf8');
  const expiresAfterS = seconds === undefined ? THIRTY_DAYS_S : Number(seconds);
  if (!(expiresAfterS >= 3600 && expiresAfterS <= THIRTY_DAYS_S))
    throw new ApiError('invalid', 'expires_after[seconds]: must lie between 3600 and 2592000');
  const filename = file.filename === '' ? 'upload' : file.filename;
  return ok(fileObject(keepFile(files, { filename, purpose, content: file.bytes, expiresAfterS }, services)));
}

/** The file of an id. @throws ApiError when there is none, or when it has expired */
export function findFile(files: Collection<OpenaiFile>, id: string, services: Services): OpenaiFile {
  const file = files.get(id);
  if (file === undefined || (file.expiresS !== null && file.expiresS <= nowS(services)))
    throw new ApiError('missing', `No such File object: ${id}`);
  return file;
}

/** GET /v1/files/{id} */
export function showFile(call: Call, files: Collection<OpenaiFile>, services: Services): Reply {
  return ok(fileObject(findFile(files, param(call, 'id'), services)));
}

/** GET /v1/files/{id}/content */
export function fileContent(call: Call, files: Collection<OpenaiFile>, services: Services): Reply {
  const file = findFile(files, param(call, 'id'), services);
  return {
    status: 200,
    headers: { 'content-type': 'application/octet-stream' },
    body: services.store.read(file.blob) ?? Buffer.alloc(0),
    rows: file.purpose === 'batch_output',
  };
}

/** GET /v1/files: newest first. */
export function listFiles(call: Call, files: Collection<OpenaiFile>): Reply {
  const limit = countInQuery(call, 'limit', { usual: 10_000, max: 10_000 });
  const purpose = call.query.get('purpose');
  const all = files.newestFirst().filter((file) => purpose === null || file.purpose === purpose);
  const after = call.query.get('after');
  const from = after === null ? 0 : all.findIndex(({ key }) => key === after) + 1;
  const page = all.slice(from, from + limit);
  return ok({
    object: 'list',
    data: page.map(fileObject),
    first_id: page[0]?.key ?? null,
    last_id: page.at(-1)?.key ?? null,
    has_more: from + limit < all.length,
  });
}
