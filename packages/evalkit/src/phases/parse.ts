// parse: gathers the answers of all shards and conditions into one table, predictions.csv.
import { basename, dirname, resolve } from 'node:path';
import { type Answer, readAnswer } from '../answer.ts';
import { readConfig } from '../config.ts';
import { type Cell, writeCsv } from '../csv.ts';
import { digestOf } from '../digest.ts';
import { Failure, Problems } from '../failure.ts';
import { readJsonl } from '../jsonl.ts';
import { runPhase } from '../phase.ts';
import { PREDICTION_COLUMNS } from '../prediction.ts';
import { tempLabel } from '../request.ts';

/** An answer with the condition it was given under. */
interface Given extends Answer {
  readonly condition: string;
}

interface Gathered {
  readonly answers: Given[];
  /** Answers that are errors, left out with --allow-errors. */
  readonly failed: number;
}

/** A results file lies in the folder of its condition: <condition>/part-0001.results.jsonl. */
function conditionOf(path: string): string {
  return basename(dirname(resolve(path)));
}

/** Reads all files; duplicates, foreign conditions and errors are problems with their place. */
function gather(paths: readonly string[], conditions: readonly string[], allowErrors: boolean): Gathered {
  const problems = new Problems();
  const answers: Given[] = [];
  const placeOf = new Map<string, string>();
  let failed = 0;
  for (const path of [...paths].sort()) {
    const condition = conditionOf(path);
    if (!conditions.includes(condition)) {
      problems.add(
        `${path}: lies in the folder ${condition}, which is not one of conditions (${conditions.join(', ')})`,
      );
      continue;
    }
    for (const row of readJsonl(path)) {
      const answer = problems.collect(() => readAnswer(row));
      if (answer === undefined) continue;
      const key = `${condition}\n${answer.custom_id}`;
      const before = placeOf.get(key);
      placeOf.set(key, row.where);
      if (before !== undefined) {
        problems.add(`${row.where}: ${answer.custom_id} was answered as ${condition} already at ${before}`);
      } else if (answer.error !== null && !allowErrors) {
        problems.add(
          `${row.where}: ${answer.custom_id} failed: ${answer.error.message}; run infer again, or give --allow-errors`,
        );
      } else if (answer.error !== null) {
        failed += 1;
      } else {
        answers.push({ ...answer, condition });
      }
    }
  }
  problems.throwIfAny();
  return { answers, failed };
}

function cellsOf(answer: Given): Cell[] {
  const response = answer.response;
  if (response === null) throw new Failure(`internal: ${answer.custom_id} has no response`);
  const { prompt_tokens, completion_tokens } = response.usage;
  return [
    answer.custom_id,
    answer.dataset,
    answer.item_id,
    answer.condition,
    tempLabel(answer.temp),
    answer.sample,
    answer.type,
    `req-${digestOf(answer.condition, answer.custom_id).slice(0, 16)}`,
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
    const { answers, failed } = gather(values.results, conditions, values['allow-errors']);
    const missing = conditions.filter((name) => !answers.some((answer) => answer.condition === name));
    if (missing.length > 0)
      throw new Failure(`no answers for condition ${missing.join(', ')} in the results files`);
    const rank = new Map(conditions.map((name, index) => [name, index]));
    answers.sort(
      (a, b) =>
        (rank.get(a.condition) ?? 0) - (rank.get(b.condition) ?? 0) ||
        (a.custom_id < b.custom_id ? -1 : a.custom_id > b.custom_id ? 1 : 0),
    );
    const rows = writeCsv(values.out, PREDICTION_COLUMNS, answers.map(cellsOf));
    const left = failed > 0 ? `; ${failed} answers are errors and left out` : '';
    return `${rows} predictions from ${values.results.length} files${left}`;
  },
});
