// A log format is the program whose results a file holds; it is named by a flag or seen from the file.
import { Failure, Problems } from '../failure.ts';
import { readLines } from '../lines.ts';
import { openInspect } from './inspect-log.ts';
import { openLmEval } from './lm-eval-log.ts';
import type { LogOpener } from './log-file.ts';
import { memberAt } from './log-record.ts';
import { parseLoose } from './loose-json.ts';
import { openHelm, openTable } from './table-log.ts';

export const FORMATS = ['table', 'lm-eval', 'inspect', 'helm'] as const;

export type LogFormat = (typeof FORMATS)[number];

export const OPENERS: Readonly<Record<LogFormat, LogOpener>> = {
  table: openTable,
  'lm-eval': openLmEval,
  inspect: openInspect,
  helm: openHelm,
};

/** What the name and the first line of a file say; --format goes before it. */
export function detectFormat(path: string): LogFormat {
  if (/\.(?:eval|json)$/i.test(path)) return 'inspect';
  if (/\.(?:jsonl|ndjson)$/i.test(path)) return isLmEval(path) ? 'lm-eval' : 'table';
  if (/\.csv$/i.test(path)) return isHelm(path) ? 'helm' : 'table';
  throw new Failure(`${path}: the ending says nothing; name the format with --format ${FORMATS.join('|')}`);
}

function firstLine(path: string): string {
  for (const { text } of readLines(path)) if (text.trim() !== '') return text;
  return '';
}

function isLmEval(path: string): boolean {
  // A first line that is no JSON says nothing about the format; its reader will name it.
  const first = new Problems().collect(() => parseLoose(firstLine(path), path));
  return memberAt(first, 'doc_id') !== undefined && memberAt(first, 'filtered_resps') !== undefined;
}

function isHelm(path: string): boolean {
  const columns = firstLine(path).split(',');
  return ['instance_id', 'metric', 'value'].every((column) => columns.includes(column));
}
