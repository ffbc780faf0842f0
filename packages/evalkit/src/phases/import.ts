// import: reads per-item results of other programs: per_item_scores.csv, and a summary of where they came from.
import { readConfig } from '../config.ts';
import { writeCsv } from '../csv.ts';
import { digestOfFile } from '../digest.ts';
import { Failure, Problems, UsageFailure } from '../failure.ts';
import { isName, shown } from '../importing/cell-value.ts';
import { readPrices } from '../importing/condition-prices.ts';
import { ExampleTexts } from '../importing/example-texts.ts';
import { neededQuantities, observe, type Role } from '../importing/field-map.ts';
import type { ImportSource, ImportSummary } from '../importing/import-summary.ts';
import { ItemGroups } from '../importing/item-groups.ts';
import { type MappingFlags, readSource, type Source } from '../importing/log-file.ts';
import { detectFormat, FORMATS, type LogFormat, OPENERS } from '../importing/log-format.ts';
import { ScoreRows } from '../importing/score-rows.ts';
import { writeJson } from '../json-out.ts';
import { type PhaseOption, type PhaseValues, runPhase } from '../phase.ts';
import { SCORE_COLUMNS } from '../scoring/item-score.ts';

const value = (placeholder: string, describe: string) => ({ kind: 'value', placeholder, describe }) as const;

const options = {
  in: {
    kind: 'list',
    placeholder: '[NAME=]FILE',
    required: true,
    describe: 'logs or tables; NAME is the condition of all records of a file',
  },
  format: value(FORMATS.join('|'), 'what wrote the files; seen from the file when absent'),
  out: { kind: 'value', placeholder: 'FILE', required: true, describe: 'scores (CSV), as score writes them' },
  summary: value('FILE', 'where the scores came from and what is missing (JSON), for report'),
  config: value('FILE', 'configuration: pricing, for logs with tokens and without costs'),
  item: value('FIELD', 'what names the item'),
  condition: value('FIELD', 'what is compared: model, prompt, setting'),
  correct: value('FIELD', 'right or wrong: 1/0, true/false, C/I; column em of the scores'),
  score: value('FIELD', 'a graded score; column f1 of the scores'),
  'score-max': value('N', 'the most a graded score can be (1)'),
  cluster: value('FIELD', 'what items have in common, such as their passage'),
  dataset: value('FIELD', 'the data set or task'),
  temperature: value('FIELD', 'the sampling temperature'),
  'no-temperature': { kind: 'flag', describe: 'compare conditions although their temperatures differ' },
  sample: value('FIELD', 'what tells the samples of one item apart'),
  'tokens-in': value('FIELD', 'tokens of the prompt'),
  'tokens-out': value('FIELD', 'tokens of the answer'),
  cost: value('FIELD', 'US dollars'),
  abstained: value('FIELD', 'whether the answer is an abstention'),
  unanswerable: value('FIELD', 'whether the question has no answer'),
  support: value('FIELD', 'support or confidence, 0 to 1'),
  type: value('open|closed', 'kind of question: open when a passage is given (closed)'),
  filter: value('NAME', 'lm-eval: the filter whose lines count'),
  question: value('FIELD', 'the question, for examples in a report'),
  gold: value('FIELD', 'the accepted answer, for examples in a report'),
  answer: value('FIELD', 'the answer, for examples in a report'),
  'metric-column': value('FIELD', 'table with one row per value: the name of the value'),
  'value-column': value('FIELD', 'table with one row per value: the value'),
} as const satisfies Record<string, PhaseOption>;

type Values = PhaseValues<typeof options>;

function readFlags(values: Values): MappingFlags {
  const fields: Partial<Record<Role, string | undefined>> = {
    item: values.item,
    condition: values.condition,
    dataset: values.dataset,
    cluster: values.cluster,
    correct: values.correct,
    score: values.score,
    abstained: values.abstained,
    unanswerable: values.unanswerable,
    support: values.support,
    temperature: values.temperature,
    sample: values.sample,
    tokensIn: values['tokens-in'],
    tokensOut: values['tokens-out'],
    cost: values.cost,
    question: values.question,
    gold: values.gold,
    answer: values.answer,
  };
  const scoreMax = Number(values['score-max'] ?? 1);
  if (!(scoreMax > 0 && Number.isFinite(scoreMax)))
    throw new UsageFailure(`--score-max ${shown(values['score-max'])}: expected a number above 0`);
  return {
    fields: Object.fromEntries(
      Object.entries(fields).filter(([, field]) => field !== undefined && field !== ''),
    ) as MappingFlags['fields'],
    scoreMax,
    noTemperature: values['no-temperature'],
    filter: values.filter === '' ? undefined : values.filter,
    metricColumn: values['metric-column'],
    valueColumn: values['value-column'],
  };
}

function oneOf<const T extends string>(
  flag: string,
  text: string | undefined,
  allowed: readonly T[],
): T | undefined {
  if (text === undefined || text === '') return undefined;
  const found = allowed.find((one) => one === text);
  if (found === undefined)
    throw new UsageFailure(`${flag} ${shown(text)}: expected one of ${allowed.join(', ')}`);
  return found;
}

