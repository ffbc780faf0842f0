// An optional result is the JSON document of one of the four analyses that the configuration may switch off.
import type { Interval, Metric, QuestionType, Verdict } from './terms.ts';

export type * from './cost-effectiveness-result.ts';

// ---- unsupported_sensitivity.json ----------------------------------------------------------------

/** How an answer whose support score lies below the threshold is scored. */
export type UnsupportedPolicy = 'wrong' | 'right' | 'excluded';

export interface UnsupportedSensitivity {
  readonly schema_version: 2;
  readonly metric: 'em';
  readonly type: 'open';
  readonly control: string;
  readonly treatments: readonly string[];
  readonly settings: {
    readonly thresholds: readonly number[];
    readonly policies: readonly UnsupportedPolicy[];
    readonly alpha: number;
  };
  readonly methods: Readonly<Record<string, string>>;
  /** results[temp][treatment]. */
  readonly results: Readonly<Record<string, Readonly<Record<string, SensitivityResult>>>>;
  readonly notes: readonly string[];
}

export interface SensitivityResult {
  /** EM as scored, no policy applied. */
  readonly reference: SensitivityPoint;
  /** Difference of the unsupported rate itself, per threshold. */
  readonly unsupported_rate: readonly SensitivityPoint[];
  readonly policies: Readonly<Partial<Record<UnsupportedPolicy, PolicySweep>>>;
}

export interface PolicySweep {
  readonly points: readonly SensitivityPoint[];
  /** Lowest threshold whose verdict differs from the reference's; null when none does. */
  readonly tipping_point: TippingPoint | null;
  /** Lowest threshold at which the sign of delta is opposite to the reference's; null when none is. */
  readonly sign_change: TippingPoint | null;
}

export interface TippingPoint {
  readonly threshold: number;
  readonly from: Verdict;
  readonly to: Verdict;
  readonly delta: number | null;
}

export interface SensitivityPoint {
  /** null for the reference. */
  readonly threshold: number | null;
  readonly n: number;
  readonly clusters: number;
  /** Items with an answer below the threshold, per condition. */
  readonly flagged_control: number;
  readonly flagged_treatment: number;
  readonly control_mean: number | null;
  readonly treatment_mean: number | null;
  readonly delta: number | null;
  readonly ci: Interval | null;
  readonly p: number | null;
  readonly verdict: Verdict;
}

// ---- mixed_models.json ---------------------------------------------------------------------------

/** mixed_models.json. The three members that name the headline fit repeat fits[headline type].glmm. */
export interface MixedModels {
  readonly schema_version: 2;
  readonly model: ModelInfo | null;
  readonly fixed_effects: readonly FixedEffect[];
  readonly random_effects: readonly RandomEffect[];
  readonly control: string;
  readonly treatments: readonly string[];
  readonly methods: Readonly<Record<string, string>>;
  readonly fits: Readonly<Partial<Record<QuestionType, TypeFits>>>;
  readonly notes: readonly string[];
}

/** The fits for one question type. */
export interface TypeFits {
  /** Logistic random-intercept model of exact match, all temperatures together; no observations where it is not measured. */
  readonly glmm: ModelFit;
  /** Population-averaged logistic model, clustered by passage; the same fixed effects. */
  readonly gee: ModelFit;
  /** F1, where it is measured, per temperature: linear mixed model by REML, and clustered least squares beside it. */
  readonly lmm: Readonly<Record<string, ModelFit>>;
  readonly ols: Readonly<Record<string, ModelFit>>;
}

export interface ModelFit {
  readonly model: ModelInfo;
  readonly fixed_effects: readonly FixedEffect[];
  readonly random_effects: readonly RandomEffect[];
  /** Treatment against control at each temperature, as linear combinations of the fixed effects. */
  readonly contrasts: readonly Contrast[];
  readonly notes: readonly string[];
}

