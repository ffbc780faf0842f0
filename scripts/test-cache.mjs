// Runs the tests of stores, and two checkouts, against a real nginx: npm run test:cache
//
// nginx with its WebDAV module speaks Bazel's HTTP cache protocol. It is started on a free port of this machine, below a
// temporary folder that is gone afterwards; reading is open, writing needs a password that is made for this run. Without
// nginx (Debian: apt-get install nginx-light) it says so and passes.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Where nginx is; undefined when there is none. */
function findNginx() {
  for (const path of ['nginx', '/usr/sbin/nginx'])
    if (spawnSync(path, ['-v'], { stdio: 'ignore' }).status === 0) return path;
  return undefined;
}

/** A port that nobody has. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Blobs or entries, by their 64 digits and nothing else. */
const locationOf = (kind, dir) => `
    location ~ "^/${kind}/[0-9a-f]{64}$" {
      dav_methods PUT;
      create_full_put_path on;
      dav_access user:rw group:r all:r;
      auth_basic $who;
      auth_basic_user_file ${dir}/writers;
    }`;

/** What nginx is told. Uploads wait beside the data, so that they come into place by a rename. */
function configOf(dir, port) {
  return `
daemon off;
pid ${dir}/nginx.pid;
error_log ${dir}/error.log warn;
events { worker_connections 256; }
http {
  access_log ${dir}/access.log combined;
  default_type application/octet-stream;
  client_body_temp_path ${dir}/data/.tmp;
  proxy_temp_path ${dir}/t1; fastcgi_temp_path ${dir}/t2; uwsgi_temp_path ${dir}/t3; scgi_temp_path ${dir}/t4;
  client_max_body_size 1g;
  map $request_method $who { GET off; HEAD off; default "writers"; }
  server {
    listen 127.0.0.1:${port};
    root ${dir}/data;
    ${locationOf('ac', dir)}
    ${locationOf('cas', dir)}
    location / { return 404; }
  }
}
`;
}

/** Starts nginx; ends when it answers. */
async function startNginx(nginx, dir, port) {
  const config = join(dir, 'nginx.conf');
  writeFileSync(config, configOf(dir, port));
  const server = spawn(nginx, ['-c', config, '-p', dir], { stdio: 'inherit' });
  for (let tries = 0; tries < 100; tries++) {
    if (
      await fetch(`http://127.0.0.1:${port}/`).then(
        () => true,
        () => false,
      )
    )
      return server;
    await new Promise((done) => setTimeout(done, 50));
  }
  server.kill();
  throw new Error(`nginx does not answer:\n${readFileSync(join(dir, 'error.log'), 'utf8')}`);
}

/** One checkout writes to the server, another one builds from it and runs nothing. */
function buildTwice(dir, env, cache) {
  const program = join(root, 'packages/cli/bin/evalmake.cjs');
  const run = 'echo ran >> $RAN; seq 100000 > ${{ outputs }}';
  const text = `evalmake: 1\ncache: ${cache}\ntargets:\n  a: { run: "${run}", outputs: a.txt }\n`;
  const ran = join(dir, 'ran');
  writeFileSync(ran, '');
  for (const name of ['one', 'two']) {
    mkdirSync(join(dir, name));
    writeFileSync(join(dir, name, 'pipeline.yaml'), text);
    execFileSync(process.execPath, [program, '-C', join(dir, name)], {
      env: { ...env, RAN: ran },
      stdio: 'inherit',
    });
  }
  if (readFileSync(ran, 'utf8') !== 'ran\n') throw new Error('the second checkout has run its command');
  const [one, two] = ['one', 'two'].map((name) => readFileSync(join(dir, name, 'a.txt')));
  if (!one.equals(two)) throw new Error('the two checkouts differ');
  for (const blob of readdirSync(join(dir, 'data/cas'))) {
    const bytes = readFileSync(join(dir, 'data/cas', blob));
    if (createHash('sha256').update(bytes).digest('hex') !== blob)
      throw new Error(`${blob} is something else`);
  }
}

async function main() {
  const nginx = findNginx();
  if (nginx === undefined) {
    console.log('there is no nginx: the stores are tested against the server of the tests only');
    return 0;
  }
  const dir = mkdtempSync(join(tmpdir(), 'evalmake-nginx-'));
  let server;
  try {
    // As root, nginx serves as somebody else, who must be able to write there.
    for (const folder of ['', 'data', 'data/.tmp']) {
      mkdirSync(join(dir, folder), { recursive: true });
      chmodSync(join(dir, folder), 0o777);
    }
    const password = randomBytes(12).toString('hex');
    const sha1 = createHash('sha1').update(password).digest('base64');
    writeFileSync(join(dir, 'writers'), `writer:{SHA}${sha1}\n`);
    const port = await freePort();
    server = await startNginx(nginx, dir, port);
    const url = `http://127.0.0.1:${port}`;
    const authorization = `Basic ${Buffer.from(`writer:${password}`).toString('base64')}`;
    const env = {
      ...process.env,
      EVALMAKE_TEST_CACHE: url,
      EVALMAKE_TEST_CACHE_AUTHORIZATION: authorization,
    };
    const tests = spawnSync(process.execPath, ['build/test/all/stores.test.js'], {
      cwd: root,
      env,
      stdio: 'inherit',
    });
    if (tests.status !== 0) return 1;
    twoCheckouts(dir, url, authorization);
    if (readFileSync(join(dir, 'access.log'), 'utf8').includes(password))
      throw new Error('the password is in a log');
    console.log('nginx: the stores and two checkouts agree');
    return 0;
  } finally {
    server?.kill();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The password goes by the environment, as a person would give it. */
function twoCheckouts(dir, url, authorization) {
  const text = `{ url: "${url}", write: true, headers: { Authorization: "\${{ env.CACHE_AUTH }}" } }`;
  buildTwice(dir, { ...process.env, CACHE_AUTH: authorization }, text);
}

process.exitCode = await main();
