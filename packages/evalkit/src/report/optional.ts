// The optional analyses of the report; one that is off is named with the configuration key that turns it on.
import type {
  CostEffectiveness,
  MixedModels,
  ModelFit,
  PowerAnalysis,
  UnsupportedSensitivity,
} from '../results.ts';
import type { Artifact } from './artifact.ts';
import { type Document, numeric, type Picture } from './document.ts';
import {
  count,
  dollars,
  dollarsInterval,
  fixed,
  level,
  METRIC_NAMES,
  NONE,
  percent,
  points,
  pointsInterval,
  pValue,
  ratio,
  ratioInterval,
  TYPE_NAMES,
} from './format.ts';
import { artifactsOf, type ReportInputs, type RunInfo } from './inputs.ts';
import { code, rich, strong } from './phrase.ts';
import { type PicturePlace, picturesFor } from './pictures.ts';

/** The four sections, in a fixed order. */
export function writeOptional(page: Document, inputs: ReportInputs): void {
  const from = (
    member: Analysis['member'],
    place: PicturePlace | undefined = undefined,
  ): Pick<Analysis, 'member' | 'pictures' | 'artifacts'> => ({
    member,
    pictures: place === undefined ? [] : picturesFor(inputs.pictures, place),
    artifacts: artifactsOf(inputs, member),
  });
  section(
    page,
    {
      title: 'Sensitivity to unsupported answers',
      key: 'unsupported_sensitivity',
      ...from('sensitivity', 'sensitivity'),
    },
    inputs.sensitivity,
    writeSensitivity,
  );
  section(
    page,
    { title: 'Mixed models', key: 'mixed_effects', ...from('mixedModels') },
    inputs.mixedModels,
    writeMixedModels,
  );
  section(
    page,
    { title: 'Power for a next run', key: 'power_analysis', ...from('power', 'power') },
    inputs.power,
    (to, result) => writePower(to, result, inputs.run),
  );
  section(
    page,
    { title: 'Cost-effectiveness', key: 'cost_effectiveness', ...from('costEffectiveness', 'cost') },
    inputs.costEffectiveness,
    writeCostEffectiveness,
  );
}

/** What an optional section is called and made from. */
interface Analysis {
  readonly title: string;
  /** The configuration key that turns it on. */
  readonly key: string;
  readonly member: 'sensitivity' | 'mixedModels' | 'power' | 'costEffectiveness';
  readonly pictures: readonly Picture[];
  readonly artifacts: readonly Artifact[];
}

function section<T extends { readonly notes: readonly string[] }>(
  page: Document,
  { title, key, pictures, artifacts }: Analysis,
  result: T | null,
  write: (page: Document, result: T) => void,
): void {
  page.heading(2, title);
  if (result === null) {
    page.paragraph(rich`Not run. Set ${code(`optional.${key}: true`)} in the configuration to include it.`);
    page.figures(pictures);
    return;
  }
  write(page, result);
  page.figures(pictures);
  page.list(result.notes);
  page.source(artifacts);
}

function writeSensitivity(page: Document, result: UnsupportedSensitivity): void {
  page.paragraph(
    `How the difference in ${METRIC_NAMES.em} on ${TYPE_NAMES.open} questions changes when answers with a support score below a threshold`,
    'count as wrong, as right, or are left out. Each cell holds the difference in points, its interval and the verdict;',
    `intervals are ${level(result.settings.alpha)} % t intervals by cluster, not adjusted for the number of thresholds.`,
    'A cell names n where it is not that of the answers as scored.',
  );
  for (const [temp, treatments] of Object.entries(result.results)) {
    for (const [treatment, { reference, policies, unsupported_rate: rates }] of Object.entries(treatments)) {
      const sweeps = Object.entries(policies);
      page.paragraph(
        rich`${strong(`${treatment}, temperature ${temp}`)}: as scored ${points(reference.delta)} ${pointsInterval(reference.ci)}, ${reference.verdict}`,
        `(${count(reference.n)} questions, ${count(reference.clusters)} clusters).`,
      );
      page.table(
        `Difference in exact match by threshold: ${treatment}, temperature ${temp}`,
        [
          'threshold',
          numeric('flagged (control / treatment)'),
          ...sweeps.map(([policy]) => numeric(`counted ${policy}`)),
        ],
        rates.map((rate, index) => [
          fixed(rate.threshold ?? 0, 2),
          `${rate.flagged_control} / ${rate.flagged_treatment}`,
          ...sweeps.map(([, sweep]) => {
            const point = sweep.points[index];
            if (point === undefined) return NONE;
            const n = point.n === reference.n ? '' : ` (n ${count(point.n)})`;
            return `${points(point.delta)} ${pointsInterval(point.ci)} ${point.verdict}${n}`;
          }),
        ]),
      );
      page.list(
        sweeps.map(([policy, { tipping_point: tip }]) =>
          tip === null
            ? `counted ${policy}: the verdict holds at every threshold.`
            : `counted ${policy}: from ${fixed(tip.threshold, 2)} on the verdict is ${tip.to} instead of ${tip.from}.`,
        ),
      );
    }
  }
}

