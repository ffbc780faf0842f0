// A significance result is the JSON document of the phase stats: every treatment against the control.
import type {
  Better,
  ByTempAndType,
  Interval,
  Metric,
  OpenInterval,
  QuestionType,
  Verdict,
} from './terms.ts';

/** significance.json. Order of members is the order of the file; the primary endpoint stands first. */
export interface Significance {
  readonly schema_version: 2;
  readonly primary: PrimaryEndpoint;
  readonly control: string;
  readonly treatments: readonly string[];
  readonly settings: StatsSettings;
  /** Short name of a method -> one sentence with its source. */
  readonly methods: Readonly<Record<string, string>>;
  /** results[temp].open|closed[treatment]; temps are written as in the scores file, in numeric order. */
  readonly results: ByTempAndType<Comparison>;
  readonly families: { readonly primary: Family; readonly exploratory: Family };
  readonly notes: readonly string[];
}

/** The settings that the numbers depend on. */
export interface StatsSettings {
  readonly alpha: number;
  readonly random_seed: number;
  readonly bootstrap_samples: number;
  readonly permutation_samples: number;
  readonly non_inferiority_margin: number;
  readonly risk_thresholds: readonly number[];
}

/** The pre-declared endpoint: one hypothesis per treatment, adjusted by Holm. */
export interface PrimaryEndpoint {
  readonly metric: Metric;
  readonly type: QuestionType;
  readonly temp: string;
  readonly better: Better;
  readonly results: readonly PrimaryResult[];
  readonly notes: readonly string[];
}

/** One treatment's line of the primary endpoint; the same numbers stand in `results`. */
export interface PrimaryResult {
  readonly treatment: string;
  readonly n: number;
  readonly clusters: number;
  readonly control_mean: number | null;
  readonly treatment_mean: number | null;
  readonly delta: number | null;
  readonly ci: Interval | null;
  readonly ci_method: CiMethod | null;
  readonly p: number | null;
  readonly p_method: PMethod | null;
  readonly p_holm: number | null;
  readonly verdict: Verdict;
}

export type CiMethod = 'newcombe_10' | 'cluster_t';
export type PMethod = 'mcnemar_mid_p' | 'sign_flip';

/** A treatment against the control, for one temperature and type. Deltas are treatment minus control. */
export interface Comparison {
  readonly items: {
    readonly paired: number;
    readonly control_only: number;
    readonly treatment_only: number;
    readonly clusters: number;
  };
  readonly metrics: Readonly<Partial<Record<Metric, MetricResult>>>;
  readonly selective_risk: SelectiveRisk | null;
  /** subgroups[dataset][metric]: descriptive, without p-values. */
  readonly subgroups: Readonly<Record<string, Readonly<Partial<Record<Metric, Subgroup>>>>>;
  /** Only where at least two datasets have an estimate with a standard error. */
  readonly meta_analysis: Readonly<Partial<Record<Metric, MetaAnalysis>>>;
  readonly notes: readonly string[];
}

/** One condition's level of one metric over the paired items. */
export interface Level {
  readonly mean: number;
  /** Cluster-robust t interval of the mean. */
  readonly cluster_t: Interval | null;
  /** Only for single-sample binary metrics; both ignore clusters. */
  readonly successes: number | null;
  readonly wilson: Interval | null;
  readonly clopper_pearson: Interval | null;
}

