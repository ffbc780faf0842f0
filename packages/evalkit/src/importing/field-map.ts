// A field map says which field of a log's records holds what, and turns a record into an observation.
import type { Problems } from '../failure.ts';
import { tempLabel } from '../request.ts';
import { UNSTATED } from '../stats/scores.ts';
import {
  amountOf,
  type Cell,
  countOf,
  identifierOf,
  isAbsent,
  nameOf,
  shareOf,
  truthOf,
} from './cell-value.ts';
import type { LogRecord } from './log-record.ts';
import { type Observation, QUANTITIES, type Quantity } from './observation.ts';

/** Everything that a field can be mapped to. */
export type Role =
  | Quantity
  | TextRole
  | 'item'
  | 'condition'
  | 'dataset'
  | 'cluster'
  | 'temperature'
  | 'sample';

/** What is read for the few examples of a report only. */
export type TextRole = 'question' | 'gold' | 'answer';

export interface FieldMap {
  /** The field of each role; a role without one is not read. In a log with one line per value: the names of the values. */
  readonly fields: Readonly<Partial<Record<Role, string>>>;
  /** Where a log has one line per value: the fields that hold the name of the value and the value. */
  readonly long: { readonly name: string; readonly value: string } | null;
  /** What the file name or a flag says about all records; goes before a field. */
  readonly fixed: { readonly condition: string | null; readonly dataset: string | null };
  /** The most a graded score can be. */
  readonly scoreMax: number;
}

/** What was mapped of the quantities that an answer must have to count as scored. */
export function neededQuantities(fields: FieldMap['fields']): Quantity[] {
  return (['correct', 'score', 'abstained'] as const).filter((quantity) => fields[quantity] !== undefined);
}

/**
 * Reads one record.
 * @param problems takes every wrong cell of the record
 * @returns null when a cell is wrong, or when the line holds a value that is not mapped; an answer without its scores has
 * no values at all
 */
export function observe(record: LogRecord, map: FieldMap, problems: Problems): Observation | null {
  const { fields, long, fixed } = map;
  const cell = (field: string): Cell => ({ value: record.field(field), where: record.where, field });
  const part = long === null ? null : problems.collect(() => identifierOf(cell(long.name)));
  if (part === undefined) return null;
  const mapped = QUANTITIES.filter((quantity) => fields[quantity] !== undefined);
  const own = part === null ? mapped : mapped.filter((quantity) => fields[quantity] === part);
  if (part !== null && own.length === 0) return null;
  let wrong = false;
  const read = <T>(reader: () => T): T | undefined => {
    const value = problems.collect(reader);
    if (value === undefined) wrong = true;
    return value;
  };
  const text = (role: Role, reader: (cell: Cell) => string, otherwise: string | null): string | undefined => {
    const field = fields[role];
    if (otherwise !== null && (field === undefined || isAbsent(record.field(field)))) return otherwise;
    return read(() => reader(cell(field ?? role)));
  };
  const item = text('item', identifierOf, null);
  const condition = fixed.condition ?? text('condition', nameOf, null);
  const dataset = fixed.dataset ?? text('dataset', nameOf, 'data');
  const cluster = text('cluster', identifierOf, '');
  const { temperature, sample: sampleField } = fields;
  const temp = temperature === undefined ? UNSTATED : read(() => temperatureOf(cell(temperature)));
  const sample = sampleField === undefined ? null : read(() => identifierOf(cell(sampleField)));
  const values: Partial<Record<Quantity, number | null>> = {};
  for (const quantity of own) {
    const field = long === null ? (fields[quantity] as string) : long.value;
    values[quantity] = read(() => quantityOf(quantity, cell(field), map.scoreMax)) ?? null;
  }
  if (wrong || item === undefined || condition === undefined || dataset === undefined) return null;
  const scored = part !== null || neededQuantities(fields).every((quantity) => values[quantity] !== null);
  return {
    dataset,
    item,
    condition,
    temp: temp ?? UNSTATED,
    cluster: cluster ?? '',
    sample: sample ?? null,
    part,
    values: scored ? values : {},
  };
}

function temperatureOf(cell: Cell): string {
  const value = amountOf(cell);
  return value === null ? UNSTATED : tempLabel(value);
}

function quantityOf(quantity: Quantity, cell: Cell, scoreMax: number): number | null {
  switch (quantity) {
    case 'correct':
    case 'abstained':
    case 'unanswerable':
      return truthOf(cell);
    case 'score':
      return shareOf(cell, scoreMax);
    case 'support':
      return shareOf(cell, 1);
    case 'tokensIn':
    case 'tokensOut':
      return countOf(cell);
    case 'cost':
      return amountOf(cell);
    default:
      return quantity satisfies never;
  }
}
