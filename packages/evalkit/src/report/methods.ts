// The methods of a report are prose for a paper: one sentence for each method that this report used, and no other.
import type { Comparison, MetricResult, TypeFits } from '../results.ts';
import { count, level, METRIC_NAMES, percent, TYPE_NAMES } from './format.ts';
import type { ReportInputs } from './inputs.ts';
import { type Cite, designSentences, when } from './methods-design.ts';
import { citation, type ReferenceKey } from './references.ts';

/** The paragraphs, and the publications that they cite. */
export interface MethodsProse {
  readonly paragraphs: readonly string[];
  readonly cited: ReadonlySet<ReferenceKey>;
}

/** Writes the methods of a report from what its results say was done. */
export function methodsProse(inputs: ReportInputs): MethodsProse {
  const cited = new Set<ReferenceKey>();
  const cite: Cite = (...keys) => {
    for (const key of keys) cited.add(key);
    return `(${keys.map(citation).join('; ')})`;
  };
  const comparisons = Object.values(inputs.significance.results).flatMap((types) =>
    [types.open, types.closed].flatMap((treatments) => Object.values(treatments ?? {})),
  );
  const results = comparisons.flatMap((comparison) => Object.values(comparison.metrics));
  const paragraphs = [
    [...designSentences(inputs, results, cite)],
    [...headlineSentences(inputs, results, cite), ...multiplicitySentences(inputs, cite)],
    [...furtherSentences(inputs, results, cite), ...comparisonSentences(comparisons, cite)],
    [...modelSentences(inputs, cite), ...planningSentences(inputs, cite)],
    [softwareSentence(inputs, results, cite)],
  ].map((sentences) => sentences.filter((sentence) => sentence !== '').join(' '));
  return { paragraphs: paragraphs.filter((text) => text !== ''), cited };
}

function headlineSentences(
  { significance }: ReportInputs,
  results: readonly MetricResult[],
  cite: Cite,
): string[] {
  const { alpha } = significance.settings;
  const has = (method: MetricResult['p_method'] | MetricResult['ci_method']): boolean =>
    results.some(({ p_method: p, ci_method: ci }) => p === method || ci === method);
  const flips = results.flatMap(({ tests }) => (tests.sign_flip === null ? [] : [tests.sign_flip]));
  const drawn = Math.max(0, ...flips.map(({ samples }) => samples ?? 0));
  return [
    `Differences are treatment minus control, with ${level(alpha)} % intervals.`,
    when(has('mcnemar_mid_p') || has('newcombe_10'), () => {
      const test = `the mid-p McNemar test ${cite('fagerland')} and Newcombe's score interval for paired rates, his method 10 ${cite('newcombe')}`;
      return `Rates with one answer per question and one question per cluster were compared by ${test}.`;
    }),
    when(has('sign_flip') || has('cluster_t'), () => {
      const all = has('mcnemar_mid_p') || has('newcombe_10') ? 'All other differences' : 'Differences';
      return `${all} were tested by flipping the signs of the summed differences of whole clusters, with a cluster-robust t interval on G - 1 degrees of freedom for G clusters.`;
    }),
    when(
      flips.some(({ method }) => method === 'exact'),
      () => 'Sign-flip p-values are exact where all sign vectors could be counted.',
    ),
    when(
      drawn > 0,
      () =>
        `Elsewhere they come from ${count(drawn)} random sign vectors, as (b + 1)/(R + 1) with b vectors at least as extreme among R ${cite('phipson')}.`,
    ),
    when(
      results.some(({ control, treatment }) => (control?.wilson ?? treatment?.wilson ?? null) !== null),
      () =>
        `Intervals of single rates with one answer per question are Wilson intervals ${cite('wilson')}; those of other levels are cluster-robust t intervals.`,
    ),
  ];
}

function multiplicitySentences({ significance }: ReportInputs, cite: Cite): string[] {
  const { primary, families, settings } = significance;
  return [
    `The primary endpoint is ${METRIC_NAMES[primary.metric]} on ${TYPE_NAMES[primary.type]} questions at temperature ${primary.temp}, as declared in the configuration.`,
    when(families.primary.size > 0, () =>
      families.primary.size === 1
        ? `With one treatment, Holm's method leaves its p-value as it is ${cite('holm')}.`
        : `Its ${count(families.primary.size)} p-values, one for each treatment, were adjusted by Holm's method ${cite('holm')}.`,
    ),
    when(
      families.exploratory.size > 0,
      () =>
        `All other p-values (${count(families.exploratory.size)}) are exploratory and were adjusted together for the false discovery rate ${cite('benjamini')}.`,
    ),
    `The level is ${settings.alpha}; intervals are not adjusted.`,
  ];
}

