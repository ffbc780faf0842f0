// CacheSettings say which server results are shared with, and what may be done there: by the pipeline, and the environment.
import type { CacheDecl, Pipeline } from '@evalmake/core';
import { variableReference, wrongUrl } from '@evalmake/core/parse-cache';

/** What to share with, and how. */
export interface CacheSettings {
  /** The address, without a slash at its end. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly namespace: string;
  readonly reads: boolean;
  readonly writes: boolean;
}

type Env = Readonly<Record<string, string | undefined>>;

/** What goes for a pipeline that says nothing, when the environment names a server. */
const usual: Omit<CacheDecl, 'url'> = {
  read: true,
  write: 'never',
  headers: {},
  timeoutMs: 5000,
  namespace: undefined,
  insecure: false,
};

/**
 * Reads them. `EVALMAKE_CACHE_URL` goes before the address in the pipeline (`off`: none), `EVALMAKE_CACHE_WRITE` before its
 * `write`.
 * @returns undefined when nothing is shared
 */
export function cacheSettings(
  { cache, name }: Pick<Pipeline, 'cache' | 'name'>,
  env: Env,
  warn: (text: string) => void,
): CacheSettings | undefined {
  const named = env.EVALMAKE_CACHE_URL ?? '';
  const url = named === '' ? cache?.url : named;
  if (url === undefined || url === 'off') return undefined;
  const decl = cache ?? { ...usual, url };
  const wrong = wrongUrl(url, decl.insecure);
  if (wrong !== undefined) {
    warn(`EVALMAKE_CACHE_URL ${wrong}; the build goes on without a cache`);
    return undefined;
  }
  const writes = mayWrite(env.EVALMAKE_CACHE_WRITE ?? '', decl, env, warn);
  return {
    url: url.replace(/\/+$/, ''),
    headers: headersOf(decl, env, warn),
    timeoutMs: decl.timeoutMs,
    namespace: decl.namespace ?? name,
    reads: decl.read,
    writes,
  };
}

function mayWrite(said: string, decl: CacheDecl, env: Env, warn: (text: string) => void): boolean {
  const words: Readonly<Record<string, CacheDecl['write']>> = {
    '': decl.write,
    true: 'always',
    1: 'always',
    false: 'never',
    0: 'never',
    ci: 'ci',
  };
  const word = words[said];
  if (word === undefined)
    warn('EVALMAKE_CACHE_WRITE must be true, false or ci; nothing is written to the cache');
  return word === 'always' || (word === 'ci' && buildsWhatWasMerged(env));
}

/** Variables by which servers say that they build what somebody proposes: who proposes could put anything into the cache. */
const proposals = [
  'CI_MERGE_REQUEST_IID',
  'CIRCLE_PULL_REQUEST',
  'CHANGE_ID',
  'BITBUCKET_PR_ID',
  'SYSTEM_PULLREQUEST_PULLREQUESTID',
  'DRONE_PULL_REQUEST',
  'APPVEYOR_PULL_REQUEST_NUMBER',
  'TRAVIS_PULL_REQUEST',
  'BUILDKITE_PULL_REQUEST',
];

/** Whether this is a build server's build, and none of a proposal. */
export function buildsWhatWasMerged(env: Env): boolean {
  const on = (name: string): boolean => !['', 'false', '0'].includes(env[name] ?? '');
  if (!on('CI') || (env.GITHUB_EVENT_NAME ?? '').startsWith('pull_request')) return false;
  return !proposals.some(on);
}

/** Headers with their values. One whose variable is not set is left out: who only reads may need none. */
function headersOf({ headers }: CacheDecl, env: Env, warn: (text: string) => void): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, text] of Object.entries(headers)) {
    let missing = false;
    const value = text.replace(variableReference, (_, variable: string) => {
      const found = Object.hasOwn(env, variable) ? (env[variable] ?? '').trim() : '';
      if (found === '') missing = true;
      return found;
    });
    if (missing) continue;
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value))
      warn(`the value of header "${name}" of the cache holds what no header can; it is left out`);
    else out[name] = value;
  }
  return out;
}
