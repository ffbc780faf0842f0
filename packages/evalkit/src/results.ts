// A result document is what an analysis writes as JSON and the report reads; all five interfaces can be had from here.
// Members stand in the order of the file. Every number is finite: what cannot be computed is null, with a note.
//
// Configuration keys that the analyses read, all required (a key that is not declared must not silently fall back):
//   all five                 conditions (first = control), stats.alpha
//   stats                    stats.random_seed, .bootstrap_samples, .permutation_samples, .non_inferiority_margin,
//                            .risk_thresholds [0..1], .primary {metric, type, temp}
//   unsupported-sensitivity  unsupported_sensitivity {thresholds [0..1], policies [wrong, right, excluded]}
//   mixed-effects            mixed_effects.quadrature_points (15..101), stats.primary
//   power-analysis           power_analysis {power, target_effects, sample_sizes, samples_per_item}, stats.primary
//   cost-effectiveness       cost_effectiveness {metric, lambdas}, stats.random_seed, stats.bootstrap_samples

export type * from './stats/optional-results.ts';
export type * from './stats/significance-result.ts';
export type * from './stats/terms.ts';