function furtherSentences(
  { significance }: ReportInputs,
  results: readonly MetricResult[],
  cite: Cite,
): string[] {
  const { settings } = significance;
  const some = (test: (result: MetricResult) => boolean): boolean => results.some(test);
  const bca = some(({ intervals }) => intervals.bca !== null || intervals.cluster_bca !== null);
  // A report may be written from results that know this interval or do not.
  const tango = some(
    ({ intervals }) => ((intervals as Readonly<Record<string, unknown>>).tango ?? null) !== null,
  );
  const sizes = [
    ...(some(({ effect }) => effect.cohen_h !== null) ? ["Cohen's h"] : []),
    ...(some(({ effect }) => effect.d_z !== null) ? ['d_z'] : []),
  ];
  return [
    when(
      bca,
      () =>
        `As a check, BCa bootstrap intervals were formed over questions and over whole clusters with ${count(settings.bootstrap_samples)} resamples ${cite('efron')}.`,
    ),
    when(
      some(({ intervals }) => intervals.newcombe_10 !== null),
      () => `Newcombe's interval is given for every paired rate ${cite('newcombe')}.`,
    ),
    when(tango, () => `Score intervals for paired rates follow Tango's method ${cite('tango')}.`),
    when(
      some(({ tests }) => tests.mcnemar !== null),
      () =>
        `Discordant pairs are given with mid-p and exact conditional McNemar p-values ${cite('fagerland')}.`,
    ),
    when(
      some(({ tests }) => (tests.mcnemar?.odds_ratio_ci ?? null) !== null),
      () => `Their odds ratios have exact intervals from the binomial distribution ${cite('clopper')}.`,
    ),
    when(
      some(({ tests }) => tests.wilcoxon !== null),
      () => `The signed-rank test is descriptive and ignores clusters ${cite('wilcoxon')}.`,
    ),
    when(sizes.length > 0, () => `Effect sizes are ${sizes.join(' and ')} ${cite('cohen')}.`),
    when(
      some(({ non_inferiority: margin }) => margin !== null),
      () =>
        `Non-inferiority was tested one-sided at level ${settings.alpha} by a cluster-robust t bound against a margin of ${percent(settings.non_inferiority_margin)} points.`,
    ),
  ];
}

function comparisonSentences(comparisons: readonly Comparison[], cite: Cite): string[] {
  const risks = comparisons.flatMap(({ selective_risk: risk }) => (risk === null ? [] : [risk]));
  return [
    when(
      risks.length > 0,
      () => `Selective risk is the share wrong among the questions that were answered ${cite('elYaniv')}.`,
    ),
    when(
      risks.some(({ delta_risk_ci: ci }) => ci !== null),
      () =>
        `The interval of its difference is a percentile bootstrap of whole clusters ${cite('efronTibshirani')}.`,
    ),
    when(
      comparisons.some(({ meta_analysis: pooled }) => Object.keys(pooled).length > 0),
      () => `Differences were pooled over data sets by a random-effects summary ${cite('dersimonian')}.`,
    ),
  ];
}

function modelSentences({ mixedModels, sensitivity }: ReportInputs, cite: Cite): string[] {
  const fits = Object.values(mixedModels?.fits ?? {});
  // A fit by Gauss-Hermite points is redone on equally spaced ones when its check fails; only what was kept is named.
  const quadrature = [
    ...(fits.some(isGaussHermite) ? [`adaptive Gauss-Hermite ${cite('pinheiro')}`] : []),
    ...(fits.every(isGaussHermite) ? [] : ['equally spaced']),
  ];
  return [
    when(
      sensitivity !== null,
      () =>
        `The sensitivity to unsupported answers was examined by scoring answers below a support threshold as ${(sensitivity?.settings.policies ?? []).join(', ')}, with cluster-robust t intervals ${cite('miller')}.`,
    ),
    when(
      fits.length > 0,
      () =>
        `Exact match was modelled by a logistic regression with a random intercept for each question, fitted by maximum likelihood with ${quadrature.join(' or ')} quadrature, and by generalised estimating equations with sandwich standard errors ${cite('liang')}.`,
    ),
    when(
      fits.some(({ lmm }) => Object.keys(lmm).length > 0),
      () =>
        `Token F1 was modelled at each temperature by a linear model with a random intercept for each question, fitted by restricted maximum likelihood ${cite('patterson')}.`,
    ),
    when(
      fits.some(({ ols }) => Object.keys(ols).length > 0),
      () => 'Least squares with cluster-robust standard errors stand beside it.',
    ),
  ];
}

function isGaussHermite({ glmm }: TypeFits): boolean {
  return /Gauss-Hermite/i.test(glmm.model.method);
}

function planningSentences({ power, costEffectiveness }: ReportInputs, cite: Cite): string[] {
  const endpoints = power?.endpoints ?? [];
  const costs = Object.values(costEffectiveness?.results ?? {}).flatMap((types) =>
    [types.open, types.closed].flatMap((treatments) => Object.values(treatments ?? {})),
  );
  return [
    when(
      endpoints.some(({ binary }) => binary !== null),
      () => `Sample sizes for paired rates follow Connor's formula ${cite('connor')}.`,
    ),
    when(
      endpoints.some(({ mean }) => mean !== null),
      () =>
        `Sample sizes for paired means separate the variance between questions from that between samples ${cite('miller')}.`,
    ),
    when(
      costs.some(({ cloud }) => cloud !== null),
      () =>
        `Cost and effect were resampled together, by whole clusters, with ${count(costEffectiveness?.settings.bootstrap_samples ?? 0)} resamples and percentile intervals ${cite('efronTibshirani')}.`,
    ),
    when(
      costs.some(({ net_benefit: rows }) => rows.length > 0),
      () =>
        `Net benefits ${cite('stinnett')} are given with the probability that they are positive ${cite('vanHout')}.`,
    ),
  ];
}

function softwareSentence(
  { significance, software }: ReportInputs,
  results: readonly MetricResult[],
  cite: Cite,
): string {
  const random = results.some(
    ({ intervals, tests }) =>
      intervals.bca !== null || intervals.cluster_bca !== null || (tests.sign_flip?.samples ?? null) !== null,
  );
  const seed = when(
    random,
    () =>
      ` Random numbers come from xoshiro128** ${cite('blackman')} with seed ${significance.settings.random_seed}, in a stream of their own for each comparison and method.`,
  );
  return `All numbers were computed with ${software}.${seed}`;
}
