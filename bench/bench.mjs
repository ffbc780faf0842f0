// Benchmarks of whole processes, run in turns so that a noisy machine is noisy for both sides; medians and ratios count.
// Usage: node bench/bench.mjs [version|noop|build|yaml]… [--tasks N] [--runs N]
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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

/** Copies every input and writes the records a build would have written: the no-op is measured, not 100,000 commands. */
async function recordAll(dir) {
  const engine = await import(join(root, 'packages/engine/dist/index.js'));
  const opened = await engine.openWorkspace({
    root: dir,
    file: 'pipeline.yaml',
    configs: [],
    sets: [],
    env: process.env,
    nowMs: () => Date.now(),
    write: false,
    build: 'bench',
    warn: () => {},
  });
  const workspace = opened.value;
  const everything = (graph) => ({ wanted: graph.tasks.map((t) => t.index), problems: [] });
  const { value: plan } = engine.makePlan(workspace, { select: everything });
  mkdirSync(join(dir, 'out'));
  workspace.journal.open();
  const at = new Date().toISOString();
  for (const task of plan.graph.tasks) {
    const { parts, files } = plan.decisions[task.index].fingerprint;
    const input = files[0].paths[0];
    const path = task.outputs[0].path;
    copyFileSync(join(dir, input), join(dir, path));
    const entry = workspace.snapshot.entry(input);
    const outputs = { '': [{ path, digest: entry.digest, bytes: entry.bytes }] };
    const record = { task: task.id, target: 't', parts, outputs, checks: [], at, run: 1, ms: 1 };
    workspace.journal.append('finished', task.id, record, false);
  }
  workspace.journal.close();
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
  async noop() {
    const dir = workspace(tasks, 'each');
    await recordAll(dir);
    // The digests of files younger than two seconds are not kept; the first look after that keeps them.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500);
    execFileSync(evalmake[0], [evalmake[1], '-q'], { cwd: dir, stdio: 'ignore' });
    execFileSync('ninja', ['-j2', '--quiet'], { cwd: dir, stdio: 'ignore' });
    compare(
      `no-op on ${tasks} tasks`,
      { name: 'evalmake', command: evalmake, cwd: dir },
      { name: 'ninja', command: ['ninja', '--quiet'], cwd: dir },
    );
    const program = `process.on('exit', () => console.error('peak ' + Math.round(process.resourceUsage().maxRSS / 1024) + ' MB')); process.argv = [process.argv[0], ${JSON.stringify(evalmake[1])}]; require(process.argv[1]);`;
    const memory = spawnSync(evalmake[0], ['-e', program], { cwd: dir, encoding: 'utf8' });
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
  await benches[name]();
}
