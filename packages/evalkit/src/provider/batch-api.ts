// A BatchApi is one provider's batches in the words of this program: find, send, create, look, list files, read lines.
import type { JsonObject } from '../json-object.ts';
import type { BatchPlan } from './batch-plan.ts';
import type { RowOutcome } from './row-outcome.ts';
import type { WireRow } from './wire-row.ts';

/** A batch with the rows that it sends. */
export interface Order {
  readonly plan: BatchPlan;
  readonly rows: readonly WireRow[];
}

/** What is known of earlier creates of an order. */
export interface Search {
  /** When the oldest intent was written that has no receipt, in milliseconds since 1970; null when there is none. */
  readonly sinceMs: number | null;
  /** Jobs that are certainly others: of other batches of this run, or looked into before. */
  readonly others: ReadonlySet<string>;
}

export type Found =
  | { readonly kind: 'job'; readonly job: string }
  | { readonly kind: 'none' }
  /** A job that may be ours is not finished; it can be told then. */
  | { readonly kind: 'maybe'; readonly text: string }
  /** It cannot be known. */
  | { readonly kind: 'unknown'; readonly text: string };

export type Ending = 'completed' | 'failed' | 'expired' | 'cancelled';

/** A job as it was last looked at. */
export interface JobView {
  readonly job: string;
  /** null while it is not finished. */
  readonly ending: Ending | null;
  /** The provider's own word for its state, with its reason. */
  readonly text: string;
  /** Rows finished so far, and of how many; null when the provider does not say. */
  readonly done: number | null;
  /** Answers that the provider says it has; null when it does not say. */
  readonly succeeded: number | null;
  /** The job was turned away because of a quota; it would do at another time. */
  readonly overQuota: boolean;
  /** The provider's own document. */
  readonly document: JsonObject;
}

/** A file of results at the provider. */
export interface ResultFile {
  readonly name: 'output' | 'errors';
  readonly from: { readonly url: string; readonly auth: boolean } | { readonly path: string };
  /** Its length as the provider declares it, or null. */
  readonly bytes: number | null;
}

export interface BatchApi {
  readonly protocol: 'fireworks' | 'openai' | 'anthropic';
  /** Ids come from the key, so a create may be repeated: a second one is refused by the service. */
  readonly createIsSafe: boolean;
  /** A job can be found without an intent of ours, so that it is looked for before every create. */
  readonly findsByKey: boolean;
  /** Whether a job that ended early can be gone on with. */
  readonly continues: boolean;
  /** Bytes of a row in the input of a batch. */
  sizeOf(row: WireRow): number;
  /** Looks for a job that was created for this order. */
  find(order: Order, search: Search): Promise<Found>;
  /** Sends what has to be there before the create; returns what the create needs, or null. Costs nothing and may be repeated. */
  send(order: Order): Promise<string | null>;
  /** Creates the job and returns its id. */
  create(order: Order, sent: string | null): Promise<string>;
  look(job: string): Promise<JobView>;
  /**
   * The files of a finished job, with new URLs each time.
   * @param scratch a folder for files that come as such, made when it is needed
   * @throws ResultsGone when there should be some and are none
   */
  files(view: JobView, scratch: string): Promise<readonly ResultFile[]>;
  /** Reads a line of a result file. @throws Failure when it has none of the documented shapes */
  readLine(line: JsonObject): RowOutcome;
}

/** The provider has no results (any more) of a job that it says has some. */
export class ResultsGone extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ResultsGone';
  }
}
