// Reads `cache`: where results are shared between checkouts, who may write there, and what its server wants to be told.
import type { Json } from './json.ts';
import type { CacheDecl } from './pipeline.ts';
import type { Pointer } from './problem.ts';
import type { Shape } from './shape.ts';

/** Keys of `cache`. */
export const cacheKeys = [
  ...['url', 'read', 'write', 'headers', 'timeout', 'namespace', 'insecure'],
  ...['sign', 'trust'],
];

/** A reference to a variable, as a header may hold it. */
export const variableReference = /\$\{\{\s*env\.([A-Za-z_][A-Za-z0-9_]*)\s*\}\}/g;

/** The variable that `sign` names; undefined when it names a file. */
export function signingVariable(sign: string): string | undefined {
  return /^\$\{\{\s*env\.([A-Za-z_][A-Za-z0-9_]*)\s*\}\}$/.exec(sign.trim())?.[1];
}

/** Headers that prove who asks: what is written for them in the file would be known to everybody who can read it. */
export const secretHeader = /^(?:proxy-)?authorization$|cookie|token|secret|key|password/i;

/** Headers that belong to how a message is sent. */
const ownHeader =
  /^(?:host|connection|content-length|transfer-encoding|expect|upgrade|te|trailer|range|accept-encoding)$/i;

/** Reads `cache:`, an address or a map; undefined when there is none, or nothing can be read of it. */
export function parseCache(value: Json | undefined, shape: Shape): CacheDecl | undefined {
  const at: Pointer = ['cache'];
  const map = shape.map(typeof value === 'string' ? { url: value } : value, at, cacheKeys);
  if (map === undefined) return undefined;
  const url = shape.text(map.url, [...at, 'url']);
  const insecure = shape.flag(map.insecure, [...at, 'insecure'], false);
  if (url === undefined) {
    if (map.url === undefined || map.url === null)
      shape.wrong(at, 'cache needs "url": where the server of the cache is');
  } else {
    const wrong = wrongUrl(url, insecure);
    if (wrong !== undefined) shape.wrong([...at, 'url'], `cache.url ${wrong}`);
  }
  const word = typeof map.write === 'string' ? map.write : undefined;
  if (word !== undefined && word !== 'ci')
    shape.wrong([...at, 'write'], `cache.write must be true, false or ci, not "${word}"`);
  const always = word === undefined && shape.flag(map.write, [...at, 'write'], false);
  return {
    url: url ?? '',
    read: shape.flag(map.read, [...at, 'read'], true),
    write: word === 'ci' ? 'ci' : always ? 'always' : 'never',
    headers: parseHeaders(map.headers, [...at, 'headers'], shape),
    timeoutMs: shape.duration(map.timeout, [...at, 'timeout']) ?? 5000,
    namespace: shape.text(map.namespace, [...at, 'namespace']),
    insecure,
    sign: parseSign(map.sign, [...at, 'sign'], shape),
    trust: parseTrust(map.trust, [...at, 'trust'], shape),
  };
}

function parseSign(value: Json | undefined, at: Pointer, shape: Shape): string | undefined {
  if (value === undefined || value === null) return undefined;
  const sign = typeof value === 'string' ? value : '';
  if (sign.includes('PRIVATE KEY'))
    shape.wrong(at, 'cache.sign must not hold a private key, which must not stand in the file', signHint);
  else if (sign.trim() === '' || (sign.includes('${{') && signingVariable(sign) === undefined))
    shape.wrong(at, 'cache.sign must be the path of a private key, or ${{ env.NAME }} alone', signHint);
  return sign;
}

const signHint = 'write ${{ env.NAME }}: the variable holds the key, or the path of its file';

function parseTrust(value: Json | undefined, at: Pointer, shape: Shape): readonly string[] | undefined {
  if (value === undefined) return undefined;
  // Nothing behind the key is not everybody: who wrote it wanted to name somebody.
  const keys = shape.texts1(value, at);
  if (keys.length === 0) shape.wrong(at, 'cache.trust must name at least one public key');
  keys.forEach((key, i) => {
    if (!/^ed25519:[A-Za-z0-9_-]{43}$/.test(key))
      shape.wrong(
        Array.isArray(value) ? [...at, i] : at,
        `cache.trust: "${key}" is no public key such as ed25519:<43 characters>`,
        'evalmake cache key FILE prints that of a private key',
      );
  });
  return keys;
}

/**
 * Why an address cannot be that of a cache; undefined when it can.
 * @param insecure whether what is sent may be read on the way, also beyond this machine
 */
export function wrongUrl(url: string, insecure: boolean): string | undefined {
  const found = /^(https?):\/\/([^/?#]*)([^?#]*)(.*)$/.exec(url);
  if (found === null) return `must be an address such as https://cache.example.org/evalmake, not "${url}"`;
  const [, scheme, authority = '', , rest] = found;
  if (authority.includes('@')) return 'must not hold a name or a password: write them as a header';
  if (rest !== '') return 'must end before "?" and "#": what a server is to be told is written as a header';
  const host = authority.replace(/:\d+$/, '');
  if (host === '' || /\s/.test(url))
    return `must be an address such as https://cache.example.org, not "${url}"`;
  const here = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i.test(host);
  if (scheme === 'http' && !here && !insecure)
    return 'must be https, or on this machine: what goes over http can be read and changed on the way (insecure: true allows it)';
  return undefined;
}

function parseHeaders(value: Json | undefined, at: Pointer, shape: Shape): Record<string, string> {
  const headers = shape.textMap(value, at);
  for (const [name, text] of Object.entries(headers)) {
    const left = text.replace(variableReference, '');
    const wrong = (message: string, hint?: string) => shape.wrong([...at, name], message, hint);
    if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name) || ownHeader.test(name))
      wrong(`"${name}" cannot be a header of cache`);
    else if (left.includes('${{')) wrong(`header "${name}" of cache may only refer to \${{ env.NAME }}`);
    else if (secretHeader.test(name) && left === text)
      wrong(`header "${name}" of cache is a secret, and must not stand in the file`, 'write ${{ env.NAME }}');
  }
  return headers;
}
