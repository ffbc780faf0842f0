// A Route is one method and path of an API, with the name by which faults find it.
import type { Call, Reply } from './call.ts';

export type Protocol = 'fireworks' | 'openai' | 'anthropic' | 'chat' | 'messages';

export interface Route {
  /** `<protocol>.<noun>.<verb>` */
  readonly name: string;
  readonly protocol: Protocol;
  readonly method: string;
  readonly path: RegExp;
  /** Whether a key is asked for; signed URLs are their own key. */
  readonly open: boolean;
  readonly handle: (call: Call) => Reply | Promise<Reply>;
}

/**
 * A route from its shape.
 * @param shape method and path; `{name}` stands for a part of the path without `/` and `:`
 */
export function route(name: string, shape: string, handle: Route['handle']): Route {
  const [method = '', path = ''] = shape.split(' ');
  const pattern = path.replace(/[.]/g, '\\$&').replace(/\{(\w+)\}/g, '(?<$1>[^/:]+)');
  return {
    name,
    protocol: name.split('.')[0] as Protocol,
    method,
    path: new RegExp(`^${pattern}$`),
    open: name.startsWith('fireworks.signed.'),
    handle,
  };
}

export type Found =
  | { readonly kind: 'route'; readonly route: Route; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: 'wrong-method' | 'missing' };

/** The route of a request. */
export function findRoute(routes: readonly Route[], method: string, path: string): Found {
  let pathKnown = false;
  for (const one of routes) {
    const match = one.path.exec(path);
    if (match === null) continue;
    pathKnown = true;
    if (one.method === method) return { kind: 'route', route: one, params: { ...match.groups } };
  }
  return { kind: pathKnown ? 'wrong-method' : 'missing' };
}

/** The API that a path belongs to, for the shape of an error about it. */
export function protocolOf(path: string, headers: Readonly<Record<string, unknown>>): Protocol {
  if (/^\/(?:v1\/accounts|signed)\//.test(path)) return 'fireworks';
  return path.startsWith('/v1/messages') || headers['anthropic-version'] !== undefined
    ? 'anthropic'
    : 'openai';
}
