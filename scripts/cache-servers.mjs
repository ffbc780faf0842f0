// CacheServers are the real servers that results are shared over in tests: nginx, and bazel-remote where there is one.
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** The first of some programs that can be started; undefined when none can. */
function firstThatStarts(paths, argument) {
  return paths.find((path) => path && spawnSync(path, [argument], { stdio: 'ignore' }).status === 0);
}

/** Where nginx is. */
export const findNginx = () => firstThatStarts(['nginx', '/usr/sbin/nginx'], '-v');

/** Where bazel-remote is: on the PATH, or where EVALMAKE_BAZEL_REMOTE says. */
export const findBazelRemote = () =>
  firstThatStarts([process.env.EVALMAKE_BAZEL_REMOTE, 'bazel-remote'], '--help');

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

/** Waits until a server answers; one that does not in 10 s is ended. */
async function answering(name, server, url) {
  for (let tries = 0; tries < 200 && server.exitCode === null; tries++) {
    const answers = await fetch(url).then(
      () => true,
      () => false,
    );
    if (answers) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  server.kill();
  throw new Error(`${name} does not answer`);
}

/** A password for this run alone, in a file that both servers read. */
function writersIn(dir) {
  const password = randomBytes(12).toString('hex');
  const sha1 = createHash('sha1').update(password).digest('base64');
  writeFileSync(join(dir, 'writers'), `writer:{SHA}${sha1}\n`);
  return { password, authorization: `Basic ${Buffer.from(`writer:${password}`).toString('base64')}` };
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

/**
 * Starts nginx in a folder.
 * @returns its address, who may write, where blobs lie by their digest, its log, and how it is ended
 */
export async function startNginx(nginx, dir) {
  // As root, nginx serves as somebody else, who must be able to write there.
  for (const folder of ['', 'data', 'data/.tmp']) {
    mkdirSync(join(dir, folder), { recursive: true });
    chmodSync(join(dir, folder), 0o777);
  }
  const writers = writersIn(dir);
  const port = await freePort();
  const config = join(dir, 'nginx.conf');
  writeFileSync(config, configOf(dir, port));
  const server = spawn(nginx, ['-c', config, '-p', dir], { stdio: 'inherit' });
  const url = `http://127.0.0.1:${port}`;
  await answering('nginx', server, url);
  const stop = () => server.kill();
  return { url, ...writers, blobs: join(dir, 'data/cas'), log: join(dir, 'access.log'), stop };
}

/**
 * Starts bazel-remote in a folder: reading is open, writing needs a password, entries are checked, instances are apart.
 * @returns as `startNginx`; its blobs are packed and lie under other names
 */
export async function startBazelRemote(program, dir) {
  mkdirSync(join(dir, 'data'), { recursive: true });
  const writers = writersIn(dir);
  const port = await freePort();
  const log = join(dir, 'access.log');
  const options = [
    ...['--dir', join(dir, 'data'), '--max_size', '1', '--grpc_address', 'none'],
    ...['--http_address', `127.0.0.1:${port}`, '--htpasswd_file', join(dir, 'writers')],
    ...['--allow_unauthenticated_reads', '--enable_ac_key_instance_mangling'],
  ];
  const server = spawn(
    'sh',
    ['-c', 'log=$1; shift; exec "$@" > "$log" 2>&1', 'sh', log, program, ...options],
    {
      stdio: 'inherit',
    },
  );
  const url = `http://127.0.0.1:${port}`;
  const empty = createHash('sha256').digest('hex');
  await answering('bazel-remote', server, `${url}/cas/${empty}`);
  // Some instance: addresses with one are what a group has that shares its server with others.
  return { url: `${url}/team/models`, ...writers, data: join(dir, 'data'), log, stop: () => server.kill() };
}
