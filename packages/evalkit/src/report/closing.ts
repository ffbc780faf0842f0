// The closing of the report: families of tests, examples, costs, methods and settings.
import type { CostSum, Costs } from '../costs-result.ts';
import { count, dollars, METRIC_NAMES, pValue, TYPE_NAMES } from './format.ts';
import type { ReportInputs, RunInfo } from './inputs.ts';
import { type Markdown, numeric } from './markdown.ts';

/** Which tests were adjusted together, and what became of each. */
export function writeFamilies(page: Markdown, { significance }: ReportInputs): void {
  page.heading(2, 'Multiplicity');
  for (const [name, family] of Object.entries(significance.families)) {
    page.paragraph(
      `**${name === 'primary' ? 'Primary' : 'Exploratory'} family** (${family.size} tests). ${family.description}`,
    );
    page.table(
      [
        'temperature',
        'questions',
        'treatment',
        'metric',
        numeric('p'),
        numeric(name === 'primary' ? 'Holm p' : 'BH q'),
        'rejected',
      ],
      family.tests.map((test) => [
        test.temp,
        TYPE_NAMES[test.type],
        test.treatment,
        METRIC_NAMES[test.metric],
        pValue(test.p),
        pValue(test.p_adjusted),
        test.rejected ? 'yes' : 'no',
      ]),
    );
  }
}

/** A few questions on which the conditions differ, so that a person sees what the numbers are made of. */
export function writeExamples(page: Markdown, { examples, run }: ReportInputs): void {
  if (examples.length === 0) return;
  page.heading(2, 'Examples');
  page.paragraph(
    'The first questions, by id, to which the conditions gave different answers at the lowest temperature:',
  );
  page.table(
    ['item', 'question', 'accepted', ...run.conditions],
    examples.map((example) => [
      example.item,
      example.question,
      example.golds.length === 0 ? '(unanswerable)' : example.golds.join(' / '),
      ...example.answers,
    ]),
  );
}

/** Tokens and money. */
export function writeCosts(page: Markdown, { costs, run }: ReportInputs): void {
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
  page.table(
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
  page.paragraph(`Source: ${costs.usage_source}.`);
}

function writePrices(
  page: Markdown,
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

/** How the numbers came about. */
export function writeMethods(page: Markdown, { significance }: ReportInputs): void {
  page.heading(2, 'Methods');
  page.list(Object.entries(significance.methods).map(([name, text]) => `\`${name}\`: ${text}`));
  const { settings } = significance;
  page.paragraph(
    `Settings: alpha ${settings.alpha}, ${settings.bootstrap_samples} bootstrap samples, ${settings.permutation_samples}`,
    `permutations, seed ${settings.random_seed}, non-inferiority margin ${settings.non_inferiority_margin}.`,
  );
}
