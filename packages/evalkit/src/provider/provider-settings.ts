// ProviderSettings are the keys provider.* of the configuration: who answers, where, and how patiently it is waited for.
import type { Config } from '../config.ts';
import type { BatchLimits } from './batch-plan.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Pace } from './pace.ts';

export const PROTOCOLS = ['openai', 'fireworks', 'anthropic', 'chat'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export interface ProviderSettings {
  readonly name: Protocol | 'embedded';
  readonly protocol: Protocol;
  /** Root of the API; null for the embedded server, which says where it listens. */
  readonly baseUrl: string | null;
  /** Of Fireworks; empty elsewhere. */
  readonly account: string;
  /** The variable of the environment that holds the key. */
  readonly keyName: string;
  readonly limits: BatchLimits;
  /** Requests at a time, in the protocol chat. */
  readonly concurrency: number;
  /** 0: no limit. */
  readonly requestsPerMinute: number;
  readonly firectl: string;
  readonly pace: Pace;
}

/** What each API allows by its documents; a service may be given others in the configuration. */
const LIMITS: Readonly<Record<Protocol, BatchLimits>> = {
  openai: { requests: 50_000, bytes: 200_000_000 },
  fireworks: { requests: 1_000_000, bytes: 500_000_000 },
  anthropic: { requests: 100_000, bytes: 256_000_000 },
  chat: { requests: 1_000_000, bytes: 1_000_000_000 },
};

function numberOr(config: Config, key: string, usual: number): number {
  return config.has(key) ? config.number(key, { min: 0 }) : usual;
}

function textOr(config: Config, key: string, usual: string): string {
  return config.has(key) && config.raw(key) !== '' ? config.text(key) : usual;
}

function limitsOf(config: Config, protocol: Protocol): BatchLimits {
  const of = (name: 'requests' | 'bytes'): number => {
    const key = `provider.limits.${name}`;
    return config.has(key) ? config.integer(key, { min: 1 }) : LIMITS[protocol][name];
  };
  return { requests: of('requests'), bytes: of('bytes') };
}

function paceOf(config: Config, embedded: boolean, clock: Clock): Pace {
  if (embedded) return { wait: 'block', pollMs: 0, settleMs: 0, firstWaitMs: 50, clock };
  return {
    wait: config.has('provider.wait') ? config.oneOf('provider.wait', ['return', 'block']) : 'return',
    pollMs: numberOr(config, 'provider.poll_s', 30) * 1000,
    settleMs: numberOr(config, 'provider.settle_s', 60) * 1000,
    firstWaitMs: numberOr(config, 'provider.retry_s', 0.5) * 1000,
    clock,
  };
}

/** Reads the keys provider.*. @throws Failure naming the key */
export function readProvider(config: Config, clock: Clock = systemClock): ProviderSettings {
  const name = config.oneOf('provider.name', ['embedded', ...PROTOCOLS]);
  const embedded = name === 'embedded';
  const protocol = !embedded
    ? name
    : config.has('provider.protocol')
      ? config.oneOf('provider.protocol', PROTOCOLS)
      : 'openai';
  const baseUrl = embedded ? null : config.text('provider.base_url').replace(/\/+$/, '');
  if (baseUrl !== null && !/^https?:\/\/./.test(baseUrl))
    config.reject('provider.base_url', 'the root of an API, such as http://127.0.0.1:8080');
  return {
    name,
    protocol,
    baseUrl,
    account: protocol === 'fireworks' ? (embedded ? 'embedded' : config.text('provider.account')) : '',
    keyName: textOr(config, 'provider.api_key_env', 'PROVIDER_API_KEY'),
    limits: limitsOf(config, protocol),
    concurrency: config.has('provider.concurrency') ? config.integer('provider.concurrency', { min: 1 }) : 4,
    requestsPerMinute: numberOr(config, 'provider.requests_per_minute', 0),
    firectl: textOr(config, 'provider.firectl', ''),
    pace: paceOf(config, embedded, clock),
  };
}
