// A multipart body, as forms with a file are sent (RFC 7578).
import { randomUUID } from 'node:crypto';

/** A form with one file. */
export interface FileForm {
  readonly fields: Readonly<Record<string, string>>;
  /** Name of the field that the file is in. */
  readonly field: string;
  readonly filename: string;
  readonly bytes: Uint8Array;
}

/** What is sent for a form, and how it is called. */
export function multipart({ fields, field, filename, bytes }: FileForm): { body: Buffer; type: string } {
  const boundary = `evalkit-${randomUUID()}`;
  const parts: Uint8Array[] = [];
  const text = (value: string): void => void parts.push(Buffer.from(value));
  for (const [name, value] of Object.entries(fields))
    text(`--${boundary}\r\ncontent-disposition: form-data; name="${quoted(name)}"\r\n\r\n${value}\r\n`);
  text(
    `--${boundary}\r\ncontent-disposition: form-data; name="${quoted(field)}"; filename="${quoted(filename)}"\r\n`,
  );
  text('content-type: application/jsonl\r\n\r\n');
  parts.push(bytes);
  text(`\r\n--${boundary}--\r\n`);
  return { body: Buffer.concat(parts), type: `multipart/form-data; boundary=${boundary}` };
}

/** A name as it stands between quotes, in the way of browsers. */
function quoted(name: string): string {
  return name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
