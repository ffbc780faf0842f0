// Significance: every treatment against the control, for every temperature, type and metric, with families adjusted.
import { compareMetric, verdictOf } from './compare-metric.ts';
import type { PrimaryKey, Setup } from './experiment-setup.ts';
import { adjustFamily, type RawTest } from './families.ts';
import { byTempAndType, type Place, placesOf } from './layout.ts';
import { STATS_METHODS } from './method-notes.ts';
import { metricSample, pairItems } from './pairs.ts';
import { RandomStream } from './random.ts';
import type { ScoreTable } from './scores.ts';
import { selectiveRisk } from './selective-risk.ts';
import type {
  Comparison,
  FamilyTest,
  MetricResult,
  PrimaryEndpoint,
  Significance,
  StatsSettings,
} from './significance-result.ts';
import { byDataset } from './subgroups.ts';
import type { Metric } from './terms.ts';

/** Everything that the result depends on. */
export interface SignificanceTask {
  readonly table: ScoreTable;
  readonly setup: Setup;
  readonly primary: PrimaryKey;
  readonly settings: StatsSettings;
}

/** A comparison whose p-values are not adjusted yet. */
interface ComparisonDraft extends Place {
  readonly metrics: ReadonlyMap<Metric, MetricResult>;
  readonly rest: Omit<Comparison, 'metrics'>;
}

/** Computes significance.json. */
export function computeSignificance(task: SignificanceTask): Significance {
  const { table, setup, settings } = task;
  const drafts = placesOf(table, setup.treatments).map((place) => compare(task, place));
  const families = adjustAll(task, drafts.flatMap(rawTests));
  const adjusted: Adjusted = new Map();
  for (const family of ['primary', 'exploratory'] as const) {
    for (const test of families[family].tests) adjusted.set(placeKey(test, test.metric), { test, family });
  }
  const finished = new Map(
    drafts.map((draft) => [placeKey(draft), finishComparison(draft, { adjusted, alpha: settings.alpha })]),
  );
  const find = (place: Place): Comparison => finished.get(placeKey(place)) as Comparison;
  return {
    schema_version: 2,
    primary: primaryEndpoint(task, find),
    control: setup.control,
    treatments: setup.treatments,
    settings,
    methods: STATS_METHODS,
    results: byTempAndType(table, setup.treatments, find),
    families,
    notes: setup.notes,
  };
}

/** The tests of the primary endpoint form one family, all others the exploratory one. */
function adjustAll(
  { setup, primary, settings }: SignificanceTask,
  tests: readonly RawTest[],
): Significance['families'] {
  const isPrimary = (test: RawTest): boolean =>
    test.metric === primary.metric && test.type === primary.type && test.temp === primary.temp;
  const { alpha } = settings;
  const where = `${primary.metric}, ${primary.type}, temperature ${primary.temp}`;
  return {
    primary: adjustFamily(tests.filter(isPrimary), {
      adjustment: 'holm',
      description: `${where}: every treatment against ${setup.control}`,
      alpha,
    }),
    exploratory: adjustFamily(
      tests.filter((test) => !isPrimary(test)),
      {
        adjustment: 'benjamini_hochberg',
        description: 'every other metric, type and temperature of every treatment',
        alpha,
      },
    ),
  };
}

type Adjusted = Map<string, { readonly test: FamilyTest; readonly family: 'primary' | 'exploratory' }>;

function placeKey({ temp, type, treatment }: Place, metric = ''): string {
  return [temp, type, treatment, metric].join('\n');
}

function compare(task: SignificanceTask, place: Place): ComparisonDraft {
  const { table, setup, settings } = task;
  const pairing = pairItems(table, { ...place, control: setup.control });
  const { pairs, controlOnly, treatmentOnly } = pairing;
  const name = `${place.temp}/${place.type}/${place.treatment}`;
  const metrics = new Map<Metric, MetricResult>();
  for (const metric of table.measured(place.type)) {
    metrics.set(
      metric,
      compareMetric(metricSample(pairs, metric), { metric, name: `${name}/${metric}`, settings }),
    );
  }
  const stream = new RandomStream(settings.random_seed, `${name}/selective_risk`);
  const notes: string[] = [];
  if (pairs.length === 0) notes.push('no item has scores under both conditions');
  else if (controlOnly + treatmentOnly > 0) {
    notes.push(`${controlOnly + treatmentOnly} items have scores under one condition only and are left out`);
  }
  return {
    ...place,
    metrics,
    rest: {
      items: {
        paired: pairs.length,
        control_only: controlOnly,
        treatment_only: treatmentOnly,
        clusters: new Set(pairs.map((pair) => pair.control.cluster)).size,
      },
      selective_risk: selectiveRisk(pairs, { stream, settings }),
      ...byDataset(pairs, table.measured(place.type), settings.alpha),
      notes,
    },
  };
}

function rawTests({ temp, type, treatment, metrics }: ComparisonDraft): RawTest[] {
  return [...metrics].flatMap(([metric, { p }]) =>
    p === null ? [] : [{ temp, type, treatment, metric, p }],
  );
}

function finishComparison(
  draft: ComparisonDraft,
  { adjusted, alpha }: { readonly adjusted: Adjusted; readonly alpha: number },
): Comparison {
  const metrics: Partial<Record<Metric, MetricResult>> = {};
  for (const [metric, result] of draft.metrics) {
    const found = adjusted.get(placeKey(draft, metric));
    const p = found?.test.p_adjusted ?? null;
    const verdict = verdictOf(result.delta, result.better, { p, alpha });
    metrics[metric] = { ...result, p_adjusted: p, family: found?.family ?? null, verdict };
  }
  const { items, ...rest } = draft.rest;
  return { items, metrics, ...rest };
}

function primaryEndpoint(
  { setup, primary }: SignificanceTask,
  find: (place: Place) => Comparison,
): PrimaryEndpoint {
  const found = setup.treatments.map((treatment) => ({
    treatment,
    result: find({ ...primary, treatment }).metrics[primary.metric] as MetricResult,
  }));
  return {
    ...primary,
    better: found[0]?.result.better ?? 'neither',
    results: found.map(({ treatment, result }) => ({
      treatment,
      n: result.n,
      clusters: result.clusters,
      control_mean: result.control?.mean ?? null,
      treatment_mean: result.treatment?.mean ?? null,
      delta: result.delta,
      ci: result.ci,
      ci_method: result.ci_method,
      p: result.p,
      p_method: result.p_method,
      p_holm: result.p_adjusted,
      verdict: result.verdict,
    })),
    notes: found.flatMap(({ treatment, result }) => result.notes.map((note) => `${treatment}: ${note}`)),
  };
}
