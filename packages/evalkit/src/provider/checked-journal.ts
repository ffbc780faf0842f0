// A CheckedJournal is an append-only file of JSON lines, each with a checksum and on the disk before the call returns.
//
// Layout of a line: {"sum":"<first 16 hex digits of the SHA-256 of the record's text>","record":{…}}. A last line that a
// crash tore is cut off when the file is opened; a bad line before it means that somebody else wrote here.
import { closeSync, existsSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { digestOfBytes } from '../digest.ts';
import { OutcomeUnknown } from '../failure.ts';
import { syncFolder, writeAll } from './durable-file.ts';

function lineOf(record: object): string {
  const text = JSON.stringify(record);
  return `{"sum":"${digestOfBytes(text).slice(0, 16)}","record":${text}}\n`;
}

/** The record of a line; undefined when the line is not whole. */
function recordOf(line: string): unknown {
  const found = /^\{"sum":"([0-9a-f]{16})","record":(.*)\}$/.exec(line);
  const text = found?.[2];
  if (text === undefined || digestOfBytes(text).slice(0, 16) !== found?.[1]) return undefined;
  return JSON.parse(text);
}

interface Content {
  readonly records: readonly unknown[];
  /** Length of the whole lines. */
  readonly bytes: number;
}

function readContent(path: string): Content {
  const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  const records: unknown[] = [];
  let from = 0;
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, from)) {
    const record = recordOf(bytes.toString('utf8', from, end));
    if (record === undefined) {
      if (end === bytes.length - 1) break;
      throw new OutcomeUnknown(
        `${path}:${records.length + 1}: the journal of what was submitted is damaged here; restore the file from a copy, ` +
          'or remove the state folder after making sure that no job of it is running at the provider',
      );
    }
    records.push(record);
    from = end + 1;
  }
  return { records, bytes: from };
}

/** An open journal. R is the union of its records. */
export class CheckedJournal<R extends object> {
  readonly #fd: number;
  readonly records: R[];

  /** Opens the journal, or starts one. @throws OutcomeUnknown when a line in the middle is damaged */
  constructor(path: string) {
    const isNew = !existsSync(path);
    mkdirSync(dirname(path), { recursive: true });
    const content = readContent(path);
    this.records = content.records as R[];
    this.#fd = openSync(path, 'a');
    ftruncateSync(this.#fd, content.bytes);
    if (isNew) syncFolder(dirname(path));
  }

  /** Adds records; they are durable when the call returns. */
  add(...records: readonly R[]): void {
    writeAll(this.#fd, Buffer.from(records.map(lineOf).join(''), 'utf8'));
    fsyncSync(this.#fd);
    this.records.push(...records);
  }

  /** Closes the file. */
  close(): void {
    closeSync(this.#fd);
  }
}
