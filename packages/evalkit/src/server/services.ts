// Services are what every route works with: the store, the reader, the bills, the faults, the clock and the limits.
import type { Answerer } from './answerer.ts';
import type { Billing } from './billing.ts';
import type { FaultList } from './fault-list.ts';
import type { Store } from './store.ts';

/** What one batch may hold. */
export interface Limits {
  readonly requests: number;
  readonly bytes: number;
}

export interface Services {
  readonly store: Store;
  readonly answerer: Answerer;
  readonly billing: Billing;
  readonly faults: FaultList;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Looks at a running job that are answered before it goes on. */
  readonly steps: number;
  /** Whether a job is at its end when it is first looked at. */
  readonly readyAtOnce: boolean;
  /** The limits of a protocol: those of the API unless the server was given others. */
  readonly limits: (protocol: 'fireworks' | 'openai' | 'anthropic') => Limits;
}

/** Seconds since 1970, whole. */
export function nowS({ clock }: Pick<Services, 'clock'>): number {
  return Math.floor(clock() / 1000);
}