function writeMixedModels(page: Document, result: MixedModels): void {
  for (const type of ['open', 'closed'] as const) {
    const fits = result.fits[type];
    if (fits === undefined) continue;
    page.heading(3, TYPE_NAMES[type]);
    const named: readonly (readonly [string, ModelFit])[] = [
      [`${METRIC_NAMES.em}, mixed logistic`, fits.glmm],
      [`${METRIC_NAMES.em}, GEE logistic`, fits.gee],
      ...Object.entries(fits.lmm).map(
        ([temp, fit]) => [`${METRIC_NAMES.f1} at ${temp}, mixed linear`, fit] as const,
      ),
      ...Object.entries(fits.ols).map(
        ([temp, fit]) => [`${METRIC_NAMES.f1} at ${temp}, clustered least squares`, fit] as const,
      ),
    ];
    page.table(
      `Treatment effects by model, ${TYPE_NAMES[type]} questions`,
      [
        'model',
        'treatment',
        'temperature',
        numeric('observations'),
        numeric('clusters'),
        numeric('estimate'),
        numeric('interval'),
        numeric('p'),
        numeric('odds ratio'),
      ],
      named.flatMap(([name, fit]) =>
        fit.contrasts.map((contrast) => [
          name,
          contrast.treatment,
          contrast.temp,
          count(fit.model.observations),
          count(fit.model.clusters),
          fixed(contrast.estimate, 3),
          contrast.ci === null ? NONE : `[${fixed(contrast.ci.low, 3)}, ${fixed(contrast.ci.high, 3)}]`,
          pValue(contrast.p),
          contrast.odds_ratio === null
            ? NONE
            : `${ratio(contrast.odds_ratio)} ${ratioInterval(contrast.odds_ratio_ci)}`,
        ]),
      ),
    );
    if (fits.glmm.model.observations > 0) writeLogistic(page, fits.glmm);
    page.list(named.flatMap(([name, fit]) => fit.notes.map((note) => `${name}: ${note}`)));
  }
}

function writeLogistic(page: Document, { model, random_effects: random }: ModelFit): void {
  page.paragraph(
    rich`Mixed logistic: ${code(model.formula)}, ${model.method}; ${count(model.observations)} answers to ${count(model.items)} questions;`,
    rich`${model.converged ? 'converged' : strong('did not converge')}${model.boundary ? ', at the boundary (no variance between questions)' : ''};`,
    `standard deviation between questions ${random.map((effect) => fixed(effect.sd, 2)).join(', ') || NONE} (log odds).`,
  );
}

function writePower(page: Document, result: PowerAnalysis, run: RunInfo): void {
  const { settings } = result;
  page.paragraph(
    `For a power of ${percent(settings.power)} % at alpha ${settings.alpha}. The smallest detectable effect is for the questions of this`,
    'run, and so are the samples per question; the required numbers are questions, enlarged by the design effect. The power for the effect that was observed is not given: it says nothing new.',
  );
  page.table(
    'Smallest detectable effects and needed questions',
    [
      'endpoint',
      'treatment',
      numeric('questions'),
      numeric('clusters'),
      numeric('design effect'),
      numeric('smallest detectable'),
      ...settings.target_effects.map((effect) => numeric(`needed for ${percent(effect)} points`)),
    ],
    result.endpoints.map((endpoint) => {
      const samples = run.samples[run.temps.indexOf(endpoint.temp)];
      const plan = endpoint.binary ?? endpoint.mean;
      const needed = (effect: number): string => {
        const rows = plan?.required_n.filter((row) => row.effect === effect) ?? [];
        const found = rows.find((row) => row.samples === null || row.samples === samples) ?? rows[0];
        return count(found?.n_with_design_effect ?? found?.n ?? null);
      };
      return [
        `${METRIC_NAMES[endpoint.metric]}, ${TYPE_NAMES[endpoint.type]}, ${endpoint.temp}${endpoint.primary ? ' (primary)' : ''}`,
        endpoint.treatment,
        count(endpoint.n),
        count(endpoint.clusters),
        ratio(endpoint.design_effect),
        percent(plan?.mde ?? null),
        ...settings.target_effects.map(needed),
      ];
    }),
  );
  page.list(result.endpoints.flatMap((endpoint) => endpoint.notes));
}

function writeCostEffectiveness(page: Document, result: CostEffectiveness): void {
  page.paragraph(
    `Paired by question: cost and ${METRIC_NAMES[result.metric]} of one answer, treatment minus control, with a bootstrap over clusters.`,
    `Intervals are ${level(result.settings.alpha)} % percentile intervals of ${count(result.settings.bootstrap_samples)} resamples.`,
    'A ratio is given only where the treatment is a trade-off.',
  );
  const rows: string[][] = [];
  for (const [temp, types] of Object.entries(result.results)) {
    for (const type of ['open', 'closed'] as const) {
      for (const [treatment, found] of Object.entries(types[type] ?? {})) {
        rows.push([
          temp,
          TYPE_NAMES[type],
          treatment,
          count(found.n),
          count(found.clusters),
          dollars(found.delta_cost),
          dollarsInterval(found.delta_cost_ci),
          points(found.delta_effect),
          pointsInterval(found.delta_effect_ci),
          found.quadrant ?? NONE,
          dollars(found.icer),
          found.net_benefit.map((row) => `${row.lambda}: ${percent(row.probability)} %`).join(', ') || NONE,
        ]);
      }
    }
  }
  page.table(
    'Cost and effect of one answer, treatment minus control',
    [
      'temperature',
      'questions',
      'treatment',
      numeric('n'),
      numeric('clusters'),
      numeric('extra USD per answer'),
      numeric('interval'),
      numeric('effect'),
      numeric('interval'),
      'quadrant',
      numeric('USD per unit of effect'),
      'probability of a net benefit, by USD per unit',
    ],
    rows,
  );
}
