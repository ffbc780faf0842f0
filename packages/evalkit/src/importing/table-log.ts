// A table log is CSV or JSONL with one row per answer, or, as HELM has it, one row per value of an answer.
import { type CsvRow, streamCsv } from '../csv.ts';
import { Failure, type Problems, UsageFailure } from '../failure.ts';
import { readLines } from '../lines.ts';
import { type MappingFlags, mergeFields, type OpenLog, type Source } from './log-file.ts';
import { type LogRecord, memberAt } from './log-record.ts';
import { parseLoose } from './loose-json.ts';
import { QUANTITIES } from './observation.ts';

/** Column names of a long table, unless flags say otherwise. */
const HELM = { item: 'instance_id', condition: 'model', dataset: 'scenario', sample: 'train_trial_index' };

/** Opens a table with one row per answer, or with --metric-column one row per value. */
export function openTable(source: Source, flags: MappingFlags, problems: Problems): OpenLog {
  const { metricColumn, valueColumn } = flags;
  if ((metricColumn === undefined) !== (valueColumn === undefined))
    throw new UsageFailure('--metric-column and --value-column go together: one row per value needs both');
  const long =
    metricColumn === undefined || valueColumn === undefined
      ? null
      : { name: metricColumn, value: valueColumn };
  return open(source, { flags, problems, tool: 'table', fields: mergeFields({}, flags), long });
}

/** Opens a table with one row per value, laid out like the per-instance statistics of HELM. */
export function openHelm(source: Source, flags: MappingFlags, problems: Problems): OpenLog {
  const long = { name: flags.metricColumn ?? 'metric', value: flags.valueColumn ?? 'value' };
  return open(source, { flags, problems, tool: 'HELM-like table', fields: mergeFields(HELM, flags), long });
}

interface Table {
  readonly flags: MappingFlags;
  readonly problems: Problems;
  readonly tool: string;
  readonly fields: OpenLog['map']['fields'];
  readonly long: OpenLog['map']['long'];
}

function open(source: Source, { flags, problems, tool, fields, long }: Table): OpenLog {
  const needed: string[] = [];
  if (fields.item === undefined) needed.push('--item COLUMN: what names the item');
  if (fields.condition === undefined && source.name === null)
    needed.push('--condition COLUMN, or --in NAME=FILE: what is compared');
  if (fields.correct === undefined && fields.score === undefined)
    needed.push('--correct COLUMN or --score COLUMN: what was measured');
  if (needed.length > 0) throw new UsageFailure(needed.map((what) => `a table needs ${what}`));
  const { condition, ...others } = fields;
  const read = source.name === null ? fields : others;
  const columns = Object.entries(read)
    .filter(([role]) => long === null || !(QUANTITIES as readonly string[]).includes(role))
    .map(([, column]) => column);
  if (long !== null) columns.push(long.name, long.value);
  const map = {
    fields: read,
    long,
    fixed: { condition: source.name, dataset: null },
    scoreMax: flags.scoreMax,
  };
  const about = { tool, version: null, model: null, notes: [] };
  const isCsv = !/\.(?:jsonl|ndjson)$/i.test(source.path);
  const records = isCsv ? csvRecords(source.path, columns) : jsonlRecords(source.path, problems);
  return { about, map, records };
}

async function* csvRecords(path: string, columns: readonly string[]): AsyncGenerator<LogRecord> {
  for await (const row of streamCsv(path, [...new Set(columns)])) yield csvRecord(row, path);
}

function csvRecord(row: CsvRow, path: string): LogRecord {
  return {
    where: row.where,
    line: Number(row.where.slice(path.length + 1)),
    field: (column) => row.text(column),
  };
}

/** The objects of a JSONL file; a line that is none is a problem, and the next one is read. */
export function* jsonlRecords(path: string, problems: Problems): Generator<LogRecord> {
  for (const { text, number } of readLines(path)) {
    if (text.trim() === '') continue;
    const where = `${path}:${number}`;
    const value = problems.collect(() => objectOf(parseLoose(text, where), where));
    if (value !== undefined) yield { where, line: number, field: (field) => memberAt(value, field) };
  }
}

function objectOf(value: unknown, where: string): object {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new Failure(`${where}: expected an object`);
  return value;
}
