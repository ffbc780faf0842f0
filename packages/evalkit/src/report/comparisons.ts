// The comparisons of the report: for each temperature and kind of question, every treatment against the control.
import type { Comparison, Level, Metric, MetricResult, QuestionType } from '../results.ts';
import { type Document, numeric } from './document.ts';
import {
  count,
  level,
  METRIC_NAMES,
  methodText,
  NONE,
  percent,
  percentInterval,
  points,
  pointsInterval,
  pValue,
  ratio,
  ratioInterval,
  TYPE_NAMES,
} from './format.ts';
import { artifactsOf, type ReportInputs } from './inputs.ts';
import { rich, strong } from './phrase.ts';
import { picturesFor } from './pictures.ts';

type Rows = readonly (readonly [Metric, MetricResult])[];

/** All comparisons, by temperature, then kind of question, then treatment. */
export function writeComparisons(page: Document, inputs: ReportInputs): void {
  const { significance } = inputs;
  page.heading(2, 'Results');
  page.paragraph(
    'Rates and scores are percentages, differences are percentage points, treatment minus control. Intervals of single rates',
    'are Wilson intervals where every question has one answer, and cluster-robust t intervals (marked t) elsewhere.',
    `All intervals are ${level(significance.settings.alpha)} % intervals and not adjusted; n counts questions, and a cluster holds the questions`,
    'to one passage, or one question without a passage. The method names how the interval of the difference and its p were',
    'made. In all tables of one comparison a metric has the same n and clusters; McNemar tests and their exact',
    'intervals ignore clusters.',
  );
  page.figures(picturesFor(inputs.pictures, 'results'));
  for (const [temp, types] of Object.entries(significance.results)) {
    page.heading(3, `Temperature ${temp}`);
    for (const type of ['open', 'closed'] as const) {
      for (const [treatment, comparison] of Object.entries(types[type] ?? {})) {
        writeComparison(page, comparison, { type, temp, treatment, control: significance.control });
      }
    }
  }
  page.source(artifactsOf(inputs, 'significance'));
}

interface Place {
  readonly type: QuestionType;
  readonly temp: string;
  readonly treatment: string;
  readonly control: string;
}

function writeComparison(page: Document, comparison: Comparison, place: Place): void {
  const { type, treatment, control } = place;
  page.heading(4, `${TYPE_NAMES[type]}: ${treatment} against ${control}`);
  const rows = Object.entries(comparison.metrics) as [Metric, MetricResult][];
  writeLevels(page, rows, place);
  writeMcNemar(page, rows, place);
  writePaired(page, rows, place);
  writeSubgroups(page, comparison, place);
  writeRisk(page, comparison, place);
  page.list([
    ...comparison.notes,
    ...rows.flatMap(([metric, result]) => result.notes.map((note) => `${METRIC_NAMES[metric]}: ${note}`)),
  ]);
}

/** The end of a caption: which comparison the table belongs to. */
function where({ type, temp, treatment, control }: Place): string {
  return `${treatment} against ${control}, ${TYPE_NAMES[type]}, temperature ${temp}`;
}

function levelText(level: Level | null): string {
  if (level === null) return NONE;
  if (level.wilson !== null) return `${percent(level.mean)} ${percentInterval(level.wilson)}`;
  return `${percent(level.mean)} ${percentInterval(level.cluster_t)}${level.cluster_t === null ? '' : ' t'}`;
}

function writeLevels(page: Document, rows: Rows, place: Place): void {
  page.table(
    `Levels and differences: ${where(place)}`,
    [
      'metric',
      numeric('n'),
      numeric('clusters'),
      numeric(place.control),
      numeric(place.treatment),
      numeric('difference'),
      numeric('interval'),
      numeric('p'),
      numeric('adjusted'),
      'verdict',
      'method',
    ],
    rows.map(([metric, result]) => [
      result.family === 'primary' ? rich`${strong(METRIC_NAMES[metric])} (primary)` : METRIC_NAMES[metric],
      count(result.n),
      count(result.clusters),
      levelText(result.control),
      levelText(result.treatment),
      points(result.delta),
      pointsInterval(result.ci),
      pValue(result.p),
      result.family === null
        ? NONE
        : `${result.family === 'primary' ? 'p' : 'q'} ${pValue(result.p_adjusted)}`,
      result.verdict,
      methodText(result),
    ]),
  );
}

