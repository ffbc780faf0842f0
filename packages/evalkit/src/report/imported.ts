// Imported results take the place of prompts and questions in the report: what was read, and what it holds.
import type { Config } from '../config.ts';
import type { ImportedCondition, ImportSummary } from '../importing/import-summary.ts';
import { compareTemps } from '../stats/scores.ts';
import { type Document, numeric } from './document.ts';
import { count, fixed, NONE, nameAs } from './format.ts';
import { artifactsOf, type ReportInputs, type RunInfo } from './inputs.ts';
import { writePairing } from './opening.ts';
import { code, type Phrase, rich } from './phrase.ts';

/** The run as far as imported results tell of it. */
export function importedRun(config: Config, { temps }: ImportSummary): RunInfo {
  const labels = Object.keys(temps).sort(compareTemps);
  return {
    runId: config.text('run_id'),
    trial: config.text('trial'),
    provider: 'import',
    model: 'import',
    conditions: config.textList('conditions'),
    temps: labels,
    samples: labels.map((label) => temps[label]?.samples_max ?? 1),
  };
}

/** Metrics bear the names of the log: what evalkit calls exact match and F1 was measured by another program. */
export function nameImported({ metrics, type }: ImportSummary): void {
  const named = (what: string, name: string | null): string => (name === null ? what : `${what} (${name})`);
  nameAs(
    { em: named('right answers', metrics.em), f1: named('score', metrics.f1) },
    { [type]: type === 'open' ? 'open-book' : 'imported' },
  );
}

/** Says that the answers were asked for and judged elsewhere. */
export function writeImportedOpening(page: Document, imported: ImportSummary, run: RunInfo): void {
  const [control, ...treatments] = run.conditions;
  page.heading(1, `Evaluation report: ${run.runId}, ${run.trial}`);
  const tools = [...new Set(imported.sources.map(toolOf))];
  page.paragraph(
    rich`Imported results: ${commas(treatments.map(code))} against the control ${code(control ?? '')}. The answers were asked for and`,
    `scored by other programs (${tools.join(', ')}); this report compares the scores they logged.`,
  );
}

/** Which files were read, what they hold by condition and data set, and what is missing. */
export function writeSources(
  page: Document,
  imported: ImportSummary,
  inputs: Pick<ReportInputs, 'significance' | 'artifacts'>,
): void {
  page.heading(2, 'Data');
  page.table(
    'Files that were read',
    ['file', 'written by', numeric('records'), numeric('without a score'), 'SHA-256 (first 16)'],
    imported.sources.map((source) => [
      source.path,
      toolOf(source),
      count(source.records),
      count(source.unscored),
      source.sha256.slice(0, 16),
    ]),
  );
  page.table(
    'What each condition holds',
    ['condition', numeric('items'), numeric('answers'), numeric('items missing'), 'money'],
    Object.entries(imported.conditions).map(([name, condition]) => [
      name,
      count(condition.items),
      count(condition.answers),
      count(condition.missing),
      moneyOf(condition),
    ]),
  );
  page.table(
    'What each data set holds',
    ['data set', numeric('items'), numeric('clusters')],
    Object.entries(imported.datasets).map(([name, set]) => [name, count(set.items), count(set.clusters)]),
  );
  const temps = Object.entries(imported.temps).map(([temp, { samples_min: least, samples_max: most }]) =>
    least === most ? `${most} at temperature ${temp}` : `${least} to ${most} at temperature ${temp}`,
  );
  page.paragraph(`Answers per item and condition: ${temps.join(', ')}; several are averaged.`);
  page.list(imported.notes);
  page.source(artifactsOf(inputs, 'imported'));
  writePairing(page, inputs);
}

/** A few items whose scores differ, as far as the logs hold texts. */
export function writeImportedExamples(page: Document, inputs: ReportInputs): void {
  const { run, imported } = inputs;
  const examples = imported?.examples ?? [];
  const inWords = examples.some(
    ({ question, answers }) => question !== null || Object.values(answers).some(({ text }) => text !== null),
  );
  if (!inWords) return;
  page.heading(2, 'Examples');
  page.paragraph(
    'The first items, by data set and name, whose scores differ between the conditions, with the first answer of each and its score:',
  );
  page.table(
    'Items whose scores differ',
    ['item', 'question', 'accepted', ...run.conditions],
    examples.map(({ item_id, question, gold, answers }) => [
      item_id,
      question ?? NONE,
      gold ?? NONE,
      ...run.conditions.map((condition) => {
        const answer = Object.hasOwn(answers, condition) ? answers[condition] : undefined;
        if (answer === undefined) return NONE;
        return `${answer.text === null ? '' : `${answer.text} `}(${fixed(answer.score, 2)})`;
      }),
    ]),
  );
}

/** A program and its version. */
export function toolOf({
  tool,
  version,
}: {
  readonly tool: string;
  readonly version: string | null;
}): string {
  return version === null ? tool : `${tool} ${version}`;
}

function moneyOf({ money, price }: ImportedCondition): string {
  switch (money) {
    case 'recorded':
      return 'as the log states it';
    case 'priced':
      return price === null
        ? NONE
        : `tokens at ${price.input_per_million} USD per million in, ${price.output_per_million} out${price.batch_discount > 0 ? `, less ${100 * price.batch_discount} %` : ''}`;
    case 'unknown':
      return 'unknown';
    default:
      return money satisfies never;
  }
}

/** Phrases with commas between them. */
function commas(inlines: readonly ReturnType<typeof code>[]): Phrase {
  return inlines.flatMap((inline, index) => (index === 0 ? [inline] : [', ', inline]));
}
