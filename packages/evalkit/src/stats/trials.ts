// Trials are experiments of one treatment each, set side by side: the primary endpoint of every one, adjusted for their number.
import { Failure } from '../failure.ts';
import { verdictOf } from './compare-metric.ts';
import { holm } from './multiplicity.ts';
import type { PrimaryEndpoint, PrimaryResult, Significance } from './significance-result.ts';

/** A significance document, with the trial it belongs to. */
export interface Trial {
  readonly name: string;
  readonly significance: Pick<Significance, 'primary' | 'control' | 'treatments' | 'notes'>;
}

/** A line of trials.json; `p` is what the trial says for itself, `p_holm` is adjusted over all trials. */
export interface TrialResult extends Omit<PrimaryResult, 'treatment'> {
  readonly trial: string;
}

/** trials.json. */
export interface TrialsDocument {
  readonly schema_version: 2;
  readonly primary: Pick<PrimaryEndpoint, 'metric' | 'type' | 'temp' | 'better'>;
  readonly settings: { readonly alpha: number; readonly trials: number };
  readonly methods: Readonly<Record<string, string>>;
  /** In the configured order. */
  readonly trials: readonly TrialResult[];
  readonly notes: readonly string[];
}

const METHODS = {
  holm: 'p_holm: Holm (1979) over the trials, each of which holds one hypothesis; the adjustments inside the trials are not used.',
  shared_control:
    'Trials that share a control are not independent of each other; Holm holds under any dependence.',
};

function only({ name, significance }: Trial): PrimaryResult {
  const [result, ...more] = significance.primary.results;
  if (result === undefined || more.length > 0)
    throw new Failure(
      `trial ${name}: the primary endpoint has ${significance.primary.results.length} treatments; a trial of a sweep has one`,
    );
  return result;
}

function sameEndpoint(trials: readonly Trial[]): TrialsDocument['primary'] {
  const endpoints = trials.map(({ significance: { primary } }) => primary);
  const text = ({ metric, type, temp }: PrimaryEndpoint): string => `${metric}, ${type}, temperature ${temp}`;
  const [first] = endpoints;
  if (first === undefined) throw new Failure('there is no trial');
  const other = endpoints.findIndex((endpoint) => text(endpoint) !== text(first));
  if (other !== -1)
    throw new Failure(
      `trial ${trials[other]?.name}: its primary endpoint is ${text(endpoints[other] ?? first)}, that of ${trials[0]?.name} is ${text(first)}`,
    );
  const { metric, type, temp, better } = first;
  return { metric, type, temp, better };
}

/**
 * Sets trials side by side.
 * @param trials in the order in which they shall stand
 * @param alpha level of the family of all trials
 * @throws Failure when a trial has more than one treatment, or another endpoint than the others
 */
export function compareTrials(trials: readonly Trial[], alpha: number): TrialsDocument {
  const primary = sameEndpoint(trials);
  const results = trials.map(only);
  const tested = results.flatMap(({ p }, index) => (p === null ? [] : [{ p, index }]));
  const adjusted = new Map(holm(tested.map(({ p }) => p)).map((p, at) => [tested[at]?.index, p]));
  const means = new Set(results.map(({ control_mean }) => control_mean));
  const notes: string[] = [];
  if (means.size > 1)
    notes.push(`the trials have ${means.size} different control means: they do not share one control`);
  return {
    schema_version: 2,
    primary,
    settings: { alpha, trials: trials.length },
    methods: METHODS,
    trials: results.map(({ treatment: _, ...result }, index) => {
      const p = adjusted.get(index) ?? null;
      const verdict = verdictOf(result.delta, primary.better, { p, alpha });
      return { trial: trials[index]?.name ?? '', ...result, p_holm: p, verdict };
    }),
    notes,
  };
}