function writeMcNemar(page: Document, rows: Rows, place: Place): void {
  const found = rows.flatMap(([metric, result]) =>
    result.tests.mcnemar ? [{ metric, test: result.tests.mcnemar }] : [],
  );
  if (found.length === 0) return;
  page.paragraph(
    'McNemar: b counts questions where only the treatment has the property, c those where only the control has.',
  );
  page.table(
    `McNemar tests: ${where(place)}`,
    [
      'metric',
      numeric('both'),
      numeric('b'),
      numeric('c'),
      numeric('neither'),
      numeric('mid-p'),
      numeric('exact p'),
      numeric('odds ratio b/c'),
      'reading',
    ],
    found.map(({ metric, test }) => [
      METRIC_NAMES[metric],
      count(test.both),
      count(test.b),
      count(test.c),
      count(test.neither),
      pValue(test.p_mid),
      pValue(test.p_exact),
      `${test.odds_ratio === null ? NONE : ratio(test.odds_ratio)} ${ratioInterval(test.odds_ratio_ci)}`,
      test.ties_left_out > 0 ? `${test.reading}, ${test.ties_left_out} ties left out` : test.reading,
    ]),
  );
}

function writePaired(page: Document, rows: Rows, place: Place): void {
  page.paragraph('Paired differences by other methods: they should tell the same story.');
  page.table(
    `Differences by other methods: ${where(place)}`,
    [
      'metric',
      numeric('difference'),
      numeric('BCa'),
      numeric('BCa by cluster'),
      numeric('t by cluster'),
      numeric('Newcombe'),
      numeric('Tango'),
      numeric('permutation p'),
      numeric('Wilcoxon p'),
      numeric("Cohen's h"),
      numeric('d_z'),
      'not worse by the margin',
    ],
    rows.map(([metric, { delta, intervals, tests, effect, non_inferiority: margin }]) => [
      METRIC_NAMES[metric],
      points(delta),
      pointsInterval(intervals.bca),
      pointsInterval(intervals.cluster_bca),
      pointsInterval(intervals.cluster_t),
      pointsInterval(intervals.newcombe_10),
      pointsInterval(intervals.tango),
      pValue(tests.sign_flip?.p ?? null),
      pValue(tests.wilcoxon?.p ?? null),
      ratio(effect.cohen_h),
      ratio(effect.d_z),
      margin === null || margin.non_inferior === null
        ? NONE
        : `${margin.non_inferior ? 'yes' : 'not shown'} (margin ${percent(margin.margin)}, p ${pValue(margin.p)})`,
    ]),
  );
}

function writeSubgroups(page: Document, comparison: Comparison, place: Place): void {
  const rows = Object.entries(comparison.subgroups).flatMap(([dataset, metrics]) =>
    (Object.entries(metrics) as [Metric, NonNullable<(typeof metrics)[Metric]>][]).map(([metric, group]) => [
      dataset,
      METRIC_NAMES[metric],
      count(group.n),
      count(group.clusters),
      percent(group.control_mean),
      percent(group.treatment_mean),
      points(group.delta),
      pointsInterval(group.ci),
    ]),
  );
  if (rows.length === 0) return;
  page.paragraph('By data set (descriptive, without tests; t intervals by cluster):');
  page.table(
    `By data set: ${where(place)}`,
    [
      'data set',
      'metric',
      numeric('n'),
      numeric('clusters'),
      numeric('control'),
      numeric('treatment'),
      numeric('difference'),
      numeric('interval'),
    ],
    rows,
  );
  const pooled = Object.entries(comparison.meta_analysis) as [
    Metric,
    NonNullable<(typeof comparison.meta_analysis)[Metric]>,
  ][];
  page.list(
    pooled.map(
      ([metric, meta]) =>
        `Over ${meta.studies} data sets, ${METRIC_NAMES[metric]} differ by ${points(meta.delta)} points ` +
        `${pointsInterval(meta.ci)}, p ${pValue(meta.p)}, I² ${percent(meta.i2)} % (DerSimonian-Laird).`,
    ),
  );
}

function writeRisk(page: Document, comparison: Comparison, place: Place): void {
  const risk = comparison.selective_risk;
  if (risk === null) return;
  page.paragraph(
    'Risk among what was answered (share answered, and share wrong of these):',
    risk.delta_risk === null
      ? ''
      : `the risk differs by ${points(risk.delta_risk)} points ${pointsInterval(risk.delta_risk_ci)}, a percentile bootstrap of`,
    risk.delta_risk === null
      ? ''
      : `${count(comparison.items.clusters)} clusters with ${count(comparison.items.paired)} questions. The shares by threshold are descriptive, without intervals.`,
  );
  const row = (
    label: string,
    control: { coverage: number; risk: number | null },
    treatment: typeof control,
  ): string[] => [
    label,
    percent(control.coverage),
    percent(control.risk),
    percent(treatment.coverage),
    percent(treatment.risk),
  ];
  page.table(
    `Risk among what was answered: ${where(place)}`,
    [
      'accepted answers',
      numeric(`${place.control}: answered`),
      numeric('wrong'),
      numeric(`${place.treatment}: answered`),
      numeric('wrong'),
    ],
    [
      row('all', risk.control, risk.treatment),
      ...risk.points.map((point) => row(`support ≥ ${point.threshold}`, point.control, point.treatment)),
    ],
  );
}
