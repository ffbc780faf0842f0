// A log file is one input of import: where it lies, which condition its name gives, and how its records are read.
import { existsSync } from 'node:fs';
import { Failure, type Problems, UsageFailure } from '../failure.ts';
import { isName, shown } from './cell-value.ts';
import type { FieldMap, Role } from './field-map.ts';
import type { LogRecord } from './log-record.ts';

/** An input as named on the command line. */
export interface Source {
  readonly path: string;
  /** The condition of NAME=FILE, or null. */
  readonly name: string | null;
}

/** What the flags say; absent ones are undefined. */
export interface MappingFlags {
  readonly fields: Readonly<Partial<Record<Role, string>>>;
  readonly scoreMax: number;
  /** Temperatures are not told apart. */
  readonly noTemperature: boolean;
  /** lm-eval: the filter whose lines are read. */
  readonly filter: string | undefined;
  readonly metricColumn: string | undefined;
  readonly valueColumn: string | undefined;
}

/** What a file says about itself; complete when its records have been read. */
export interface AboutLog {
  tool: string;
  /** As the file states it. */
  version: string | null;
  model: string | null;
  readonly notes: string[];
}

/** A log that is open: its records, and what they are read by. */
export interface OpenLog {
  readonly about: AboutLog;
  readonly map: FieldMap;
  readonly records: AsyncIterable<LogRecord> | Iterable<LogRecord>;
}

/** Opens a file of one format; `problems` takes lines that cannot be read. */
export type LogOpener = (
  source: Source,
  flags: MappingFlags,
  problems: Problems,
) => Promise<OpenLog> | OpenLog;

/**
 * Reads `FILE` or `NAME=FILE`. A file whose own name holds `=` is found when it exists.
 * @throws UsageFailure when the name cannot be shown or the file is missing after `=`
 */
export function readSource(word: string): Source {
  const at = word.indexOf('=');
  if (at < 0 || existsSync(word)) return { path: word, name: null };
  const [name, path] = [word.slice(0, at), word.slice(at + 1)];
  if (!isName(name) || path === '') {
    throw new UsageFailure(
      `--in ${shown(word)}: expected FILE or NAME=FILE, the name without < > & \` | * [ ]`,
    );
  }
  return { path, name };
}

/** The fields of a format's own with what the flags say instead, and a value when none was named. */
export function mergeFields(
  own: Readonly<Partial<Record<Role, string>>>,
  { fields, noTemperature }: MappingFlags,
): Partial<Record<Role, string>> {
  const merged: Partial<Record<Role, string>> = { ...own };
  for (const [role, field] of Object.entries(fields)) if (field !== undefined) merged[role as Role] = field;
  if (noTemperature) delete merged.temperature;
  return merged;
}

/**
 * Chooses what is scored: what the flags name, or the only measure of the log.
 * @param names the measures of the first record that has any
 * @throws Failure naming the measures when the flags name none of them, or none where there are several
 */
export function chooseMeasure(
  where: string,
  names: readonly string[],
  fields: MappingFlags['fields'],
): Pick<Partial<Record<Role, string>>, 'correct'> {
  const listed = names.map(shown).join(', ');
  for (const flag of ['correct', 'score', 'abstained'] as const) {
    const name = fields[flag];
    if (name !== undefined && !names.some((known) => known === name || name.startsWith(`${known}.`)))
      throw new Failure(`${where}: --${flag} ${name}: no such measure; the record has ${listed || 'none'}`);
  }
  if (fields.correct !== undefined || fields.score !== undefined) return {};
  const [only] = names;
  if (only === undefined || names.length > 1) {
    throw new Failure(
      `${where}: ${names.length} measures (${listed}): name the one that counts, --correct NAME for right or wrong, --score NAME for grades`,
    );
  }
  return { correct: only };
}
