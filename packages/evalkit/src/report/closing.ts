// The closing of the report: families of tests, examples, costs.
import type { CostSum, Costs } from '../costs-result.ts';
import { type Document, numeric } from './document.ts';
import { count, dollars, METRIC_NAMES, NONE, pValue, TYPE_NAMES, testName } from './format.ts';
import { artifactsOf, type ReportInputs, type RunInfo } from './inputs.ts';
import { rich, strong } from './phrase.ts';
import { picturesFor } from './pictures.ts';

/** Which tests were adjusted together, and what became of each. */
export function writeFamilies(page: Document, inputs: ReportInputs): void {
  const { significance } = inputs;
  page.heading(2, 'Multiplicity');
  for (const [name, family] of Object.entries(significance.families)) {
    page.paragraph(
      rich`${strong(`${name === 'primary' ? 'Primary' : 'Exploratory'} family`)} (${family.size} tests). ${family.description}`,
    );
    page.table(
      `${name === 'primary' ? 'Primary' : 'Exploratory'} family of tests`,
      [
        'temperature',
        'questions',
        'treatment',
        'metric',
        numeric('n'),
        numeric('clusters'),
        numeric('p'),
        numeric(name === 'primary' ? 'Holm p' : 'BH q'),
        'rejected',
        'method',
      ],
      family.tests.map((test) => {
        const of = significance.results[test.temp]?.[test.type]?.[test.treatment]?.metrics[test.metric];
        return [
          test.temp,
          TYPE_NAMES[test.type],
          test.treatment,
          METRIC_NAMES[test.metric],
          count(of?.n ?? null),
          count(of?.clusters ?? null),
          pValue(test.p),
          pValue(test.p_adjusted),
          test.rejected ? 'yes' : 'no',
          of === undefined ? NONE : testName(of.p_method),
        ];
      }),
    );
  }
  page.source(artifactsOf(inputs, 'significance'));
}

/** A few questions on which the conditions differ, so that a person sees what the numbers are made of. */
export function writeExamples(page: Document, inputs: ReportInputs): void {
  const { examples, run } = inputs;
  if (examples.length === 0) return;
  page.heading(2, 'Examples');
  page.paragraph(
    'The first questions, by id, to which the conditions gave different answers at the lowest temperature:',
  );
  page.table(
    'Questions that were answered differently',
    ['item', 'question', 'accepted', ...run.conditions],
    examples.map((example) => [
      example.item,
      example.question,
      example.golds.length === 0 ? '(unanswerable)' : example.golds.join(' / '),
      ...example.answers,
    ]),
  );
  page.source(artifactsOf(inputs, 'predictions', 'open', 'closed'));
}

/** Tokens and money. */
export function writeCosts(page: Document, inputs: ReportInputs): void {
  const { costs, run } = inputs;
  page.heading(2, 'Costs');
  if (costs === null || costs.usage_records === 0) {
    page.paragraph('Left out: the results hold neither tokens nor money.');
    return;
  }
  writePrices(page, costs, run);
  const row = (name: string, sum: CostSum): string[] => [
    name,
    count(sum.usage_records),
    count(sum.prompt_tokens),
    count(sum.completion_tokens),
    count(sum.total_tokens),
    dollars(sum.usd),
  ];
  page.figures(picturesFor(inputs.pictures, 'costs'));
  page.table(
    'Tokens and money by condition',
    [
      'condition',
      numeric('answers'),
      numeric('tokens in'),
      numeric('tokens out'),
      numeric('total'),
      numeric('USD'),
    ],
    [...Object.entries(costs.by_condition).map(([name, sum]) => row(name, sum)), row('all', costs)],
  );
  page.paragraph(`Token counts: ${costs.usage_source}. Sums over all answers, so they have no interval.`);
  page.source(artifactsOf(inputs, 'costs'));
}

function writePrices(
  page: Document,
  { pricing, batch_discount_applied: discounted }: Costs,
  run: RunInfo,
): void {
  if (pricing === null) return;
  page.paragraph(
    `Prices: ${pricing.input_per_million} USD per million tokens in, ${pricing.output_per_million} out,`,
    discounted ? `less a batch discount of ${100 * pricing.batch_discount} %.` : 'no batch discount.',
    run.provider === 'embedded'
      ? 'These are illustrative prices: the embedded provider is free and nothing was paid.'
      : '',
  );
}
