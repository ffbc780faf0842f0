// Tests of the program `evalkit serve`: it is killed at bad moments, started again on its state, and goes on.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { at, fireworksText, idsIn, openaiLines, ServerCaller } from './server-caller.ts';

const program = fileURLToPath(new URL('../../../packages/evalkit/bin/evalkit.cjs', import.meta.url));

interface Running {
  readonly server: ServerCaller;
  readonly child: ChildProcess;
  readonly ended: Promise<string>;
}

/** What was started; a test that fails leaves none running. */
const children = new Set<ChildProcess>();
test.after.each(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
});

/** Starts the program and waits until it says where it listens. */
async function start(words: readonly string[], env: Record<string, string> = {}): Promise<Running> {
  const child = spawn(process.execPath, [program, 'serve', ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  children.add(child);
  const ended = new Promise<string>((done) =>
    child.on('exit', (code, signal) => done(signal ?? String(code))),
  );
  const url = await new Promise<string>((done, failed) => {
    let text = '';
    child.stdout.on('data', (part: Buffer) => {
      text += part.toString();
      const found = /^listening on (\S+)\n/.exec(text);
      if (found?.[1] !== undefined) done(found[1]);
    });
    void ended.then((how) => failed(new Error(`the server ended: ${how}`)));
  });
  return { server: new ServerCaller(url), child, ended };
}

async function kill({ child, ended }: Running): Promise<void> {
  child.kill('SIGKILL');
  assert.is(await ended, 'SIGKILL');
}

/** Gives a folder that is gone afterwards. */
async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'server-'));
  try {
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('killed after each answer, it goes on where it was, and bills each row once', () =>
  inFolder(async (folder) => {
    const state = ['--state', join(folder, 'state'), '--usd-in', '1', '--usd-out', '2'];
    let running = await start(state);
    const again = async (): Promise<ServerCaller> => {
      await kill(running);
      running = await start(state);
      return running.server;
    };
    await running.server.dataset('in', fireworksText(3));
    await (await again()).fireworksJob('job', 'in');
    const states: unknown[] = [];
    for (let looks = 0; looks < 5; looks += 1) {
      const { json } = await (await again()).get('/v1/accounts/me/batchInferenceJobs/job');
      states.push(String(json['state']).slice('JOB_STATE_'.length));
    }
    assert.equal(states, ['PENDING', 'CREATING', 'RUNNING', 'COMPLETED', 'COMPLETED']);
    const server = await again();
    assert.equal(idsIn((await server.fireworksOutput('job-out')).text).sort(), ['r0', 'r1', 'r2']);
    const { json } = await server.get('/_billing');
    assert.equal([json['rows'], json['creates']], [3, 1]);
    assert.ok(Number(json['usd']) > 0);
    assert.is((await server.fireworksJob('job', 'in')).status, 409);
    await kill(running);
  }));

test('a fault that ends the process strikes once, also when the server is started with it again', () =>
  inFolder(async (folder) => {
    const faults = join(folder, 'faults.json');
    writeFileSync(
      faults,
      JSON.stringify([{ kind: 'exit-after', match: { route: 'openai.batches.create' } }]),
    );
    const words = ['--state', join(folder, 'state'), '--faults', faults, '--port-file', join(folder, 'url')];
    const first = await start(words);
    assert.is(readFileSync(join(folder, 'url'), 'utf8'), `${first.server.url}\n`);
    let cut = false;
    await first.server.openaiBatch(openaiLines(2)).catch(() => {
      cut = true; // the connection ends with the process
    });
    assert.ok(cut);
    assert.is(await first.ended, 'SIGKILL');
    const second = await start(words);
    const { json } = await second.server.get('/v1/batches');
    assert.is((at(json, 'data') as unknown[]).length, 1);
    assert.is((await second.server.openaiBatch(openaiLines(2))).status, 200);
    await kill(second);
  }));

test('a torn last line of the bills is cut off, and a job that was billed but not ended is billed once', () =>
  inFolder(async (folder) => {
    const state = join(folder, 'state');
    const words = ['--state', state, '--ready-at-once'];
    const first = await start(words);
    const { json } = await first.server.openaiBatch(openaiLines(2));
    const id = String(json['id']);
    const path = join(state, 'openai/batches', `${id}.json`);
    const before = readFileSync(path);
    await first.server.openaiEnd(id);
    await kill(first);
    writeFileSync(path, before); // as if it had been killed between the bills and the end of the job
    appendFileSync(join(state, 'billing.jsonl'), '{"at":1,"proto');
    const second = await start(words);
    assert.equal(await second.server.openaiEnd(id), ['completed']);
    await second.server.openaiEnd((await second.server.openaiBatch(openaiLines(2))).json['id']);
    await kill(second);
    const third = await start(words);
    assert.equal(at((await third.server.get('/_billing')).json, 'byRow'), { r0: 2, r1: 2 });
    await kill(third);
  }));

test('the key comes from the environment, and SIGTERM ends the server well', async () => {
  const running = await start(['--api-key-env', 'SERVER_TEST_KEY'], { SERVER_TEST_KEY: 'right' });
  const { server, child, ended } = running;
  const status = async (path: string, key: string): Promise<number> =>
    (await server.send('GET', path, undefined, { authorization: `Bearer ${key}` })).status;
  assert.is(await status('/v1/batches', 'right'), 200);
  assert.is(await status('/v1/batches', 'wrong'), 401);
  assert.is(await status('/v1/messages/batches', 'wrong'), 401);
  const path = '/v1/accounts/me/batchInferenceJobs';
  const refused = await server.send('GET', path, undefined, { authorization: 'Bearer wrong' });
  assert.is(refused.status, 403);
  assert.type(at(refused.json, 'error', 'message'), 'string');
  child.kill('SIGTERM');
  assert.is(await ended, '0');
});

test('misused flags are told', () => {
  const said = spawnSync(process.execPath, [program, 'serve', '--steps', 'x'], { encoding: 'utf8' });
  assert.is(said.status, 2);
  assert.match(said.stderr, '--steps x: expected a whole number');
});

test.run();
