// Benchmarks of whole processes, run in turns so that a noisy machine is noisy for both sides; medians and ratios count.
// Usage: node bench/bench.mjs [version|noop|build|yaml]… [--tasks N] [--runs N]
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const evalmake = [process.execPath, join(root, 'packages/cli/bin/evalmake.cjs')];
const args = process.argv.slice(2);
const option = (name, otherwise) => {
  const at = args.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(args.splice(at, 2)[1]);
};
const runs = option('runs', 7);
const tasks = option('tasks', 10_000);
const wanted = args.length > 0 ? args : ['version', 'noop', 'build', 'yaml'];

/** Milliseconds and peak memory (MB) of one process; a failure ends the benchmark. */
function time(command, cwd) {
  const start = process.hrtime.bigint();
  const timed = ['/usr/bin/env', 'bash', '-c', 'exec "$@"', 'bash', ...command];
  const done = spawnSync(timed[0], timed.slice(1), {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  if (done.status !== 0) throw new Error(`${command.join(' ')} ended with ${done.status}\n${done.stderr}`);
  return ms;
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

/** Runs two commands in turns and prints both medians, the median of the paired differences and of the ratios. */
function compare(title, a, b, before = () => {}) {
  const times = { a: [], b: [] };
  for (let i = -1; i < runs; i++) {
    for (const side of ['a', 'b']) {
      before(side);
      const { command, cwd } = side === 'a' ? a : b;
      const ms = time(command, cwd);
      if (i >= 0) times[side].push(ms);
    }
  }
  const difference = median(times.a.map((ms, i) => ms - times.b[i]));
  const ratio = median(times.a.map((ms, i) => ms / times.b[i]));
  const show = (ms) => `${ms.toFixed(1)} ms`;
  console.log(
    `${title}: ${a.name} ${show(median(times.a))}, ${b.name} ${show(median(times.b))}, difference ${show(difference)}, ratio ${ratio.toFixed(2)} (${runs} runs)`,
  );
  return { difference, ratio };
}

/** A workspace of n copies, as one target with `each` or as n targets, and the same for ninja. */
function workspace(n, form) {
  const dir = mkdtempSync(join(tmpdir(), 'evalmake-bench-'));
  mkdirSync(join(dir, 'in'));
  for (let i = 0; i < n; i++) writeFileSync(join(dir, `in/f${i}.txt`), `${i}\n`);
  const each = `  t:\n    each: { i: { range: [0, ${n - 1}] } }\n    run: cp \${{ inputs }} \${{ outputs }}\n    inputs: in/f\${{ i }}.txt\n    outputs: out/f\${{ i }}.txt\n`;
  const plain = () =>
    Array.from(
      { length: n },
      (_, i) =>
        `  t${i}:\n    run: cp \${{ inputs }} \${{ outputs }}\n    inputs: in/f${i}.txt\n    outputs: out/f${i}.txt\n`,
    ).join('');
  writeFileSync(
    join(dir, 'pipeline.yaml'),
    `evalmake: 1\nname: bench\ntargets:\n${form === 'each' ? each : plain()}`,
  );
  const edges = Array.from({ length: n }, (_, i) => `build nout/f${i}.txt: cp in/f${i}.txt\n`).join('');
  writeFileSync(join(dir, 'build.ninja'), `rule cp\n  command = cp $in $out\n${edges}`);
  return dir;
}

const benches = {
  version() {
    compare(
      'start-up',
      { name: 'evalmake --version', command: [...evalmake, '--version'], cwd: root },
      { name: 'node -e 0', command: [process.execPath, '-e', '0'], cwd: root },
    );
  },
  build() {
    const n = 2000;
    const dir = workspace(n, 'each');
    const clean = (side) => {
      for (const path of side === 'a' ? ['out', '.evalmake'] : ['nout', '.ninja_log', '.ninja_deps'])
        rmSync(join(dir, path), { recursive: true, force: true });
    };
    const { difference } = compare(
      `build of ${n} tasks at -j2`,
      { name: 'evalmake', command: [...evalmake, '-j2', '-q'], cwd: dir },
      { name: 'ninja', command: ['ninja', '-j2', '--quiet'], cwd: dir },
      clean,
    );
    console.log(`  overhead over ninja: ${(difference / n).toFixed(2)} ms a task`);
    rmSync(dir, { recursive: true, force: true });
  },
  noop() {
    const dir = workspace(tasks, 'each');
    console.error(`building ${tasks} tasks first …`);
    execFileSync(evalmake[0], [evalmake[1], '-j2', '-q'], { cwd: dir, stdio: 'ignore' });
    execFileSync('ninja', ['-j2', '--quiet'], { cwd: dir, stdio: 'ignore' });
    compare(
      `no-op on ${tasks} tasks`,
      { name: 'evalmake', command: evalmake, cwd: dir },
      { name: 'ninja', command: ['ninja', '--quiet'], cwd: dir },
    );
    const memory = spawnSync(
      evalmake[0],
      [
        '-e',
        `process.on('exit', () => console.error('peak ' + Math.round(process.resourceUsage().maxRSS / 1024) + ' MB')); process.argv = [process.argv[0], ${JSON.stringify(evalmake[1])}]; require(process.argv[1]);`,
      ],
      { cwd: dir, encoding: 'utf8' },
    );
    console.log(`  memory of the no-op: ${/peak \d+ MB/.exec(memory.stderr)?.[0]}`);
    rmSync(dir, { recursive: true, force: true });
  },
  yaml() {
    const dir = workspace(10_000, 'plain');
    compare(
      'plan of a 10,000-target file, parsed anew',
      { name: 'evalmake -n', command: [...evalmake, '-n', '--json'], cwd: dir },
      { name: 'node -e 0', command: [process.execPath, '-e', '0'], cwd: dir },
    );
    rmSync(dir, { recursive: true, force: true });
  },
};

for (const name of wanted) {
  if (benches[name] === undefined)
    throw new Error(`no benchmark is named ${name}: ${Object.keys(benches).join(', ')}`);
  benches[name]();
}
