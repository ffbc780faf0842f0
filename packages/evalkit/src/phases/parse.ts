// parse: gathers the answers of all shards and conditions into one table, predictions.csv.
import { basename, dirname, resolve } from 'node:path';
import { type Answer, type AnswerResponse, readAnswer } from '../answer.ts';
import { readConfig } from '../config.ts';
import { type Cell, writeCsv } from '../csv.ts';
import { digestOf } from '../digest.ts';
import { Failure, Problems } from '../failure.ts';
import { runPhase } from '../phase.ts';
import { PREDICTION_COLUMNS } from '../prediction.ts';
import { tempLabel } from '../request.ts';
import { RowIndex } from '../row-index.ts';

/** The answers to one condition. */
interface Given {
  /** By custom_id, the number of its row in the index; errors too. */
  readonly rows: Map<string, number>;
  /** Answers that are no errors. */
  answered: number;
}

/** Where all answers lie, by condition in the order of the configuration. */
type Gathered = ReadonlyMap<string, Given>;

/** A results file lies in the folder of its condition: <condition>/part-0001.results.jsonl. */
function conditionOf(path: string): string {
  return basename(dirname(resolve(path)));
}

/**
 * Reads all files and keeps where each answer lies, not the answer itself: a large run is read in little memory.
 * Duplicates, foreign conditions and errors are problems with their place.
 */
function gather(
  index: RowIndex,
  conditions: readonly string[],
  { paths, allowErrors }: { readonly paths: readonly string[]; readonly allowErrors: boolean },
): Gathered {
  const problems = new Problems();
  const gathered = new Map<string, Given>(conditions.map((name) => [name, { rows: new Map(), answered: 0 }]));
  for (const path of [...paths].sort()) {
    const condition = conditionOf(path);
    const given = gathered.get(condition);
    if (given === undefined) {
      problems.add(
        `${path}: lies in the folder ${condition}, which is not one of conditions (${conditions.join(', ')})`,
      );
      continue;
    }
    for (const { index: at, row } of index.add(path)) {
      const answer = problems.collect(() => readAnswer(row));
      if (answer === undefined) continue;
      const before = given.rows.get(answer.custom_id);
      given.rows.set(answer.custom_id, at);
      if (before !== undefined) {
        problems.add(
          `${row.where}: ${answer.custom_id} was answered as ${condition} already at ${index.where(before)}`,
        );
      } else if (answer.error === null) {
        given.answered += 1;
      } else if (!allowErrors) {
        problems.add(
          `${row.where}: ${answer.custom_id} failed: ${answer.error.message}; run infer again, or give --allow-errors`,
        );
      }
    }
  }
  problems.throwIfAny();
  return gathered;
}

/** The rows of the table, each answer read again when its turn has come. */
function* tableOf(index: RowIndex, gathered: Gathered): Generator<Cell[], void, undefined> {
  for (const [condition, { rows }] of gathered) {
    for (const customId of [...rows.keys()].sort()) {
      const answer = readAnswer(index.read(rows.get(customId) as number));
      if (answer.response !== null) yield cellsOf(condition, answer, answer.response);
    }
  }
}

function cellsOf(condition: string, answer: Answer, response: AnswerResponse): Cell[] {
  const { prompt_tokens, completion_tokens } = response.usage;
  return [
    answer.custom_id,
    answer.dataset,
    answer.item_id,
    condition,
    tempLabel(answer.temp),
    answer.sample,
    answer.type,
    `req-${digestOf(condition, answer.custom_id).slice(0, 16)}`,
    response.finish_reason,
    response.text,
    response.support,
    prompt_tokens,
    completion_tokens,
    prompt_tokens + completion_tokens,
  ];
}

void runPhase({
  name: 'parse',
  summary:
    'Gathers the answers of all shards and conditions into one table, one row per condition and custom_id.',
  options: {
    config: { kind: 'value', placeholder: 'FILE', required: true, describe: 'configuration: conditions' },
    results: {
      kind: 'list',
      placeholder: 'FILE',
      required: true,
      describe: 'results files of infer, each in the folder of its condition',
    },
    out: { kind: 'value', placeholder: 'FILE', required: true, describe: 'predictions (CSV)' },
    'allow-errors': { kind: 'flag', describe: 'leave answers that are errors out, and say how many' },
  },
  details: `
The condition of a results file is the name of the folder it lies in: results/<condition>/<part>.results.jsonl.

Rows are sorted by condition (in the order of the configuration), then custom_id. The answers to one custom_id under
different conditions stand in separate rows; the same pair twice is an error that names both places.`,
  run: (values) => {
    const conditions = readConfig(values.config).textList('conditions');
    const index = new RowIndex();
    const gathered = gather(index, conditions, {
      paths: values.results,
      allowErrors: values['allow-errors'],
    });
    const missing = conditions.filter((name) => gathered.get(name)?.answered === 0);
    if (missing.length > 0)
      throw new Failure(`no answers for condition ${missing.join(', ')} in the results files`);
    const rows = writeCsv(values.out, PREDICTION_COLUMNS, tableOf(index, gathered));
    index.close();
    const failed = [...gathered.values()].reduce((sum, given) => sum + given.rows.size - given.answered, 0);
    const left = failed > 0 ? `; ${failed} answers are errors and left out` : '';
    return `${rows} predictions from ${values.results.length} files${left}`;
  },
});
