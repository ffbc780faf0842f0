// The BuildReport is how a workspace stands and what its last builds did: the one model behind every form of report.
import type { Verdict } from '../decision.ts';
import type { EndCounts, EndMoney } from '../event.ts';
import type { MoneyDocument } from '../money-document.ts';
import type { Origin } from '../origin.ts';
import type { ReasonCode } from '../reason.ts';
import type { Outcome } from '../run-summary.ts';

// Everything in it is plain data, in a fixed order, without a clock: two reports of one state are equal. Tasks, families,
// targets and causes stand in lists and are named elsewhere by their index. Texts come from data: whoever renders them
// makes them safe for where they go. Times are ISO 8601 in UTC or milliseconds, money is US dollars.

/** A whole report: `evalmake.report`, version 2. */
export interface BuildReport {
  readonly format: 'evalmake.report';
  readonly version: 2;
  /** Of evalmake. */
  readonly tool: string;
  readonly pipeline: string;
  /** The pipeline's file, relative to the workspace. */
  readonly file: string;
  readonly summary: ReportSummary;
  readonly causes: readonly ReportCause[];
  readonly targets: readonly ReportTarget[];
  readonly families: readonly ReportFamily[];
  readonly tasks: readonly ReportTask[];
  readonly edges: ReportEdges;
  /** Oldest first, at most the last 50. */
  readonly runs: readonly ReportRun[];
  /** Payments by target and run. */
  readonly costs: readonly ReportCost[];
  readonly files: ReportFiles;
  readonly config: ReportConfig;
  /** What was left out so that the report stays small; said in every form of it. */
  readonly omitted: readonly string[];
}

/** The four questions of the first screen. */
export interface ReportSummary {
  readonly tasks: number;
  readonly verdicts: Readonly<Partial<Record<Verdict, number>>>;
  readonly forecast: ReportForecast;
  /** What a build now would cost; absent where nothing is paid. */
  readonly money?: MoneyDocument;
  /** What all builds of the ledger paid. */
  readonly spentUsd: number;
  /** What the results that stand cost when they were bought: what their records keep from being paid again. */
  readonly keptUsd: number;
  /** Checks of the results that stand, as they were judged last. */
  readonly checks: { readonly passed: number; readonly failed: number };
}

/** What a build now would do. */
export interface ReportForecast {
  /** Tasks that will run, that may run, and that stay as they are. */
  readonly run: number;
  readonly maybe: number;
  readonly keep: number;
  /** How long it would take with these slots, from the times of earlier builds; absent where too little is known. */
  readonly ms?: number;
  readonly jobs: number;
  /** Tasks that would run and never ran before, so that nobody knows how long they take. */
  readonly unknown: number;
}

/** One cause, said once for all tasks that it makes stale. */
export interface ReportCause {
  readonly code: ReasonCode;
  /** In words: `config judge.temperature`. */
  readonly text: string;
  readonly was?: string;
  readonly now?: string;
  /** How large the contents are that these digests stand for: `41 lines`, `43 lines`. */
  readonly sizes?: readonly [was: string, now: string];
  /** Instead of old and new: a text, told apart word by word. */
  readonly diff?: readonly DiffPart[];
  /** `config.yaml:31`, where it can be changed. */
  readonly where?: string;
  /** Tasks that it holds for, as indexes of `tasks`. */
  readonly tasks: readonly number[];
  /** How many tasks that are not fresh follow from these. */
  readonly downstream: number;
  /** Sum of what the tasks it holds for would cost, as far as known. */
  readonly usd?: number;
  /** What a person can type. */
  readonly advice: readonly string[];
}

/** A piece of two texts held against each other. */
export interface DiffPart {
  readonly kind: 'same' | 'gone' | 'new';
  readonly text: string;
}

/** One target, or the part of it that has one set of `each` values that are no shards. */
interface Folded {
  readonly verdicts: Readonly<Partial<Record<Verdict, number>>>;
  /** Sum over its tasks of how long each took when it last ran. */
  readonly ms: number;
  /** What its results cost when they were bought. */
  readonly costUsd: number;
}

/** One target. */
export interface ReportTarget extends Folded {
  readonly name: string;
  readonly desc?: string;
  /** Of one that is off: the key that says so. */
  readonly offBy?: string;
  readonly families: readonly number[];
  /** As written, `${{ … }}` and all. */
  readonly command?: string;
  readonly paid: boolean;
  /** What of it the last build paid. */
  readonly spentUsd: number;
}

