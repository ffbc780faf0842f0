// The test runner: lints, then runs each compiled test file in a process of its own, and counts what really ran.
//
//   node scripts/test.mjs [options] [part of a path …]      (npm test -- journal: only files whose path has "journal")
//     --root DIR     the workspace to test; default: the one this script lies in. The runner's own tests use fixtures
//     --jobs N       files at a time; default: one more than CPUs, since tests of processes wait a fourth of their time
//     --timeout S    limit for one file, default 120 s; `// test-timeout: 240` in its first five lines sets its own
//     --no-lint      leave out `biome check .`
// Temporary files of tests lie in memory where there is room (see memory-folder.mjs), unless TMPDIR or EVALMAKE_KEEP is set.
// A file with `// test-by-name: WHY` in its first five lines runs only when a part of its path is given.
//
// uvu alone is silent about the worst cases: a suite that was never `.run()`, a `before` hook that threw and a file
// without tests all exit 0 (see judge), and a test that never settles hangs for ever. Here each of these is a failure.
// Last line: `N passed, N failed`. Exit 0 only when at least one test ran and none failed; 2 on wrong usage.
import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeMemoryFolder } from './memory-folder.mjs';
import { kill, killTree } from './process-tree.mjs';

const colour =
  process.stdout.isTTY && !process.env.NO_COLOR && !process.env.CI && process.env.TERM !== 'dumb';
const paint = (code, text) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
const print = (line) => writeAll(`${line}\n`);
const count = (n, noun) => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** Writes all of a text to stdout before going on, so that nothing is lost when the process ends next. */
function writeAll(text) {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error; // a slow reader of a non-blocking pipe: write again
    }
  }
}

/** Reads the command line; wrong usage ends the program with 2. */
function readOptions() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        root: { type: 'string', default: join(dirname(fileURLToPath(import.meta.url)), '..') },
        jobs: { type: 'string', default: String(availableParallelism() + 1) },
        timeout: { type: 'string', default: '120' },
        'no-lint': { type: 'boolean', default: false },
      },
    });
    const jobs = Number(values.jobs);
    const timeoutS = Number(values.timeout);
    if (!Number.isInteger(jobs) || jobs < 1)
      throw new Error(`--jobs ${values.jobs}: expected a whole number from 1`);
    if (!(timeoutS > 0)) throw new Error(`--timeout ${values.timeout}: expected seconds above 0`);
    return { root: resolve(values.root), jobs, timeoutS, lint: !values['no-lint'], filters: positionals };
  } catch (error) {
    console.error(`${error.message}\nUsage is in the first lines of scripts/test.mjs`);
    process.exit(2);
  }
}

/** Every *.test.ts of the workspace, as sorted paths relative to its root. */
function findSources(root) {
  const found = [];
  const walk = (folder) => {
    if (!existsSync(join(root, folder))) return;
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      if (entry.isDirectory()) {
        if (!['node_modules', 'dist', 'build', 'fixtures'].includes(entry.name))
          walk(`${folder}/${entry.name}`);
      } else if (entry.name.endsWith('.test.ts')) found.push(`${folder}/${entry.name}`);
    }
  };
  const packages = existsSync(join(root, 'packages')) ? readdirSync(join(root, 'packages')) : [];
  for (const folder of [...packages.map((name) => `packages/${name}/test`), 'test', 'examples']) walk(folder);
  return found.sort((a, b) => (a < b ? -1 : 1));
}

/** Where the compiler puts a test source, by the outDir of the nearest tsconfig.json; or why that is unknown. */
function compiledFile(root, source) {
  for (let folder = dirname(source); folder !== '.'; folder = dirname(folder)) {
    const config = join(root, folder, 'tsconfig.json');
    if (!existsSync(config)) continue;
    const { outDir, rootDir = '.' } = JSON.parse(readFileSync(config, 'utf8')).compilerOptions ?? {};
    if (outDir === undefined) break;
    const inside = relative(join(root, folder, rootDir), join(root, source)).replace(/\.ts$/, '.js');
    const file = join(root, folder, outDir, inside);
    if (existsSync(file)) return { file };
    return { problem: `not compiled: ${relative(root, file)} is missing; run \`npm run build\`` };
  }
  return { problem: 'no tsconfig.json with an outDir in its folder or above, so it is never compiled' };
}

/** The suites of a source that register tests but never (or too early) call `.run()`: uvu drops these silently. */
function suitesNotRun(text) {
  const names = [...text.matchAll(/\b(?:const|let)\s+(\w+)\s*=\s*suite\b/g)].map((match) => match[1]);
  if (/import\s*\{[^}]*\btest\b[^}]*\}\s*from\s*'uvu'/.test(text)) names.push('test');
  return names.filter((name) => {
    const calls = [...text.matchAll(new RegExp(`(?<![.\\w'"\`])${name}(?:<[^>\\n]*>)?\\(`, 'g'))];
    const last = calls.at(-1)?.index ?? -1;
    return last >= 0 && text.lastIndexOf(`${name}.run()`) < last;
  });
}

