// All stores pass one suite: the folder, the server, both in layers, and servers that lose, tear and change what they hold.
// With EVALMAKE_TEST_CACHE the suite runs against a real server at that address, too (npm run test:cache).
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { DirectoryStore } from '@evalmake/engine/directory-store';
import { LayeredStore } from '@evalmake/engine/layered-store';
import { SharedCache } from '@evalmake/engine/shared-cache';
import { SigningKey } from '@evalmake/engine/signing-key';
import type { Store } from '@evalmake/engine/store';
import { test } from 'uvu';
import { conformance } from './store-conformance.ts';
import { BazelRemoteServer } from './workspace/bazel-remote-server.ts';
import { CacheServer, type Fault } from './workspace/cache-server.ts';

const silent = (): void => {};

/** A store on a server, as a workspace uses it; what is signed goes every way that the rest goes. */
function cacheAt(url: string, signed = true): SharedCache {
  const { EVALMAKE_TEST_CACHE_AUTHORIZATION: authorization } = process.env;
  const headers = authorization === undefined ? {} : { Authorization: authorization };
  const how = {
    url,
    headers,
    credentials: [],
    timeoutMs: 2000,
    namespace: randomUUID(),
    reads: true,
    writes: true,
  };
  const { privateKey } = generateKeyPairSync('ed25519');
  const signer = SigningKey.read(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
  if (!signed) return new SharedCache(how, silent);
  return new SharedCache({ ...how, signer, trust: signer && [signer.publicText] }, silent);
}

/** A store on a server in this process; every n-th answer of those that matter is a fault. */
async function onServer(
  fault: Fault | undefined,
  every = 2,
): Promise<{ store: SharedCache; close: () => Promise<void> }> {
  const server = await CacheServer.open();
  let n = 0;
  server.fault = ({ method }) =>
    fault !== undefined && method === 'GET' && n++ % every === 0 ? fault : undefined;
  const store = cacheAt(server.url);
  return { store, close: () => server.close() };
}

/** A store on a server that does as bazel-remote does, with an instance in its address. */
async function onBazelRemote(): Promise<{ store: SharedCache; close: () => Promise<void> }> {
  const server = await BazelRemoteServer.open({ mangled: true });
  return { store: cacheAt(`${server.url}/team/models`), close: () => server.close() };
}

const alone = (store: Store) => ({ store, close: () => Promise.resolve() });

conformance({ name: 'directory', open: async (dir) => alone(new DirectoryStore(dir)) });
conformance({ name: 'http', open: () => onServer(undefined) });
conformance({
  name: 'http, not signed',
  open: async () => {
    const server = await CacheServer.open();
    return { store: cacheAt(server.url, false), close: () => server.close() };
  },
});
conformance({ name: 'bazel-remote, by its source', open: onBazelRemote });
conformance({
  name: 'layered',
  open: async (dir) => {
    const far = await onServer(undefined);
    return { ...far, store: new LayeredStore(new DirectoryStore(dir), far.store) };
  },
});
conformance({
  name: 'layered, the far one down',
  open: async (dir) => {
    const far = await onServer(undefined);
    await far.close();
    return alone(new LayeredStore(new DirectoryStore(dir), far.store));
  },
});
const faults: readonly Fault[] = [
  { kind: 'wrong' },
  { kind: 'short' },
  { kind: 'truncated' },
  { kind: 'reset' },
  { kind: 'status', status: 404 },
  { kind: 'status', status: 500 },
];
for (const fault of faults)
  conformance({
    name: `faulty: ${fault.kind}${fault.kind === 'status' ? ` ${fault.status}` : ''}`,
    open: () => onServer(fault),
    forgetful: true,
  });

const real = process.env['EVALMAKE_TEST_CACHE'];
if (real !== undefined) conformance({ name: `a real server`, open: async () => alone(cacheAt(real)) });

test.run();
