// The comparisons of the report: for each temperature and kind of question, every treatment against the control.
import type { Comparison, Level, Metric, MetricResult, QuestionType, Significance } from '../results.ts';
import {
  count,
  METRIC_NAMES,
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
import { type Markdown, numeric } from './markdown.ts';

type Rows = readonly (readonly [Metric, MetricResult])[];

/** All comparisons, by temperature, then kind of question, then treatment. */
export function writeComparisons(page: Markdown, significance: Significance): void {
  page.heading(2, 'Results');
  page.paragraph(
    'Rates and scores are percentages, differences are percentage points, treatment minus control. Intervals of single rates',
    'are Wilson intervals where every question has one answer, and cluster-robust t intervals (marked t) elsewhere.',
  );
  for (const [temp, types] of Object.entries(significance.results)) {
    page.heading(3, `Temperature ${temp}`);
    for (const type of ['open', 'closed'] as const) {
      for (const [treatment, comparison] of Object.entries(types[type] ?? {})) {
        writeComparison(page, comparison, { type, treatment, control: significance.control });
      }
    }
  }
}

interface Place {
  readonly type: QuestionType;
  readonly treatment: string;
  readonly control: string;
}

function writeComparison(page: Markdown, comparison: Comparison, { type, treatment, control }: Place): void {
  page.heading(4, `${TYPE_NAMES[type]}: ${treatment} against ${control}`);
  const rows = Object.entries(comparison.metrics) as [Metric, MetricResult][];
  writeLevels(page, rows, { treatment, control });
  writeMcNemar(page, rows);
  writePaired(page, rows);
  writeSubgroups(page, comparison);
  writeRisk(page, comparison, { treatment, control });
  page.list([
    ...comparison.notes,
    ...rows.flatMap(([metric, result]) => result.notes.map((note) => `${METRIC_NAMES[metric]}: ${note}`)),
  ]);
}

function levelText(level: Level | null): string {
  if (level === null) return NONE;
  if (level.wilson !== null) return `${percent(level.mean)} ${percentInterval(level.wilson)}`;
  return `${percent(level.mean)} ${percentInterval(level.cluster_t)}${level.cluster_t === null ? '' : ' t'}`;
}

function writeLevels(
  page: Markdown,
  rows: Rows,
  names: { readonly treatment: string; readonly control: string },
): void {
  page.table(
    [
      'metric',
      numeric('n'),
      numeric(names.control),
      numeric(names.treatment),
      numeric('difference'),
      numeric('interval'),
      numeric('p'),
      numeric('adjusted'),
      'verdict',
    ],
    rows.map(([metric, result]) => [
      result.family === 'primary' ? `**${METRIC_NAMES[metric]}** (primary)` : METRIC_NAMES[metric],
      count(result.n),
      levelText(result.control),
      levelText(result.treatment),
      points(result.delta),
      pointsInterval(result.ci),
      pValue(result.p),
      result.family === null
        ? NONE
        : `${result.family === 'primary' ? 'p' : 'q'} ${pValue(result.p_adjusted)}`,
      result.verdict,
    ]),
  );
}

function writeMcNemar(page: Markdown, rows: Rows): void {
  const found = rows.flatMap(([metric, result]) =>
    result.tests.mcnemar ? [{ metric, test: result.tests.mcnemar }] : [],
  );
  if (found.length === 0) return;
  page.paragraph(
    'McNemar: b counts questions where only the treatment has the property, c those where only the control has.',
  );
  page.table(
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

function writePaired(page: Markdown, rows: Rows): void {
  page.paragraph('Paired differences by other methods: they should tell the same story.');
  page.table(
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

function writeSubgroups(page: Markdown, comparison: Comparison): void {
  const rows = Object.entries(comparison.subgroups).flatMap(([dataset, metrics]) =>
    (Object.entries(metrics) as [Metric, NonNullable<(typeof metrics)[Metric]>][]).map(([metric, group]) => [
      dataset,
      METRIC_NAMES[metric],
      count(group.n),
      percent(group.control_mean),
      percent(group.treatment_mean),
      points(group.delta),
      pointsInterval(group.ci),
    ]),
  );
  if (rows.length === 0) return;
  page.paragraph('By data set (descriptive, without tests):');
  page.table(
    [
      'data set',
      'metric',
      numeric('n'),
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

function writeRisk(
  page: Markdown,
  comparison: Comparison,
  names: { readonly treatment: string; readonly control: string },
): void {
  const risk = comparison.selective_risk;
  if (risk === null) return;
  page.paragraph(
    'Risk among what was answered (share answered, and share wrong of these):',
    risk.delta_risk === null
      ? ''
      : `the risk differs by ${points(risk.delta_risk)} points ${pointsInterval(risk.delta_risk_ci)}.`,
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
    [
      'accepted answers',
      numeric(`${names.control}: answered`),
      numeric('wrong'),
      numeric(`${names.treatment}: answered`),
      numeric('wrong'),
    ],
    [
      row('all', risk.control, risk.treatment),
      ...risk.points.map((point) => row(`support ≥ ${point.threshold}`, point.control, point.treatment)),
    ],
  );
}