/** What all files together gave. */
interface Gathered {
  readonly groups: ItemGroups;
  readonly sources: readonly ImportSource[];
  readonly fields: MappingFlags['fields'];
  readonly notes: readonly string[];
}

async function gather(
  sources: readonly Source[],
  format: LogFormat | undefined,
  flags: MappingFlags,
): Promise<Gathered> {
  const problems = new Problems();
  const groups = new ItemGroups(
    sources.map((source) => source.path),
    problems,
  );
  const read: ImportSource[] = [];
  const notes: string[] = [];
  let fields: MappingFlags['fields'] | undefined;
  for (const [file, source] of sources.entries()) {
    const kind = format ?? detectFormat(source.path);
    const { about, map, records } = await OPENERS[kind](source, flags, problems);
    const measures = JSON.stringify([map.fields.correct, map.fields.score]);
    if (fields && measures !== JSON.stringify([fields.correct, fields.score]))
      throw new Failure(
        `${source.path}: measures ${measures} here and others before: name them by --correct or --score`,
      );
    fields ??= map.fields;
    let [count, unscored] = [0, 0];
    for await (const record of records) {
      count += 1;
      const observation = observe(record, map, problems);
      if (observation === null) continue;
      if (Object.keys(observation.values).length === 0) unscored += 1;
      groups.add(observation, { file, line: record.line });
    }
    const { tool, version, model } = about;
    const sha256 = digestOfFile(source.path);
    read.push({ path: source.path, sha256, format: kind, tool, version, model, records: count, unscored });
    notes.push(...about.notes);
    if (unscored > 0)
      notes.push(`${source.path}: ${unscored} of ${count} records have no score and are left out`);
  }
  problems.throwIfAny();
  return { groups, sources: read, fields: fields ?? {}, notes };
}

/** Reads the files a second time, for the texts of some items. */
async function readExamples(
  { differing }: ScoreRows,
  sources: readonly Source[],
  { format, flags }: { readonly format: LogFormat | undefined; readonly flags: MappingFlags },
): Promise<ImportSummary['examples']> {
  const texts = new ExampleTexts(differing);
  for (const source of differing.length > 0 ? sources : []) {
    const kind = format ?? detectFormat(source.path);
    const { map, records } = await OPENERS[kind](source, flags, new Problems());
    for await (const record of records) texts.take(record, map);
  }
  return texts.examples();
}

/** The name of a measure as the report shows it: without the path by which its field is found. */
function measureName(field: string | undefined): string | null {
  if (field === undefined) return null;
  const name = field.replace(/^scores\./, '');
  return isName(name) ? name : 'imported';
}

void runPhase({
  name: 'import',
  summary: 'Turns per-item results of other programs into per_item_scores.csv.',
  options,
  details: `
table    CSV or JSONL with one row per answer; --item, --condition (or NAME=FILE) and --correct or --score are needed.
         With --metric-column and --value-column one row per value: the flags then name values, not columns.
helm     one row per value: instance_id, model, scenario, train_trial_index, metric, value; flags name other columns.
lm-eval  samples_<task>_<time>.jsonl of --log_samples: the folder is the condition, the task the data set, doc_id the item.
inspect  JSON logs of inspect_ai: eval.model is the condition, eval.task the data set; scores, epochs, tokens as logged.
A FIELD is a column, or a dotted path into a JSON record, such as doc.passage or metadata.topic; in inspect logs --correct
and --score name a scorer, and eval.… and plan.… lead into the head of the log.
Samples of an item are averaged. A record without a score is left out and counted, never taken as wrong. What the log does not
hold stays empty: stats and the analyses leave it out and say so. A temperature that is not stated is written as unstated.`,
  run: async (values) => {
    const format = oneOf('--format', values.format, FORMATS);
    const type = oneOf('--type', values.type, ['open', 'closed']) ?? 'closed';
    const flags = readFlags(values);
    const priceOf = readPrices(values.config === undefined ? null : readConfig(values.config));
    const sources = values.in.map(readSource);
    const gathered = await gather(sources, format, flags);
    const needed = neededQuantities(gathered.fields);
    const scores = new ScoreRows(gathered.groups, { type, needed, priceOf });
    const rows = writeCsv(values.out, SCORE_COLUMNS, scores.rows());
    if (rows === 0) throw new Failure(`${values.in.join(', ')}: no record has a score`);
    const { paired, ...tallies } = scores.tallies();
    const notes = [...gathered.notes];
    if (paired === 0 && Object.keys(tallies.conditions).length > 1) {
      notes.push(
        'no item has scores under two conditions at one temperature: nothing can be paired; when only the temperatures differ, --no-temperature helps',
      );
    }
    const summary: ImportSummary = {
      schema_version: 2,
      sources: gathered.sources,
      type,
      metrics: { em: measureName(gathered.fields.correct), f1: measureName(gathered.fields.score) },
      ...tallies,
      examples: values.summary === undefined ? [] : await readExamples(scores, sources, { format, flags }),
      notes,
    };
    if (values.summary !== undefined) writeJson(values.summary, summary);
    for (const note of notes) process.stderr.write(`import: ${note}\n`);
    const { count } = tallies.missing;
    const missing = count > 0 ? `; ${count} scores are missing under some condition` : '';
    return `${rows} rows of scores under ${Object.keys(tallies.conditions).join(', ')}${missing}`;
  },
});
