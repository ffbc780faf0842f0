// Runs the tests of stores, and two checkouts, against real servers: npm run test:cache
//
// nginx with its WebDAV module speaks Bazel's HTTP cache protocol, and so does bazel-remote. Each is started on a free port
// of this machine, below a temporary folder that is gone afterwards; reading is open, writing needs a password that is made
// for this run. One that is not there is told in one line, and is no failure:
//   nginx          Debian: apt-get install nginx-light
//   bazel-remote   go install github.com/buchgr/bazel-remote/v2@latest; on the PATH, or named by EVALMAKE_BAZEL_REMOTE
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBazelRemote, findNginx, startBazelRemote, startNginx } from './cache-servers.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Builds in a checkout of its own; the password goes by the environment, as a person would give it. */
function checkout(dir, name, { url, authorization }) {
  const program = join(root, 'packages/cli/bin/evalmake.cjs');
  const run = 'echo ran >> $RAN; seq 100000 > ${{ outputs }}';
  const cache = `{ url: "${url}", write: true, headers: { Authorization: "\${{ env.CACHE_AUTH }}" } }`;
  const text = `evalmake: 1\ncache: ${cache}\ntargets:\n  a: { run: "${run}", outputs: a.txt }\n`;
  mkdirSync(join(dir, name));
  writeFileSync(join(dir, name, 'pipeline.yaml'), text);
  execFileSync(process.execPath, [program, '-C', join(dir, name)], {
    env: { ...process.env, CACHE_AUTH: authorization, RAN: join(dir, 'ran') },
    stdio: 'inherit',
  });
  return readFileSync(join(dir, name, 'a.txt'));
}

/** How often the command has run by now must be this. */
function expectRuns(dir, times, what) {
  const ran = readFileSync(join(dir, 'ran'), 'utf8').split('\n').length - 1;
  if (ran !== times) throw new Error(`${what}: the command has run ${ran} times, not ${times}`);
}

/** One checkout writes to the server, another one builds from it and runs nothing. */
function buildTwice(dir, server) {
  writeFileSync(join(dir, 'ran'), '');
  const [one, two] = ['one', 'two'].map((name) => checkout(dir, name, server));
  expectRuns(dir, 1, 'the second checkout');
  if (!one.equals(two)) throw new Error('the two checkouts differ');
}

/** What lies under the digest of something is that. */
function expectBlobs({ blobs }) {
  for (const blob of readdirSync(blobs))
    if (
      createHash('sha256')
        .update(readFileSync(join(blobs, blob)))
        .digest('hex') !== blob
    )
      throw new Error(`${blob} is something else`);
}

/** Blobs that are gone under a living entry are a miss, and are sent again. */
function loseBlobs(dir, server) {
  const cas = join(server.data, 'cas.v2');
  for (const folder of readdirSync(cas))
    for (const blob of readdirSync(join(cas, folder))) rmSync(join(cas, folder, blob));
  checkout(dir, 'three', server);
  expectRuns(dir, 2, 'after blobs were lost');
  checkout(dir, 'four', server);
  expectRuns(dir, 2, 'after they were sent again');
}

/** Another instance of the same server has none of it. */
function otherInstance(dir, server) {
  const before = readFileSync(join(dir, 'ran'), 'utf8').split('\n').length - 1;
  checkout(dir, 'elsewhere', { ...server, url: server.url.replace('/models', '/others') });
  expectRuns(dir, before + 1, 'in another instance');
}

/** The suite of stores, and checkouts. */
async function prove(name, start, more) {
  const dir = mkdtempSync(join(tmpdir(), `evalmake-${name}-`));
  let server;
  try {
    server = await start(dir);
    const { url, authorization } = server;
    const env = {
      ...process.env,
      EVALMAKE_TEST_CACHE: url,
      EVALMAKE_TEST_CACHE_AUTHORIZATION: authorization,
    };
    const how = { cwd: root, env, stdio: 'inherit' };
    const tests = spawnSync(process.execPath, ['build/test/all/stores.test.js'], how);
    if (tests.status !== 0) throw new Error(`${name} does not pass the suite of stores`);
    buildTwice(dir, server);
    for (const step of more) step(dir, server);
    if (readFileSync(server.log, 'utf8').includes(server.password))
      throw new Error('the password is in a log');
    console.log(`${name}: the stores and the checkouts agree`);
  } finally {
    server?.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

const nginx = findNginx();
if (nginx === undefined) console.log('nginx: not tested, since it is not there (Debian: nginx-light)');
else await prove('nginx', (dir) => startNginx(nginx, dir), [(_, server) => expectBlobs(server)]);

const bazelRemote = findBazelRemote();
if (bazelRemote === undefined)
  console.log('bazel-remote: not tested, since it is neither on the PATH nor named by EVALMAKE_BAZEL_REMOTE');
else await prove('bazel-remote', (dir) => startBazelRemote(bazelRemote, dir), [loseBlobs, otherInstance]);
