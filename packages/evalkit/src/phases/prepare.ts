// prepare: reads the raw data sets in their own layouts and writes normalised, sampled questions.
import { type Config, readConfig } from '../config.ts';
import { readClosedJsonl, readOpenJsonl } from '../datasets/evalkit-jsonl.ts';
import { readNqOpen } from '../datasets/nq-open.ts';
import type { ClosedQuestion, Located, OpenQuestion } from '../datasets/question.ts';
import { drawSample } from '../datasets/sample.ts';
import { readSquad2 } from '../datasets/squad2.ts';
import { readTriviaQa } from '../datasets/triviaqa.ts';
import { Failure, Problems, UsageFailure } from '../failure.ts';
import { writeJsonl } from '../jsonl.ts';
import { runPhase } from '../phase.ts';

/** Reads one raw file of a layout; `dataset` is the name given to items that carry none. */
type Reader<Q> = (path: string, dataset: string, problems: Problems) => Iterable<Located<Q>>;

const OPEN_READERS: Readonly<Record<string, Reader<OpenQuestion>>> = {
  squad2: readSquad2,
  evalkit: readOpenJsonl,
};
const CLOSED_READERS: Readonly<Record<string, Reader<ClosedQuestion>>> = {
  triviaqa: readTriviaQa,
  nq_open: readNqOpen,
  evalkit: readClosedJsonl,
};

interface Side<Q> {
  readonly config: Config;
  /** open_book or closed_book. */
  readonly key: string;
  readonly readers: Readonly<Record<string, Reader<Q>>>;
  readonly inputs: readonly string[];
}

/** Reads, checks and samples one of the two data sets. */
function prepareSide<Q extends { readonly id: string }>({ config, key, readers, inputs }: Side<Q>): Q[] {
  const format = config.oneOf(`datasets.${key}.format`, Object.keys(readers));
  const read = readers[format];
  if (read === undefined)
    return config.reject(`datasets.${key}.format`, `one of ${Object.keys(readers).join(', ')}`);
  const name = config.has(`datasets.${key}.name`) ? config.text(`datasets.${key}.name`) : format;
  const maxItems = config.has(`datasets.${key}.max_items`)
    ? config.integer(`datasets.${key}.max_items`, { min: 1 })
    : null;
  const problems = new Problems();
  const items = function* (): Generator<Located<Q>> {
    for (const path of [...inputs].sort()) yield* read(path, name, problems);
  };
  const sample = drawSample(items(), { seed: config.integer('seed'), maxItems }, problems);
  problems.throwIfAny();
  if (sample.length === 0) throw new Failure(`${inputs.join(', ')}: no questions found for datasets.${key}`);
  return sample;
}

void runPhase({
  name: 'prepare',
  summary: 'Normalises the raw data sets into open-book and closed-book questions.',
  options: {
    config: { kind: 'value', placeholder: 'FILE', required: true, describe: 'configuration: datasets, seed' },
    open: { kind: 'list', placeholder: 'FILE', describe: 'raw open-book files' },
    closed: { kind: 'list', placeholder: 'FILE', describe: 'raw closed-book files' },
    'open-out': { kind: 'value', placeholder: 'FILE', describe: 'prepared open-book questions (JSONL)' },
    'closed-out': { kind: 'value', placeholder: 'FILE', describe: 'prepared closed-book questions (JSONL)' },
  },
  details: `
Layouts (datasets.open_book.format, datasets.closed_book.format):
  squad2    SQuAD 2.0 JSON (open-book)
  triviaqa  TriviaQA JSON: Data[].{QuestionId, Question, Answer} (closed-book)
  nq_open   NQ-Open JSONL: {question, answer[]}; ids are digests of the questions (closed-book)
  evalkit   JSONL: {id, question, answers[]} and, for open-book, {context, is_unanswerable}

Texts are brought to Unicode NFC with single spaces. Items are put in an order drawn from the seed and their ids, then
cut at datasets.*.max_items: raising the cap keeps the items already chosen. Answers are sorted, each once.`,
  run: (values) => {
    const { open, closed } = values;
    if (open.length === 0 && closed.length === 0)
      throw new UsageFailure('give --open FILE… or --closed FILE…, or both');
    const openOut = values['open-out'];
    const closedOut = values['closed-out'];
    if (open.length > 0 !== (openOut !== undefined))
      throw new UsageFailure('--open and --open-out go together');
    if (closed.length > 0 !== (closedOut !== undefined))
      throw new UsageFailure('--closed and --closed-out go together');
    const config = readConfig(values.config);
    const problems = new Problems();
    const openSample =
      openOut === undefined
        ? undefined
        : problems.collect(() =>
            prepareSide({ config, key: 'open_book', readers: OPEN_READERS, inputs: open }),
          );
    const closedSample =
      closedOut === undefined
        ? undefined
        : problems.collect(() =>
            prepareSide({ config, key: 'closed_book', readers: CLOSED_READERS, inputs: closed }),
          );
    problems.throwIfAny();
    const said: string[] = [];
    if (openOut !== undefined && openSample) {
      const unanswerable = openSample.filter((item) => item.is_unanswerable).length;
      said.push(`${writeJsonl(openOut, openSample)} open-book questions (${unanswerable} unanswerable)`);
    }
    if (closedOut !== undefined && closedSample)
      said.push(`${writeJsonl(closedOut, closedSample)} closed-book questions`);
    return said.join(', ');
  },
});
