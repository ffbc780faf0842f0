// Results are small fixed documents of the analyses, for the tests of the figures.
import type { Costs } from 'evalkit/costs-result';
import type * as result from 'evalkit/results';

/** A map that any name may be a key of, `__proto__` too. */
function each<T>(names: readonly string[], value: T): Record<string, T> {
  return Object.fromEntries(names.map((name) => [name, structuredClone(value)]));
}

function metric(better: result.Better, delta: number, n: number): object {
  const mcnemar = { both: 10, b: 4, c: 9, neither: n - 23, ties_left_out: 0, reading: 'single' };
  const ci = { low: delta - 0.075, high: delta + 0.075 };
  return { better, kind: 'binary', n, delta, ci, tests: { mcnemar } };
}

const METRICS = {
  false_answer: metric('lower', -0.125, 40),
  em: metric('higher', 0.05, 120),
  f1: { ...metric('higher', 0.04, 120), kind: 'mean', tests: { mcnemar: null } },
  abstained: metric('neither', 0.2, 120),
};

function significance(treatments: readonly string[]): object {
  const line = { n: 40, delta: -0.125, ci: { low: -0.2, high: -0.05 }, verdict: 'better' };
  const primaries = treatments.map((treatment) => ({ treatment, ...line }));
  const closed = { metrics: { em: METRICS.em, abstained: METRICS.abstained }, selective_risk: null };
  const risk = (coverage: number, wrong: number | null): object => ({ coverage, risk: wrong });
  const points = [
    { threshold: 0.5, control: risk(0.8, 0.3), treatment: risk(0.6, 0.2) },
    // Nothing is accepted, so nothing of it is wrong.
    { threshold: 1, control: risk(0.1, 0.25), treatment: risk(0, null) },
  ];
  const selective_risk = { control: risk(0.9, 0.4), treatment: risk(0.7, 0.3), points };
  return {
    schema_version: 2,
    primary: { metric: 'false_answer', type: 'open', temp: '0.0', better: 'lower', results: primaries },
    control: 'control',
    treatments,
    settings: { alpha: 0.05 },
    results: {
      '0.0': {
        open: each(treatments, { metrics: METRICS, selective_risk }),
        closed: each(treatments, closed),
      },
    },
  };
}

function sensitivity(treatments: readonly string[]): object {
  const point = (threshold: number | null, delta: number | null): object => {
    return { threshold, delta, ci: delta === null ? null : { low: delta - 0.05, high: delta + 0.05 } };
  };
  const points = [point(0.5, 0), { ...point(0.6, 0.02), ci: null }, point(0.7, 0.08), point(0.8, null)];
  const tip = { threshold: 0.6, from: 'inconclusive', to: 'better', delta: 0.02 };
  const policies = { wrong: { points, tipping_point: tip }, excluded: { points, tipping_point: null } };
  return {
    schema_version: 2,
    control: 'control',
    treatments,
    settings: { alpha: 0.05 },
    results: {
      '0.0': each(treatments, { reference: point(null, 0.03), unsupported_rate: points, policies }),
    },
  };
}

function power(treatments: readonly string[]): object {
  const settings = { alpha: 0.05, power: 0.8, target_effects: [0.05, 0.1], sample_sizes: [100, 400] };
  const curve = [0.05, 0.1].flatMap((effect) =>
    [100, 400].map((n) => ({ effect, n, power: effect * Math.sqrt(n) * 0.45 })),
  );
  const endpoint = {
    metric: 'false_answer',
    type: 'open',
    temp: '0.0',
    primary: true,
    n: 40,
    binary: { mde: 0.1321, curve },
    mean: null,
  };
  const empty = { ...endpoint, metric: 'f1', primary: false, binary: null };
  const endpoints = treatments.flatMap((treatment) => [
    { ...endpoint, treatment },
    { ...empty, treatment },
  ]);
  return { schema_version: 2, control: 'control', treatments, settings, endpoints };
}

function effectiveness(treatments: readonly string[]): object {
  const cloud = Array.from({ length: 30 }, (_, i) => ({
    cost: 0.0002 + 0.00001 * (i % 5),
    effect: 0.05 + 0.004 * ((i * 7) % 11) - 0.02,
  }));
  const chance = (lambda: number): object => ({ lambda, probability: Math.min(1, lambda * 100) });
  const comparison = {
    n: 120,
    delta_cost: 0.0002,
    delta_cost_ci: { low: 0.0001, high: 0.0003 },
    delta_effect: 0.05,
    delta_effect_ci: { low: 0, high: 0.1 },
    quadrant: 'trade-off: better and dearer',
    net_benefit: [chance(0), chance(0.001), chance(0.01)],
    acceptability: [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1].map(chance),
    cloud_sample: cloud,
  };
  const unknown = {
    ...comparison,
    delta_cost: null,
    delta_effect: null,
    quadrant: null,
    net_benefit: [],
    acceptability: [],
    cloud_sample: [],
  };
  return {
    schema_version: 2,
    metric: 'em',
    better: 'higher',
    control: 'control',
    treatments,
    settings: { alpha: 0.05, bootstrap_samples: 2000 },
    results: { '0.0': { open: each(treatments, comparison), closed: each(treatments, unknown) } },
  };
}

function costs(conditions: readonly string[]): object {
  const sum = {
    prompt_tokens: 12000,
    completion_tokens: 300,
    total_tokens: 12300,
    usd: 0.042,
    usage_records: 160,
  };
  const pricing = { input_per_million: 1, output_per_million: 2, batch_discount: 0.5 };
  const source = { batch_discount_applied: true, usage_source: 'fixed', pricing };
  return { schema_version: 2, ...sum, ...source, by_condition: each(conditions, sum) };
}

export interface Documents {
  readonly significance: result.Significance;
  readonly costs: Costs;
  readonly 'unsupported-sensitivity': result.UnsupportedSensitivity;
  readonly 'power-analysis': result.PowerAnalysis;
  readonly 'cost-effectiveness': result.CostEffectiveness;
}

/** Every result the figures are drawn from, by its flag; only what they read of it. */
export function documents(treatments: readonly string[]): Documents {
  return {
    significance: significance(treatments),
    costs: costs(['control', ...treatments]),
    'unsupported-sensitivity': sensitivity(treatments),
    'power-analysis': power(treatments),
    'cost-effectiveness': effectiveness(treatments),
  } as unknown as Documents;
}

/** The metrics of a treatment among open-book questions, to change them. */
export function metricsOf(all: unknown, treatment: string): Partial<Record<result.Metric, object>> {
  const byTemp = all as Record<
    string,
    { open: Record<string, { metrics: Partial<Record<result.Metric, object>> }> }
  >;
  return byTemp['0.0']?.open[treatment]?.metrics ?? {};
}
