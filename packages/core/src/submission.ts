// A Submission is what is durably known of a command that was given to a cluster: enough to find it again, and it alone.

/**
 * An id alone is no identity: after a crash of the controller it is given to another job. So the name is asked for too,
 * which holds a random part and is never used twice.
 */
export interface Submission {
  /** Name of the array that it is part of. */
  readonly name: string;
  readonly index: number;
  /** Names the attempt: whatever bears another token is not of it. */
  readonly token: string;
  /** The folder of the attempt, relative to the workspace. */
  readonly dir: string;
  /** Names the work: the task and the fingerprint that it was submitted for. */
  readonly work: string;
  /** When it was submitted, ISO 8601 in UTC. */
  readonly at: string;
  /** The array's id, once the cluster has said it. */
  readonly id?: string;
}
