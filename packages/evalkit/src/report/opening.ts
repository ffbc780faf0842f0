// The opening of the report: what was evaluated, the answer in short, the prompts, the data.
import { type Document, numeric } from './document.ts';
import {
  count,
  fixed,
  METRIC_NAMES,
  methodText,
  percent,
  points,
  pointsInterval,
  pValue,
  TYPE_NAMES,
} from './format.ts';
import { artifactsOf, type ReportInputs } from './inputs.ts';
import { code, join, rich, strong } from './phrase.ts';

/** Says plainly what answered, so that no number is taken for one of a language model. */
export function writeOpening(page: Document, inputs: ReportInputs): void {
  const { run } = inputs;
  page.heading(1, `Evaluation report: ${run.runId}, ${run.trial}`);
  const [control, ...treatments] = run.conditions;
  const samples = run.temps
    .map((temp, index) => `${run.samples[index] ?? 1} at temperature ${temp}`)
    .join(', ');
  page.paragraph(
    rich`System prompts compared at equal model and questions: ${join(
      treatments.map((name) => [code(name)]),
      ', ',
    )} against the control`,
    rich`${code(control ?? '')}. Model ${code(run.model)}, provider ${code(run.provider)}. Answers per question: ${samples}.`,
  );
  if (run.provider === 'embedded') {
    page.paragraph(
      rich`${strong('The embedded baseline answered, not a language model.')} It is a small extractive reader that is part of evalkit: it`,
      'takes words of a passage or of a list of facts, and its system prompt sets only how cautious it is. No network was used and',
      'no money was spent; the costs below are what these tokens would cost at the configured prices. The numbers show how the',
      'pipeline works. They say nothing about any language model. The weights of the reader were fitted on the ' +
        'questions that come with it, so its scores on them are higher than on new ones.',
    );
  }
  page.source(artifactsOf(inputs, 'config'));
}

/** The pre-declared endpoint in sentences. */
export function writeShortAnswer(page: Document, inputs: ReportInputs): void {
  const { significance } = inputs;
  const { primary, control } = significance;
  page.heading(2, 'In short');
  page.paragraph(
    `Primary endpoint, declared in the configuration: ${METRIC_NAMES[primary.metric]} on ${TYPE_NAMES[primary.type]}`,
    `questions at temperature ${primary.temp}${primary.better === 'neither' ? '' : ` (${primary.better} is better)`}.`,
  );
  const level = 100 * (1 - significance.settings.alpha);
  page.list(
    primary.results.map((result) =>
      result.delta === null
        ? rich`${code(result.treatment)}: no data.`
        : join(
            [
              rich`${code(result.treatment)} is ${strong(result.verdict)}: ${percent(result.treatment_mean)} % against`,
              rich`${percent(result.control_mean)} % of ${code(control)}, difference ${points(result.delta)} points,`,
              `${fixed(level, 0)} % CI ${pointsInterval(result.ci)}, p ${equalsP(result.p)}, after Holm ${equalsP(result.p_holm)}`,
              `(${result.n} questions, ${result.clusters} clusters; ${methodText(result)}).`,
            ],
            ' ',
          ),
    ),
  );
  page.list([...primary.notes, ...significance.notes]);
  page.source(artifactsOf(inputs, 'significance'));
}

function equalsP(p: number | null): string {
  const text = pValue(p);
  return text.startsWith('<') ? `< ${text.slice(1)}` : `= ${text}`;
}

/** The prompts by length and digest: the texts stand in the repository. */
export function writePrompts(page: Document, inputs: ReportInputs): void {
  page.heading(2, 'Prompts');
  page.table(
    'The system prompts',
    ['condition', 'file', numeric('tokens'), numeric('words'), 'SHA-256 (first 16)'],
    inputs.prompts.map((prompt) => [
      prompt.condition,
      prompt.path,
      count(prompt.tokens),
      count(prompt.words),
      prompt.sha256.slice(0, 16),
    ]),
  );
  page.paragraph(
    'Tokens are counted as the embedded provider counts them: each word and each punctuation mark is one.',
  );
  page.source(artifactsOf(inputs, 'prompt'));
}

/** What was asked, and how completely treatment and control answered the same questions. */
export function writeData(page: Document, inputs: ReportInputs): void {
  const { data } = inputs;
  page.heading(2, 'Data');
  page.table(
    'Questions by kind and data set',
    [
      'questions',
      'data set',
      numeric('items'),
      numeric('passages'),
      numeric('unanswerable'),
      numeric('accepted answers'),
    ],
    data.map((set) => [
      TYPE_NAMES[set.type],
      set.dataset,
      count(set.questions),
      count(set.passages),
      set.unanswerable === null
        ? '–'
        : `${count(set.unanswerable)} (${percent(set.unanswerable / set.questions)} %)`,
      fixed(set.answers, 1),
    ]),
  );
  writePairing(page, inputs);
}

/** How completely the conditions answered the same questions. */
export function writePairing(page: Document, inputs: Pick<ReportInputs, 'significance' | 'artifacts'>): void {
  const { significance } = inputs;
  page.paragraph('Pairing: a comparison uses the questions that both conditions answered.');
  const rows: string[][] = [];
  for (const [temp, types] of Object.entries(significance.results)) {
    for (const type of ['open', 'closed'] as const) {
      for (const [treatment, { items }] of Object.entries(types[type] ?? {})) {
        const all = items.paired + items.control_only + items.treatment_only;
        rows.push([
          temp,
          TYPE_NAMES[type],
          treatment,
          count(items.paired),
          count(items.control_only),
          count(items.treatment_only),
          all === 0 ? '–' : `${percent(items.paired / all)} %`,
          count(items.clusters),
        ]);
      }
    }
  }
  page.table(
    'Questions that are compared, by temperature, kind and treatment',
    [
      'temperature',
      'questions',
      'treatment',
      numeric('paired'),
      numeric('control only'),
      numeric('treatment only'),
      numeric('pairing rate'),
      numeric('clusters'),
    ],
    rows,
  );
  page.source(artifactsOf(inputs, 'open', 'closed', 'significance'));
}