/** Tasks of one target that differ only in their shard: `infer@control`. */
export interface ReportFamily extends Folded {
  readonly name: string;
  readonly target: number;
  /** Indexes of `tasks`, in the order of the graph. */
  readonly tasks: readonly number[];
}

/** One task. */
export interface ReportTask {
  readonly id: string;
  readonly family: number;
  readonly verdict: Verdict;
  /** Indexes of `causes` that hold for this very task. */
  readonly causes: readonly number[];
  /** What follows from others, in words: `decided when build is done`. */
  readonly follows: readonly string[];
  /** Indexes of tasks that it needs, as far as they are told; at most 60. */
  readonly needs?: readonly number[];
  /** The result that stands, or that was compared with. */
  readonly last?: ReportResult;
}

/** The last good result of a task. */
export interface ReportResult {
  readonly run: number;
  readonly at: string;
  readonly ms: number;
  readonly costUsd?: number;
  readonly outputs: readonly ReportOutput[];
  readonly checks: readonly { readonly id: string; readonly passed: boolean; readonly message?: string }[];
  /** What it was made from: parts of the fingerprint, digests in full. */
  readonly parts: Readonly<Record<string, string>>;
  /** Why a person vouches for it, when no run made it. */
  readonly adopted?: string;
  /** Labels of what could not be proven of it. */
  readonly unproven?: readonly string[];
  readonly metrics?: Readonly<Record<string, number>>;
}

/** One published file. */
export interface ReportOutput {
  /** Relative to the workspace; a directory ends in `/`. */
  readonly path: string;
  readonly bytes: number;
  readonly rows?: number;
  /** 64 hex digits. */
  readonly sha256: string;
  /** Whether what lies there now is what was recorded. */
  readonly found: 'same' | 'changed' | 'missing';
  /** Digest of what lies there, when it is something else. */
  readonly foundSha256?: string;
}

/** What flows between targets, and between families: from, to, and how their tasks pair. */
export interface ReportEdges {
  readonly targets: readonly ReportEdge[];
  readonly families: readonly ReportEdge[];
}

/** `one`: each task reads one of its own; `gather`: a task reads many; `scatter`: many tasks read one. */
export type ReportEdge = readonly [from: number, to: number, kind: 'one' | 'gather' | 'scatter'];

/** One build of the past. */
export interface ReportRun {
  readonly run: number;
  /** Empty for one whose log does not tell. */
  readonly at: string;
  /** Absent for one that was cut off. */
  readonly ms?: number;
  readonly exit?: number;
  readonly counts?: EndCounts;
  readonly money?: EndMoney;
  /** How it was started; see Call. */
  readonly args?: readonly string[];
  readonly ci?: boolean;
  readonly commit?: string;
  /** What it did; left out for runs further back than the last 10. */
  readonly tasks?: readonly ReportTaskRun[];
}

/** What a build did with one task. */
export interface ReportTaskRun {
  /** Its name; a task of then may be gone. */
  readonly task: string;
  readonly outcome: Outcome;
  /** When it started and ended, milliseconds from the start of the build; absent when nothing ran. */
  readonly from?: number;
  readonly to?: number;
  /** The slot it ran in, from 0: two tasks are in one only while the results of the first are put in place. */
  readonly slot?: number;
  /** Whether it was on the critical path: the chain of tasks that the build could not have ended without. */
  readonly critical?: true;
  readonly changed?: boolean;
  /** Of one that was restored: where its result came from. */
  readonly origin?: Origin;
  /** Why it ran, each in a line with old -> new. */
  readonly why: readonly string[];
  readonly message?: string;
  readonly log?: string;
  /** The last lines of its log, of one that failed in the last build. */
  readonly tail?: readonly string[];
  readonly paidUsd?: number;
  readonly metrics?: Readonly<Record<string, number>>;
}

/** What a build paid for a target. */
export interface ReportCost {
  readonly run: number;
  readonly target: string;
  readonly usd: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
}

/** Files of the workspace that are not told with their task. */
export interface ReportFiles {
  readonly count: number;
  readonly bytes: number;
  /** Files in the folders of outputs that no task owns. */
  readonly orphans: readonly { readonly path: string; readonly bytes: number; readonly why: string }[];
}

/** The config as it holds now. */
export interface ReportConfig {
  readonly file?: string;
  /** Leaves in the order of the file; a value that looks like a secret is `masked` and its value is '…'. */
  readonly keys: readonly {
    readonly key: string;
    readonly value: string;
    readonly masked?: true;
    /** Targets that count it. */
    readonly usedBy: readonly string[];
  }[];
}
