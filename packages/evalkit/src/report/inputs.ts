// Report inputs are everything the report is written from, read and checked before the first line is written.
import type { Costs } from '../costs-result.ts';
import type { ImportSummary } from '../importing/import-summary.ts';
import type {
  CostEffectiveness,
  MixedModels,
  PowerAnalysis,
  Significance,
  UnsupportedSensitivity,
} from '../results.ts';
import type { Artifact } from './artifact.ts';
import type { Picture } from './document.ts';

/** One system prompt. */
export interface Prompt {
  readonly condition: string;
  readonly path: string;
  readonly tokens: number;
  readonly words: number;
  readonly sha256: string;
}

/** What one data set holds after preparation. */
export interface DataSummary {
  readonly type: 'open' | 'closed';
  readonly dataset: string;
  readonly questions: number;
  /** null for closed-book questions, which have no passages. */
  readonly passages: number | null;
  readonly unanswerable: number | null;
  /** Mean number of accepted answers of the answerable questions. */
  readonly answers: number;
}

/** A question that two conditions answered differently. */
export interface Example {
  readonly item: string;
  readonly question: string;
  /** Accepted answers; empty for an unanswerable question. */
  readonly golds: readonly string[];
  /** Answers by condition, in the order of the conditions. */
  readonly answers: readonly string[];
}

/** The run as the configuration describes it. */
export interface RunInfo {
  readonly runId: string;
  readonly trial: string;
  readonly provider: string;
  readonly model: string;
  readonly conditions: readonly string[];
  readonly temps: readonly string[];
  readonly samples: readonly number[];
}

export interface ReportInputs {
  readonly run: RunInfo;
  /** Where imported results came from; null when evalkit asked the questions itself. */
  readonly imported: ImportSummary | null;
  readonly prompts: readonly Prompt[];
  readonly data: readonly DataSummary[];
  readonly examples: readonly Example[];
  readonly significance: Significance;
  /** null when they were not given, which only imported results allow. */
  readonly costs: Costs | null;
  /** null when the analysis is off. */
  readonly sensitivity: UnsupportedSensitivity | null;
  readonly mixedModels: MixedModels | null;
  readonly power: PowerAnalysis | null;
  readonly costEffectiveness: CostEffectiveness | null;
  /** Name and version of the program that writes the report. */
  readonly software: string;
  /** Every file that was read. */
  readonly artifacts: readonly Artifact[];
  /** Empty when no figures were given. */
  readonly pictures: readonly Picture[];
}

/** What the files that the report is written from are; also the words for them in the list of artifacts. */
export const ROLES = {
  config: 'configuration',
  prompt: 'system prompt',
  open: 'open-book questions',
  closed: 'closed-book questions',
  predictions: 'answers',
  imported: 'imported results',
  significance: 'comparisons',
  costs: 'costs',
  sensitivity: 'sensitivity',
  mixedModels: 'mixed models',
  power: 'power',
  costEffectiveness: 'cost-effectiveness',
} as const;

/** The artifacts of these roles, for the source line of a section. */
export function artifactsOf(
  { artifacts }: Pick<ReportInputs, 'artifacts'>,
  ...roles: readonly (keyof typeof ROLES)[]
): Artifact[] {
  return roles.flatMap((role) => artifacts.filter((artifact) => artifact.role === ROLES[role]));
}
