// A Fault is a switch that makes the server misbehave in one named way, a number of times, where it is told to.
import type { JsonObject } from '../json-object.ts';

/** When a fault is asked for: around an answer, on a download, or in the life of a job. */
export type FaultMoment = 'before' | 'after' | 'download' | 'job' | 'dataset' | 'list';

interface FaultRule {
  readonly moment: FaultMoment;
  /** Parameters with what is used when they are not given; null: decided where it strikes. */
  readonly params: Readonly<Record<string, number | string | null>>;
}

/** Every kind of fault. docs/batch-server.md explains them in the same order. */
export const FAULTS = {
  'rate-limit': { moment: 'before', params: { retry_after_s: 1 } },
  'server-error': { moment: 'before', params: { status: 500 } },
  'server-error-after': { moment: 'after', params: { status: 500 } },
  'drop-before': { moment: 'before', params: {} },
  'drop-after': { moment: 'after', params: {} },
  'exit-before': { moment: 'before', params: {} },
  'exit-after': { moment: 'after', params: {} },
  slow: { moment: 'before', params: { ms: 5 } },
  unauthorized: { moment: 'before', params: {} },
  forbidden: { moment: 'before', params: {} },
  'enqueued-limit': { moment: 'before', params: {} },
  truncate: { moment: 'download', params: { bytes: null } },
  'wrong-length': { moment: 'download', params: { extra: 100 } },
  'drop-rows': { moment: 'download', params: { count: 1 } },
  'duplicate-rows': { moment: 'download', params: { count: 1 } },
  'foreign-rows': { moment: 'download', params: { count: 1 } },
  'reorder-rows': { moment: 'download', params: {} },
  'url-expired': { moment: 'before', params: { status: 403 } },
  'output-missing': { moment: 'before', params: {} },
  'row-errors': {
    moment: 'job',
    params: { count: null, every: null, contains: null, ids: null, status: 500, message: 'the row failed' },
  },
  'no-output': { moment: 'job', params: { status: 500, message: 'the row failed' } },
  'job-fails': { moment: 'job', params: { message: 'the job failed' } },
  'job-expires': { moment: 'job', params: { finished: null } },
  'job-stuck': { moment: 'job', params: {} },
  'empty-error-file-id': { moment: 'job', params: {} },
  'error-lines': { moment: 'job', params: { shape: 'flat' } },
  'external-url': { moment: 'dataset', params: { url: 'gs://example-bucket/dataset' } },
  'list-lag': { moment: 'list', params: { count: 1 } },
} as const satisfies Readonly<Record<string, FaultRule>>;

export type FaultKind = keyof typeof FAULTS;

/** Where a fault strikes; a member that is not given matches everything. */
export interface FaultMatch {
  /** The name of a route, or its beginning and `*`: `openai.batches.create`, `fireworks.jobs.*`. */
  readonly route?: string;
  readonly protocol?: string;
  /** The id of a job (or dataset, or file). */
  readonly job?: string;
}

export interface Fault {
  readonly kind: FaultKind;
  readonly match: FaultMatch;
  /** How often it still strikes. */
  readonly times: number | 'always';
  readonly params: Readonly<Record<string, unknown>>;
}

/** Where the server is when it asks whether a fault strikes. */
export interface FaultPlace {
  readonly route: string;
  readonly protocol: string;
  readonly job: string;
}

function isKind(text: string): text is FaultKind {
  return Object.hasOwn(FAULTS, text);
}

function readMatch(fault: JsonObject): FaultMatch {
  if (!fault.has('match')) return {};
  const match = fault.object('match');
  for (const key of match.keys())
    if (!['route', 'protocol', 'job'].includes(key)) match.reject(key, 'route, protocol or job only');
  return {
    ...(match.has('route') && { route: match.fullText('route') }),
    ...(match.has('protocol') && { protocol: match.fullText('protocol') }),
    ...(match.has('job') && { job: match.fullText('job') }),
  };
}

/**
 * Reads one fault: `{"kind": …, "match": {…}, "times": …}` and the parameters of its kind.
 * @throws Failure naming the member that is unknown or malformed
 */
export function readFault(fault: JsonObject): Fault {
  const kind = fault.text('kind');
  if (!isKind(kind)) return fault.reject('kind', `one of ${Object.keys(FAULTS).join(', ')}`);
  const params: Record<string, unknown> = { ...FAULTS[kind].params };
  for (const key of fault.keys()) {
    if (['kind', 'match', 'times'].includes(key)) continue;
    if (!Object.hasOwn(params, key))
      fault.reject(key, `no such parameter; ${kind} takes ${Object.keys(params).join(', ') || 'none'}`);
    params[key] = fault.raw(key);
  }
  const times = fault.has('times') ? (fault.raw('times') === 'always' ? 'always' : fault.count('times')) : 1;
  return { kind, match: readMatch(fault), times, params };
}

/** Whether a fault strikes at a place. */
export function matches({ match }: Fault, place: FaultPlace): boolean {
  if (match.protocol !== undefined && match.protocol !== place.protocol) return false;
  if (match.job !== undefined && match.job !== place.job) return false;
  if (match.route === undefined || match.route === place.route) return true;
  return match.route.endsWith('*') && place.route.startsWith(match.route.slice(0, -1));
}

/** A parameter that is a number; the second value when it is not given. */
export function numberParam(fault: Fault, name: string, otherwise: number): number {
  const value = fault.params[name];
  return typeof value === 'number' ? value : otherwise;
}

/** A parameter that is a text; empty when it is not given. */
export function textParam(fault: Fault, name: string): string {
  const value = fault.params[name];
  return typeof value === 'string' ? value : '';
}
