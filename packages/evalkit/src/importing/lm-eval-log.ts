// An lm-eval log is a samples_<task>_<time>.jsonl file that lm-evaluation-harness writes with --log_samples, one line per answer.
import { basename, dirname } from 'node:path';
import { Failure, Problems } from '../failure.ts';
import { isName, shown } from './cell-value.ts';
import { chooseMeasure, type MappingFlags, mergeFields, type OpenLog, type Source } from './log-file.ts';
import type { LogRecord } from './log-record.ts';
import { jsonlRecords } from './table-log.ts';

/** Of a multiple-choice task these hold numbers; read as the options that the numbers stand for. */
const [TARGET, ANSWER] = ['target', 'filtered_resps'];
const TEMPERATURE = 'arguments.gen_args_0.arg_1.temperature';

/** Opens a samples file; its folder names the model and its name the task, since no line does. */
export function openLmEval(source: Source, flags: MappingFlags, problems: Problems): OpenLog {
  const first = firstOf(source.path);
  const task = /^samples_(.+)_\d{4}-\d\d-\d\dT[\d.:-]+\.jsonl$/.exec(basename(source.path))?.[1] ?? null;
  const folder = basename(dirname(source.path));
  const byField = flags.fields.condition !== undefined && source.name === null;
  if (!byField && source.name === null && !isName(folder))
    throw new Failure(`${source.path}: the folder gives no name for the condition; write --in NAME=FILE`);
  const own = {
    item: 'doc_id',
    temperature: TEMPERATURE,
    question: 'doc.question',
    gold: TARGET,
    answer: ANSWER,
  };
  const choice = chooseMeasure(first.where, measuresOf(first), flags.fields);
  const named = flags.fields.dataset === undefined && task !== null && isName(task) ? task : null;
  return {
    about: { tool: 'lm-evaluation-harness', version: null, model: byField ? null : folder, notes: [] },
    map: {
      fields: { ...mergeFields(own, flags), ...choice },
      long: null,
      fixed: { condition: byField ? null : (source.name ?? folder), dataset: named },
      scoreMax: flags.scoreMax,
    },
    records: filtered(source.path, flags.filter, problems),
  };
}

/** The first line, which says what all lines hold. */
function firstOf(path: string): LogRecord {
  const problems = new Problems();
  for (const record of jsonlRecords(path, problems)) {
    if (record.field('doc_id') === undefined || record.field('doc') === undefined) {
      throw new Failure(
        `${record.where}: doc_id and doc: expected a line that lm-evaluation-harness wrote with --log_samples`,
      );
    }
    return record;
  }
  problems.throwIfAny();
  throw new Failure(`${path}: holds no lines`);
}

/** The names under `metrics`; older versions have none, and every member with a number is one. */
function measuresOf(record: LogRecord): string[] {
  const names = record.field('metrics');
  if (Array.isArray(names)) return names.filter((name) => typeof name === 'string');
  return ['acc', 'acc_norm', 'exact_match', 'em', 'f1'].filter(
    (name) => typeof record.field(name) === 'number' || typeof record.field(name) === 'boolean',
  );
}

/** The lines of one filter. A task with several writes every answer once for each, and they must not be mixed. */
function* filtered(path: string, wanted: string | undefined, problems: Problems): Generator<LogRecord> {
  const seen = new Set<string>();
  for (const record of jsonlRecords(path, problems)) {
    const filter = String(record.field('filter') ?? 'none');
    seen.add(filter);
    if (wanted === undefined && seen.size > 1) {
      const names = [...seen].map(shown).join(' and ');
      throw new Failure(
        `${record.where}: filter: the file holds lines of ${names}; choose with --filter NAME`,
      );
    }
    if (wanted === undefined || filter === wanted) yield inWords(record);
  }
  if (wanted !== undefined && !seen.has(wanted))
    throw new Failure(
      `${path}: no line has the filter ${shown(wanted)}; it has ${[...seen].map(shown).join(', ')}`,
    );
}

/** A line whose target and answer are texts: of several options the right one, and the most likely one. */
function inWords(record: LogRecord): LogRecord {
  const field = (path: string): unknown => {
    if (path !== TARGET && path !== ANSWER) return record.field(path);
    const answers = record.field(ANSWER);
    const value = path === TARGET ? record.field(TARGET) : answers;
    if (!Array.isArray(answers) || answers.length < 2 || !answers.every(Array.isArray)) return value;
    const likely = answers.map(([likelihood]) => Number(likelihood));
    const option = path === TARGET ? Number(value) : likely.indexOf(Math.max(...likely));
    const text = record.field(`arguments.gen_args_${option}.arg_1`);
    return typeof text === 'string' ? text : null;
  };
  return { ...record, field };
}
