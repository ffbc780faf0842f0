// The test runner, run on small workspaces with each kind of test file that must not pass for a good one.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from './house/repository.ts';

interface Ended {
  readonly code: number | null;
  readonly lines: string[];
  readonly text: string;
}

const folders: string[] = [];
test.after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A workspace of test files, by path; each is its own compiled form, since the fixtures are plain JavaScript. */
function workspace(files: Record<string, string>, uncompiled: Record<string, string> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'runner-test-'));
  folders.push(folder);
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  write('package.json', '{ "type": "module" }');
  write('test/tsconfig.json', '{ "compilerOptions": { "rootDir": ".", "outDir": "../build/test/all" } }');
  write('packages/a/test/tsconfig.json', '{ "compilerOptions": { "outDir": "../../../build/test/a" } }');
  for (const [path, text] of Object.entries({ ...files, ...uncompiled })) write(path, text);
  for (const [path, text] of Object.entries(files)) {
    const compiled = path
      .replace(/^packages\/(\w+)\/test/, 'build/test/$1')
      .replace(/^test\//, 'build/test/all/');
    write(compiled.replace(/\.ts$/, '.js'), text);
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

function start(folder: string, args: string[] = []): ChildProcess {
  const env = { ...process.env, FORCE_COLOR: '1' };
  const runner = join(root, 'scripts/test.mjs');
  const all = args.includes('--lint') ? args.filter((arg) => arg !== '--lint') : ['--no-lint', ...args];
  return spawn(process.execPath, [runner, '--root', folder, ...all], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function end(child: ChildProcess): Promise<Ended> {
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, text, lines: text.trimEnd().split('\n') }));
  });
}

const run = (folder: string, args: string[] = []): Promise<Ended> => end(start(folder, args));

/** Checks exit code and last line, and that the output matches each pattern. */
function expect(ended: Ended, code: number, last: string, ...patterns: RegExp[]): void {
  assert.is(ended.lines.at(-1), last, ended.text);
  assert.is(ended.code, code, ended.text);
  for (const pattern of patterns) assert.match(ended.text, pattern);
}

const head = "import { test, suite } from 'uvu';\nimport * as assert from 'uvu/assert';\n";
const good = `${head}test('one', () => {});\ntest('two', () => {});\ntest.run();\n`;

test('counts the tests of all folders', async () => {
  const folder = workspace({ 'test/a.test.ts': good, 'packages/a/test/deep/b.test.ts': good });
  const ended = await run(folder);
  expect(
    ended,
    0,
    '4 passed, 0 failed',
    /^ok {3}test\/a\.test\.ts {2}2 passed {2}\d/m,
    /^ok {3}packages\/a\/test\/deep\/b/m,
  );
  const times = Object.keys(JSON.parse(readFileSync(join(folder, 'build/test-times.json'), 'utf8')));
  assert.equal(times.sort(), ['packages/a/test/deep/b.test.ts', 'test/a.test.ts']);
});

test('starts the longest-known file first, and unknown ones before', async () => {
  const files = Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [`test/${name}.test.ts`, good]));
  const times = '{ "test/a.test.ts": 5, "test/c.test.ts": 90, "test/d.test.ts": 9 }';
  const { lines } = await run(workspace(files, { 'build/test-times.json': times }), ['--jobs', '1']);
  assert.is(lines.map((line) => /^ok {3}test\/(\w)/.exec(line)?.[1] ?? '').join(''), 'bcda');
});

test('runs as many files at a time as it is told', async () => {
  const meet = (
    self: string,
    other: string,
  ) => `${head}import { existsSync, watch, writeFileSync } from 'node:fs';
test('meets the other', async () => {
  await new Promise((done) => {
    const watcher = watch('.', () => existsSync('${other}') && done(watcher.close()));
    writeFileSync('${self}', '');
    if (existsSync('${other}')) done(watcher.close());
  });
});
test.run();
`;
  const folder = workspace({ 'test/a.test.ts': meet('a', 'b'), 'test/b.test.ts': meet('b', 'a') });
  expect(await run(folder, ['--jobs', '2', '--timeout', '30']), 0, '2 passed, 0 failed');
});

test('shows the output of a failing file only', async () => {
  const noisy = (word: string, body: string) =>
    `${head}console.log('${word}');\ntest('x', () => { ${body} });\ntest.run();\n`;
  const bad = noisy('loud', 'assert.is(1, 2);').replace('test.run', "test('y', () => {});\ntest.run");
  const ended = await run(workspace({ 'test/good.test.ts': noisy('quiet', ''), 'test/bad.test.ts': bad }));
  expect(
    ended,
    1,
    '2 passed, 1 failed',
    /^FAIL test\/bad\.test\.ts {2}1 passed, 1 failed/m,
    /^loud$/m,
    /Actual/,
  );
  assert.not.match(ended.text, /quiet/);
});

