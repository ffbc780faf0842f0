// A Multipart body is a form with files in it (RFC 7578), read into its parts.
import { ApiError } from './api-error.ts';

export interface FormPart {
  readonly name: string;
  /** Empty for a plain field. */
  readonly filename: string;
  readonly bytes: Buffer;
}

function quotedIn(header: string, key: string): string {
  return (
    new RegExp(`[;\\s]${key}="((?:[^"\\\\]|\\\\.)*)"`, 'i').exec(header)?.[1]?.replace(/\\(.)/g, '$1') ?? ''
  );
}

/**
 * The parts of a form in their order.
 * @param contentType the header of the request, which names the boundary
 * @throws ApiError when the body is not such a form or its end is missing
 */
export function readForm(contentType: string, body: Buffer): FormPart[] {
  const found = /^multipart\/form-data\b.*?;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  const boundary = found?.[1] ?? found?.[2];
  if (boundary === undefined) throw new ApiError('invalid', 'expected a body of type multipart/form-data');
  const parts: FormPart[] = [];
  const mark = Buffer.from(`\r\n--${boundary}`);
  let at = body.indexOf(`--${boundary}`) + mark.length - 2;
  while (body.subarray(at, at + 2).toString('latin1') !== '--') {
    const head = body.indexOf('\r\n\r\n', at);
    const end = head === -1 ? -1 : body.indexOf(mark, head + 2);
    if (end === -1) throw new ApiError('invalid', 'the form ends before its last boundary');
    const headers = body.subarray(at, head).toString('utf8').split('\r\n');
    const disposition = headers.find((line) => /^content-disposition:/i.test(line)) ?? '';
    parts.push({
      name: quotedIn(disposition, 'name'),
      filename: quotedIn(disposition, 'filename'),
      bytes: body.subarray(Math.min(head + 4, end), end),
    });
    at = end + mark.length;
  }
  return parts;
}

/** The part of a form with this name. @throws ApiError when there is none */
export function formPart(parts: readonly FormPart[], name: string): FormPart {
  const part = parts.find((one) => one.name === name);
  if (part === undefined) throw new ApiError('invalid', `the form has no field '${name}'`);
  return part;
}