export interface ModelInfo {
  readonly name: string;
  readonly type: QuestionType;
  readonly outcome: 'em' | 'f1';
  readonly formula: string;
  readonly method: string;
  readonly observations: number;
  readonly items: number;
  readonly clusters: number;
  readonly log_likelihood: number | null;
  readonly converged: boolean;
  /** True when the random-intercept variance is estimated as zero. */
  readonly boundary: boolean;
}

/** Estimates on the scale of the model: log odds (em) or score points (f1). */
export interface FixedEffect {
  readonly term: string;
  readonly estimate: number;
  readonly se: number | null;
  /** Cluster-robust (sandwich) standard error. */
  readonly se_robust: number | null;
  readonly statistic: number | null;
  readonly p: number | null;
  readonly ci: Interval | null;
}

export interface RandomEffect {
  readonly group: string;
  readonly term: string;
  readonly sd: number;
  readonly variance: number;
  readonly se_sd: number | null;
}

export interface Contrast {
  readonly temp: string;
  readonly treatment: string;
  readonly estimate: number;
  readonly se: number | null;
  /** Cluster-robust (sandwich) standard error; p and ci use `se`. */
  readonly se_robust: number | null;
  readonly ci: Interval | null;
  readonly p: number | null;
  /** exp(estimate) for logistic models, else null. */
  readonly odds_ratio: number | null;
  readonly odds_ratio_ci: Interval | null;
}

// ---- power_analysis.json -------------------------------------------------------------------------

export interface PowerAnalysis {
  readonly schema_version: 2;
  readonly control: string;
  readonly treatments: readonly string[];
  readonly settings: {
    readonly alpha: number;
    /** alpha / number of treatments: the first step of Holm, for planning. */
    readonly alpha_adjusted: number;
    readonly power: number;
    readonly target_effects: readonly number[];
    readonly sample_sizes: readonly number[];
    readonly samples_per_item: readonly number[];
  };
  readonly methods: Readonly<Record<string, string>>;
  readonly endpoints: readonly PowerEndpoint[];
  readonly notes: readonly string[];
}

/** One metric, type, temperature and treatment: `binary` for yes and no with one sample per item, else `mean`. */
export interface PowerEndpoint {
  readonly metric: Metric;
  readonly type: QuestionType;
  readonly temp: string;
  readonly treatment: string;
  readonly primary: boolean;
  readonly n: number;
  readonly clusters: number;
  /** Variance of the mean difference with clusters over that without; null when unknown. */
  readonly design_effect: number | null;
  readonly binary: BinaryPower | null;
  readonly mean: MeanPower | null;
  readonly notes: readonly string[];
}

/** McNemar planning at the observed share of discordant pairs. */
export interface BinaryPower {
  readonly discordant_share: number;
  readonly mde: number | null;
  readonly mde_adjusted: number | null;
  readonly required_n: readonly RequiredN[];
  readonly curve: readonly PowerPoint[];
}

/** Paired differences of item means; the planned item count for K samples per item and condition. */
export interface MeanPower {
  readonly sd_difference: number;
  /** Variance of the true per-item difference, without the sampling part; null when K = 1 hides it. */
  readonly item_variance: number | null;
  readonly sampling_variance_control: number | null;
  readonly sampling_variance_treatment: number | null;
  readonly mde: number | null;
  readonly mde_adjusted: number | null;
  readonly required_n: readonly RequiredN[];
  readonly curve: readonly PowerPoint[];
}

export interface RequiredN {
  readonly effect: number;
  /** Samples per item and condition; null: as observed. */
  readonly samples: number | null;
  /** Items. */
  readonly n: number;
  readonly n_adjusted: number;
  /** n times the design effect (at least 1), rounded up. */
  readonly n_with_design_effect: number;
}

export interface PowerPoint {
  readonly effect: number;
  readonly n: number;
  readonly power: number;
  /** Exact unconditional power of the mid-p McNemar test; null for means and for large n. */
  readonly power_exact: number | null;
}