test('a hanging file is killed with all it started, and counts as failed', async () => {
  const hang = `// a test
// test-timeout: 1
${head}import { spawn } from 'node:child_process';
test('hangs', async () => {
  const args = ['-e', 'setInterval(() => {}, 1000)'];
  console.log('children', spawn(process.execPath, args).pid, spawn(process.execPath, args, { detached: true }).pid);
  await new Promise(() => {});
});
test.run();
`;
  const ended = await run(workspace({ 'test/hang.test.ts': hang, 'test/good.test.ts': good }));
  expect(ended, 1, '2 passed, 1 failed', /killed after its limit of 1 s: a test never settles/);
  const pids = /^children (\d+) (\d+)$/m.exec(ended.text)?.slice(1).map(Number) ?? [];
  assert.is(pids.length, 2);
  for (const pid of pids) assert.ok(hasEnded(pid), `process ${pid} survived`);
});

test('a file that ends its tests but not its process is told apart, and the limit is an option', async () => {
  const open = `${good}setInterval(() => {}, 1000);\n`;
  const ended = await run(workspace({ 'test/open.test.ts': open }), ['--timeout', '1']);
  expect(
    ended,
    1,
    '2 passed, 1 failed',
    /limit of 1 s: its tests ended, but something keeps the process alive/,
  );
});

test('a file without tests, without run, with a suite not run, or with tests after run fails', async () => {
  const files = {
    'test/empty.test.ts': `${head}test.run();\n`,
    'test/norun.test.ts': `${head}test('x', () => {});\n`,
    'test/suite.test.ts': `${head}const more = suite('more');\nmore('x', () => {});\ntest('x', () => {});\ntest.run();\n`,
    'test/late.test.ts': `${good}test('late', () => {});\n`,
    'test/blank.test.ts': '',
  };
  const ended = await run(workspace(files));
  expect(ended, 1, '3 passed, 5 failed', /empty.*\n {5}holds no test/, /blank.*\n {5}exit 0 without totals/);
  expect(
    ended,
    1,
    '3 passed, 5 failed',
    /norun.*\n {5}suite `test` registers/,
    /suite\.test.*\n {5}suite `more` registers/,
  );
  expect(ended, 1, '3 passed, 5 failed', /late.*\n {5}suite `test` registers tests after/);
});

test('a file that ends early fails: a promise that never settles, process.exit, a signal, an exception', async () => {
  const file = (body: string) => `${head}test('x', async () => { ${body} });\ntest.run();\n`;
  const files = {
    'test/pending.test.ts': file('await new Promise(() => {});'),
    'test/exit.test.ts': file('process.exit(0);'),
    'test/signal.test.ts': file("process.kill(process.pid, 'SIGKILL'); await new Promise(() => {});"),
    'test/throws.test.ts': `${good}throw new Error('at the top');\n`,
    'test/later.test.ts': `${good}setTimeout(() => { throw new Error('after all'); }, 200);\n`,
  };
  const ended = await run(workspace(files));
  expect(
    ended,
    1,
    '2 passed, 5 failed',
    /pending.*\n {5}ended before its tests/,
    /exit\.test.*\n {5}ended before its tests/,
  );
  expect(ended, 1, '2 passed, 5 failed', /signal.*\n {5}killed by SIGKILL without totals/, /at the top/);
  expect(ended, 1, '2 passed, 5 failed', /later.*\n {5}exit \d after its tests had passed/, /after all/);
});

test('a hook that throws fails, although uvu exits 0', async () => {
  const hook = `${head}test.before(() => { throw new Error('no'); });\ntest('x', () => {});\ntest.run();\n`;
  const ended = await run(workspace({ 'test/hook.test.ts': hook }));
  expect(ended, 1, '0 passed, 1 failed', /exit 0 although tests did not pass: a hook threw/);
});

test('skipped tests are reported', async () => {
  const ended = await run(
    workspace({ 'test/a.test.ts': good.replace("test('one'", 'test.sk' + "ip('one'") }),
  );
  expect(ended, 0, '1 passed, 0 failed', /1 passed, 1 skipped/, /^1 test skipped$/m);
});

test('no test file at all, or none that the filter names, fails; a filter chooses by path', async () => {
  expect(await run(workspace({})), 1, '0 passed, 1 failed', /no \*\.test\.ts found/);
  const folder = workspace({ 'test/a.test.ts': good, 'packages/a/test/b.test.ts': good });
  expect(
    await run(folder, ['journal']),
    1,
    '0 passed, 1 failed',
    /none of 2 test files has journal in its path/,
  );
  const chosen = await run(folder, ['packages/a', 'nothing']);
  expect(chosen, 0, '2 passed, 0 failed', /b\.test/);
  assert.not.match(chosen.text, /test\/a\.test/);
});