/** Turns the end of one test file into counts and problems. `run`: { code, signal, timedOut, limitS, output }. */
function judge(run, notRun) {
  const { code, signal, timedOut, limitS, output } = run;
  const plain = output.replace(/\x1b\[[0-9;]*m/g, '');
  const blocks = [...plain.matchAll(/^ {2}Total: +(\d+)\n {2}Passed: +(\d+)\n {2}Skipped: +(\d+)$/gm)];
  const [total, passed, skipped] = (blocks.at(-1) ?? [0, 0, 0, 0]).slice(1).map(Number);
  const problems = notRun.map(
    (name) => `suite \`${name}\` registers tests after, or without, \`${name}.run()\``,
  );
  if (timedOut) {
    const why =
      blocks.length > 0 ? 'its tests ended, but something keeps the process alive' : 'a test never settles';
    problems.push(`killed after its limit of ${limitS} s: ${why}`);
  } else if (plain.includes('Exiting early before testing is finished.')) {
    problems.push('ended before its tests did: a promise that never settles, or process.exit');
  } else if (blocks.length === 0) {
    const end = signal ? `killed by ${signal}` : `exit ${code}`;
    problems.push(`${end} without totals${code === 0 ? ': is `test.run()` missing?' : ''}`);
  } else if (total === 0) problems.push('holds no test');
  else if (code === 0 && passed < total) problems.push('exit 0 although tests did not pass: a hook threw');
  else if (code !== 0 && passed === total)
    problems.push(`${signal ?? `exit ${code}`} after its tests had passed`);
  const failed = Math.max(total - passed, problems.length > 0 ? 1 : 0);
  return { passed, failed, skipped, problems };
}

let memory; // the folder for temporary files, when it lies in memory

const running = new Map(); // child process -> path of its test source

/** Runs one compiled file to its end or limit. Output goes to a file: a pipe would wait for grandchildren. */
function runFile(root, source, file, limitS) {
  const log = join(root, 'build/test-logs', `${source.replaceAll('/', '+')}.${process.pid}.log`);
  const fd = openSync(log, 'w');
  // Colour switches of the terminal must not decide what a test sees: the children write to a file, hence plain.
  const { FORCE_COLOR, NO_COLOR, ...env } = process.env;
  return new Promise((done) => {
    let timedOut = false;
    const child = spawn(process.execPath, ['--enable-source-maps', file], {
      cwd: root,
      env: memory === undefined ? env : { ...env, TMPDIR: memory },
      detached: true,
      stdio: ['ignore', fd, fd],
    });
    closeSync(fd);
    running.set(child, source);
    const timer = setTimeout(() => {
      timedOut = true;
      killTree(child.pid);
    }, limitS * 1000);
    const finish = (code, signal) => {
      clearTimeout(timer);
      running.delete(child);
      if (child.pid !== undefined) kill(-child.pid); // what it left running in its group
      const output = readFileSync(log, 'utf8');
      rmSync(log);
      done({ code, signal, timedOut, limitS, output });
    };
    child.once('error', (error) => finish(error.message, null));
    child.once('exit', finish);
  });
}

/** The limit in seconds that a source sets for itself in its first lines. */
function ownLimit(text) {
  const found = text
    .split('\n', 5)
    .join('\n')
    .match(/^\/\/ test-timeout: (\d+)$/m);
  return found === null ? undefined : Number(found[1]);
}

/** Why a source runs only when it is named, as its first lines say; undefined when it runs with all. */
function onlyByName(root, source) {
  const head = readFileSync(join(root, source), 'utf8').split('\n', 5).join('\n');
  return head.match(/^\/\/ test-by-name: (.+)$/m)?.[1];
}

/** One test source from path to outcome. */
async function test(options, source) {
  const started = performance.now();
  const text = readFileSync(join(options.root, source), 'utf8');
  const { file, problem } = compiledFile(options.root, source);
  if (problem)
    return { source, passed: 0, failed: 1, skipped: 0, problems: [problem], output: '', elapsedMs: 0 };
  const run = await runFile(options.root, source, file, ownLimit(text) ?? options.timeoutS);
  const elapsedMs = Math.round(performance.now() - started);
  return { source, ...judge(run, suitesNotRun(text)), output: run.output, elapsedMs };
}

/** Known durations by source, to start the longest first. Only a hint: unreadable means unknown. */
function readTimes(root) {
  try {
    return JSON.parse(readFileSync(join(root, 'build/test-times.json'), 'utf8'));
  } catch {
    return {};
  }
}

function writeTimes(root, times) {
  const file = join(root, 'build/test-times.json');
  writeFileSync(`${file}.${process.pid}`, `${JSON.stringify(times, null, 1)}\n`);
  renameSync(`${file}.${process.pid}`, file);
}

function printOutcome(outcome) {
  const { source, passed, failed, skipped, problems, output, elapsedMs } = outcome;
  const counts = `${passed} passed${failed ? `, ${failed} failed` : ''}${skipped ? `, ${skipped} skipped` : ''}`;
  const mark = failed > 0 ? paint('31;1', 'FAIL') : paint('32', 'ok  ');
  print(`${mark} ${source}  ${counts}  ${(elapsedMs / 1000).toFixed(1)} s`);
  for (const problem of problems) print(`     ${problem}`);
  if (failed > 0 && output.trim() !== '') print(`${output.trimEnd()}\n${paint('2', `--- end of ${source}`)}`);
}

/** Lints the workspace; a failure is shown whole and counts as one. */
function lint(root) {
  const bin = join(root, 'node_modules/.bin/biome');
  const run = spawnSync(bin, ['check', '--colors=off', '.'], { cwd: root, encoding: 'utf8' });
  if (run.status === 0) {
    print(`${paint('32', 'ok  ')} biome check .`);
    return 0;
  }
  print(`${paint('31;1', 'FAIL')} biome check .\n${run.error?.message ?? run.stdout + run.stderr}`);
  return 1;
}

/** Runs the sources, a few at a time, longest-known first (unknown ones may be long: before all, those first that say so). */
async function testAll(options, sources, sum) {
  const times = readTimes(options.root);
  const limits = new Map(
    sources.map((source) => [source, ownLimit(readFileSync(join(options.root, source), 'utf8')) ?? 0]),
  );
  const queue = [...sources].sort(
    (a, b) =>
      (times[b] ?? Number.MAX_VALUE) - (times[a] ?? Number.MAX_VALUE) ||
      limits.get(b) - limits.get(a) ||
      (a < b ? -1 : 1),
  );
  const worker = async () => {
    for (let source = queue.shift(); source !== undefined; source = queue.shift()) {
      const outcome = await test(options, source);
      if (outcome.elapsedMs > 0) times[source] = outcome.elapsedMs;
      for (const key of ['passed', 'failed', 'skipped']) sum[key] += outcome[key];
      printOutcome(outcome);
    }
  };
  await Promise.all(Array.from({ length: options.jobs }, worker));
  writeTimes(options.root, times);
}

/** However the runner ends, also by a mistake of its own: no child survives it, and memory is given back. */
function killAll() {
  for (const child of running.keys()) killTree(child.pid);
  if (memory !== undefined) rmSync(memory, { recursive: true, force: true, maxRetries: 5 });
}

/** Ctrl-C and its kind: the files that were cut off count as failed. */
function stopOn(signal, exitCode, sum) {
  process.on(signal, () => {
    print(`stopped by ${signal} while running ${[...running.values()].join(', ') || 'nothing'}`);
    print(`${sum.passed} passed, ${sum.failed + Math.max(1, running.size)} failed`);
    process.exit(exitCode);
  });
}

const options = readOptions();
const sum = { passed: 0, failed: 0, skipped: 0 };
process.on('exit', killAll);
if (process.env.TMPDIR === undefined && process.env.EVALMAKE_KEEP === undefined) memory = makeMemoryFolder();
stopOn('SIGINT', 130, sum);
stopOn('SIGTERM', 143, sum);
stopOn('SIGHUP', 129, sum);
mkdirSync(join(options.root, 'build/test-logs'), { recursive: true });
if (options.lint) sum.failed += lint(options.root);
const all = findSources(options.root);
const wanted = options.filters.map((filter) => filter.split(sep).join('/'));
const byName = wanted.length > 0 ? [] : all.filter((path) => onlyByName(options.root, path) !== undefined);
const chosen =
  wanted.length > 0
    ? all.filter((path) => wanted.some((part) => path.includes(part)))
    : all.filter((path) => !byName.includes(path));
for (const path of byName) print(`     ${path}  only by name: ${onlyByName(options.root, path)}`);
if (chosen.length === 0) {
  print(
    all.length === 0
      ? 'no *.test.ts found'
      : `none of ${count(all.length, 'test file')} has ${wanted} in its path`,
  );
  sum.failed += 1;
}
await testAll(options, chosen, sum);
if (sum.skipped > 0) print(`${count(sum.skipped, 'test')} skipped`);
print(`${sum.passed} passed, ${sum.failed} failed`);
process.exitCode = sum.failed > 0 || sum.passed === 0 ? 1 : 0;
