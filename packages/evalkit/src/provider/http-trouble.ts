// A HttpTrouble is a call that did not bring what was asked for, named by what is known of it afterwards.
import { Failure } from '../failure.ts';

/** The service answered, and the answer is no. Nothing was done. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(`${status}: ${message}`);
    this.name = 'Refused';
    this.status = status;
  }
}

/** The service does not know the key. Nothing was done, and nothing will be before a person sees to it. */
export class KeyRefused extends Failure {
  constructor(message: string) {
    super(message);
    this.name = 'KeyRefused';
  }
}

/** The service did not take the call, however often it was repeated: it is down, or busy. Nothing was done. */
export class Unavailable extends Error {
  /** What the service asked to wait, in seconds, or null. */
  readonly retryAfterS: number | null;

  constructor(message: string, retryAfterS: number | null = null) {
    super(message);
    this.name = 'Unavailable';
    this.retryAfterS = retryAfterS;
  }
}

/** The service has enough of ours for now: a quota or a limit of queued work. Nothing was done. */
export class OverQuota extends Unavailable {
  constructor(message: string, retryAfterS: number | null) {
    super(message, retryAfterS);
    this.name = 'OverQuota';
  }
}

/** The call was sent and no answer says what became of it: it may have been done. */
export class Unanswered extends Error {
  /** The status it came back with, which does not say whether it was done; null when nothing came back. */
  readonly status: number | null;

  constructor(message: string, status: number | null = null) {
    super(message);
    this.name = 'Unanswered';
    this.status = status;
  }
}

/** Whether a text of a provider speaks of a quota. */
export function speaksOfQuota(text: string): boolean {
  return /quota|job-submission-count|enqueued[ _-]?token|enqueued limit|token_limit_exceeded/i.test(text);
}