/** Everything about one metric. `ci` and `p` are the headline, chosen by the rule in `methods.headline`. */
export interface MetricResult {
  readonly better: Better;
  /** binary: one sample per item, every value 0 or 1. mean: item-level means of a score or of several samples. */
  readonly kind: 'binary' | 'mean';
  readonly n: number;
  readonly clusters: number;
  readonly control: Level | null;
  readonly treatment: Level | null;
  readonly delta: number | null;
  readonly ci: Interval | null;
  readonly ci_method: CiMethod | null;
  readonly p: number | null;
  readonly p_method: PMethod | null;
  /** Adjusted within `family`: Holm for the primary one, Benjamini-Hochberg for the exploratory one. */
  readonly p_adjusted: number | null;
  readonly family: 'primary' | 'exploratory' | null;
  /** By p_adjusted against alpha, and the direction of the metric. */
  readonly verdict: Verdict;
  readonly intervals: {
    readonly bca: Interval | null;
    readonly cluster_bca: Interval | null;
    readonly cluster_t: Interval | null;
    readonly newcombe_10: Interval | null;
    readonly tango: Interval | null;
  };
  readonly tests: {
    readonly mcnemar: McNemarResult | null;
    readonly sign_flip: SignFlipResult | null;
    readonly wilcoxon: WilcoxonResult | null;
  };
  readonly effect: {
    /** Cohen's h of the two rates (binary), else null. */
    readonly cohen_h: number | null;
    /** Mean of the paired differences over their standard deviation; null when they do not vary. */
    readonly d_z: number | null;
  };
  readonly non_inferiority: NonInferiority | null;
  readonly notes: readonly string[];
}

/** b: only the treatment scores 1; c: only the control does. Items with a tie (mean 0.5) are left out and counted. */
export interface McNemarResult {
  readonly both: number;
  readonly b: number;
  readonly c: number;
  readonly neither: number;
  readonly ties_left_out: number;
  /** `single`: one sample per item; `majority`: the mean of the samples is above or below 0.5. */
  readonly reading: 'single' | 'majority';
  readonly p_mid: number;
  readonly p_exact: number;
  /** Conditional odds ratio b/c; null when c = 0. */
  readonly odds_ratio: number | null;
  readonly odds_ratio_ci: OpenInterval | null;
}

export interface SignFlipResult {
  readonly p: number;
  readonly method: 'exact' | 'monte_carlo';
  /** What is flipped: whole clusters where a cluster holds several items. */
  readonly unit: 'item' | 'cluster';
  /** Units whose difference is not zero. */
  readonly units: number;
  /** Random sign vectors drawn; null for an exact p. */
  readonly samples: number | null;
}

export interface WilcoxonResult {
  /** Sum of the ranks of the positive differences; zeros are dropped, ties get mean ranks. */
  readonly w_plus: number;
  readonly n_nonzero: number;
  readonly p: number;
  readonly method: 'exact' | 'normal';
}

/** One-sided question: is the treatment worse by less than the margin? */
export interface NonInferiority {
  readonly margin: number;
  /** One-sided 1 - alpha bound of the difference on the bad side, oriented so that negative means worse. */
  readonly bound: number | null;
  readonly p: number | null;
  readonly non_inferior: boolean | null;
}

/** Risk among answered items. `points` accept an answer when its support score (or confidence) reaches the threshold. */
export interface SelectiveRisk {
  readonly control: RiskPoint;
  readonly treatment: RiskPoint;
  readonly delta_risk: number | null;
  readonly delta_risk_ci: Interval | null;
  readonly points: readonly {
    readonly threshold: number;
    readonly control: RiskPoint;
    readonly treatment: RiskPoint;
  }[];
}

/** coverage: share answered (and accepted); risk: share wrong among these, null when none is. */
export interface RiskPoint {
  readonly coverage: number;
  readonly risk: number | null;
}

export interface Subgroup {
  readonly n: number;
  readonly clusters: number;
  readonly control_mean: number;
  readonly treatment_mean: number;
  readonly delta: number;
  readonly se: number | null;
  readonly ci: Interval | null;
}

/** DerSimonian-Laird random-effects summary over datasets. */
export interface MetaAnalysis {
  readonly studies: number;
  readonly delta: number;
  readonly se: number;
  readonly ci: Interval;
  readonly p: number;
  readonly q: number;
  readonly tau2: number;
  /** Share of variation due to heterogeneity, 0..1. */
  readonly i2: number;
}

/** A family of hypotheses adjusted together. */
export interface Family {
  readonly adjustment: 'holm' | 'benjamini_hochberg';
  readonly description: string;
  readonly size: number;
  readonly tests: readonly FamilyTest[];
}

export interface FamilyTest {
  readonly temp: string;
  readonly type: QuestionType;
  readonly treatment: string;
  readonly metric: Metric;
  readonly p: number;
  readonly p_adjusted: number;
  readonly rejected: boolean;
}
