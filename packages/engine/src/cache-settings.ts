// CacheSettings say which server results are shared with, and what may be done there: by the pipeline, and the environment.

import { resolve } from 'node:path';
import type { CacheDecl, Pipeline } from '@evalmake/core';
import { secretHeader, signingVariable, variableReference, wrongUrl } from '@evalmake/core/parse-cache';
import { existsSync, readFileSync } from './fs.ts';
import { SigningKey } from './signing-key.ts';

/** What to share with, and how. */
export interface CacheSettings {
  /** The address, without a slash at its end. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Values of variables that prove who asks: they are in no result that is sent. */
  readonly credentials: readonly string[];
  readonly timeoutMs: number;
  readonly namespace: string;
  readonly reads: boolean;
  readonly writes: boolean;
  /** Signs what is sent. */
  readonly signer?: SigningKey | undefined;
  /** Whose results count, by their public keys; everybody's when it is not said. */
  readonly trust?: readonly string[] | undefined;
}

/** From what they are read. */
export interface SettingsSources {
  readonly env: Env;
  /** Where relative paths begin. */
  readonly root: string;
  readonly warn: (text: string) => void;
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
  sign: undefined,
  trust: undefined,
};

/**
 * Reads them. `EVALMAKE_CACHE_URL` goes before the address in the pipeline (`off`: none), `EVALMAKE_CACHE_WRITE` before its
 * `write`.
 * @returns undefined when nothing is shared
 */
export function cacheSettings(
  { cache, name }: Pick<Pipeline, 'cache' | 'name'>,
  sources: SettingsSources,
): CacheSettings | undefined {
  const { env, warn } = sources;
  const named = env.EVALMAKE_CACHE_URL ?? '';
  const url = named === '' ? cache?.url : named;
  if (url === undefined || url === 'off') return undefined;
  const decl = cache ?? { ...usual, url };
  const wrong = wrongUrl(url, decl.insecure);
  if (wrong !== undefined) {
    warn(`EVALMAKE_CACHE_URL ${wrong}; the build goes on without a cache`);
    return undefined;
  }
  const may = mayWrite(env.EVALMAKE_CACHE_WRITE ?? '', decl, env, warn);
  const signer = may && decl.sign !== undefined ? signerOf(decl.sign, sources) : undefined;
  // A result without its signature would put one with it out.
  const writes = may && (decl.sign === undefined || signer !== undefined);
  if (signer !== undefined && decl.trust?.includes(signer.publicText) === false)
    warn(`cache.trust does not name ${signer.publicText}, which signs here: who reads takes none of it`);
  return {
    url: url.replace(/\/+$/, ''),
    headers: headersOf(decl, env, warn),
    credentials: credentialsOf(decl, env),
    timeoutMs: decl.timeoutMs,
    namespace: decl.namespace ?? name,
    reads: decl.read,
    writes,
    signer,
    trust: decl.trust,
  };
}

function credentialsOf({ headers }: CacheDecl, env: Env): string[] {
  const secret = Object.entries(headers).filter(([name]) => secretHeader.test(name));
  const names = secret.flatMap(([, text]) =>
    [...text.matchAll(variableReference)].map(([, name = '']) => name),
  );
  return names.map((name) => (Object.hasOwn(env, name) ? (env[name] ?? '').trim() : ''));
}

/** The key that a pipeline names: a file, or a variable that holds the key or the path of its file. Never told itself. */
function signerOf(sign: string, { env, root, warn }: SettingsSources): SigningKey | undefined {
  const variable = signingVariable(sign);
  const given = variable === undefined ? sign : (env[variable] ?? '');
  const where = variable === undefined ? `"${sign}"` : `the variable ${variable}`;
  const without = (why: string): undefined => {
    warn(`cache.sign: ${why}; nothing is sent to the cache`);
    return undefined;
  };
  const path = resolve(
    root,
    given.trim().replace(/^~(?=\/)/, () => env.HOME ?? '~'),
  );
  // As with a header: who has no key only reads, by the same pipeline.
  if (given.trim() === '' || (variable === undefined && !existsSync(path))) return undefined;
  let pem = given;
  // Servers that build hand secrets over as one line.
  if (given.includes('-----BEGIN')) pem = given.replaceAll('\\n', '\n');
  else
    try {
      pem = readFileSync(path, 'utf8');
    } catch {
      return without(`${where} names no file that can be read`);
    }
  return SigningKey.read(pem) ?? without(`${where} holds no Ed25519 private key in PEM (PKCS8)`);
}

/** The environment without the key that signs: no command, no fingerprint and no message is to know it. */
export function withoutSigningKey(env: Env, { cache }: Pick<Pipeline, 'cache'>): Env {
  const variable = cache?.sign === undefined ? undefined : signingVariable(cache.sign);
  if (variable === undefined) return env;
  const { [variable]: _, ...rest } = env;
  return rest;
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