test('a source that was not compiled fails; a compiled file without source is ignored', async () => {
  const folder = workspace(
    { 'test/a.test.ts': good, 'build/test/all/gone.test.js': 'throw 1' },
    { 'test/new.test.ts': good },
  );
  expect(
    await run(folder),
    1,
    '2 passed, 1 failed',
    /new\.test.*\n {5}not compiled: build\/test\/all\/new\.test\.js is missing/,
  );
  const lost = workspace({}, { 'examples/x/x.test.ts': good });
  expect(await run(lost), 1, '0 passed, 1 failed', /no tsconfig\.json with an outDir/);
});

test('a lint failure counts as one and is shown', async () => {
  const folder = workspace({ 'test/a.test.ts': good });
  writeFileSync(
    join(folder, 'biome.json'),
    '{ "files": { "includes": ["bad.js"] }, "formatter": { "enabled": false } }',
  );
  writeFileSync(join(folder, 'bad.js'), 'debugger;\n');
  expect(await run(folder, ['--lint']), 1, '2 passed, 1 failed', /^FAIL biome check/m, /noDebugger/);
  writeFileSync(join(folder, 'bad.js'), 'export const a = 1;\n');
  expect(await run(folder, ['--lint']), 0, '2 passed, 0 failed', /^ok {3}biome check/m);
});

test('Ctrl-C kills the children and ends with 130', async () => {
  const fifo = `${head}import { writeFileSync } from 'node:fs';
test('waits', async () => {
  writeFileSync('started', String(process.pid));
  process.kill(process.ppid, 'SIGINT');
  setInterval(() => {}, 1000);
  await new Promise(() => {});
});
test.run();
`;
  const folder = workspace({ 'test/wait.test.ts': fifo });
  expect(
    await run(folder),
    130,
    '0 passed, 1 failed',
    /stopped by SIGINT while running test\/wait\.test\.ts/,
  );
  const pid = Number(readFileSync(join(folder, 'started'), 'utf8'));
  assert.ok(hasEnded(pid), `process ${pid} survived`);
});

test('colours of the terminal do not reach the tests, and wrong usage is exit 2', async () => {
  const env = `${head}test('x', () => assert.is(process.env.FORCE_COLOR ?? process.env.NO_COLOR, undefined));\ntest.run();\n`;
  expect(await run(workspace({ 'test/env.test.ts': env })), 0, '1 passed, 0 failed');
  assert.is((await run(workspace({}), ['--job', '2'])).code, 2);
  assert.is((await run(workspace({}), ['--jobs', '0'])).code, 2);
});

test('.ci/run keeps the exit status and ends with the totals, whatever npm says', async () => {
  const ci = async (install: string, tests: string): Promise<Ended> => {
    const script = `#!/bin/sh\nif [ "$1" = ci ]; then ${install}; fi\necho "npm $1, CI=$CI, in $(basename "$PWD")"\n${tests}\n`;
    const folder = workspace(
      {},
      { 'bin/npm': script, '.ci/run': readFileSync(join(root, '.ci/run'), 'utf8') },
    );
    chmodSync(join(folder, 'bin/npm'), 0o755);
    const { CI: _, ...env } = process.env;
    return end(
      spawn('bash', [join(folder, '.ci/run')], {
        cwd: tmpdir(),
        env: { ...env, PATH: `${folder}/bin:${env['PATH']}`, EVALMAKE_CHROMIUM: 'none' },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
  };
  const passed = await ci('exit 0', 'echo "3 passed, 0 failed"');
  expect(passed, 0, '3 passed, 0 failed', /^npm test, CI=true, in runner-test-/m);
  assert.is(passed.lines.filter((line) => line === '3 passed, 0 failed').length, 1);
  expect(
    await ci('exit 0', 'echo "1 passed, 2 failed"; echo "npm error" >&2; exit 1'),
    1,
    '1 passed, 2 failed',
  );
  expect(await ci('exit 0', 'echo "a type error"; exit 7'), 7, '0 passed, 1 failed');
  const broken = await ci('echo "no lock"; exit 3', 'echo "9 passed, 0 failed"');
  expect(broken, 3, '0 passed, 1 failed', /no lock/);
});

/** Whether a process has ended; one that nobody has collected yet (a zombie) has. A killed one needs a moment. */
function hasEnded(pid: number): boolean {
  for (let look = 0; look < 50_000; look++) {
    try {
      process.kill(pid, 0);
      if (/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) return true;
    } catch {
      return true;
    }
  }
  return false;
}

test.run();
