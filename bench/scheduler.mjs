// Benchmark of many tasks: the real planner, journal and Slurm executor, on a cluster that is simulated with its time.
// Usage: node bench/scheduler.mjs [jobs|array|cancel|attach|lost|giveup|plan|build]… [--tasks N] [--open N] [--slots N]
//          [--mean S] [--runs N] [--folder DIR] [--json]
// Each run is a process of its own, with a seed of its own; what is shown is the median of each figure. Counts hang on
// the seed only; CPU time is user and system time of the process, less what the simulated cluster took of it.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    tasks: { type: 'string' },
    open: { type: 'string' },
    slots: { type: 'string', default: '10000' },
    mean: { type: 'string', default: '600' },
    runs: { type: 'string', default: '3' },
    // In memory where there is such a folder: files of 10,000 attempts are many.
    folder: { type: 'string', default: existsSync('/dev/shm') ? '/dev/shm' : tmpdir() },
    json: { type: 'boolean', default: false },
    one: { type: 'string' },
  },
});

/** What each measures, and with how many tasks when nobody says. */
const benches = {
  jobs: { from: 'jobs', run: 'throughput', tasks: 5000, open: 10_000 },
  array: { from: 'jobs', run: 'oneArray', tasks: 1000, meanS: 5 },
  cancel: { from: 'jobs', run: 'cancelAll', open: 10_000 },
  attach: { from: 'jobs', run: 'attach', open: 10_000, noted: true },
  lost: { from: 'jobs', run: 'attach', open: 1000, noted: false },
  giveup: { from: 'jobs', run: 'giveUpAll', open: 2000 },
  plan: { from: 'plans', run: 'plan', tasks: 100_000 },
  build: { from: 'plans', run: 'build', tasks: 2500 },
};

/** What a bench is called with. */
function optionsOf(name, seed) {
  const { tasks, open, slots, mean, folder } = values;
  const { from: _, run: __, ...usual } = benches[name];
  const given = {
    ...(tasks === undefined ? {} : { tasks: Number(tasks) }),
    ...(open === undefined ? {} : { open: Number(open) }),
  };
  return { meanS: Number(mean), ...usual, ...given, slots: Number(slots), folder, seed };
}

/** Runs one measurement in a process of its own. */
function child(module, run, options) {
  const args = ['--max-old-space-size=12000', fileURLToPath(import.meta.url), '--one', `${module} ${run}`];
  const more = options.limited ? args.slice(1) : args;
  const done = spawnSync(process.execPath, [...more, JSON.stringify(options)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (done.status !== 0) return { failed: done.status ?? String(done.signal) };
  return JSON.parse(done.stdout);
}

function measure(name, seed) {
  const { from, run } = benches[name];
  const made = child(from, run, optionsOf(name, seed));
  if (name !== 'plan') return made;
  // The journal is read by another process: with the memory that Node gives by itself.
  const { root, ...rest } = made;
  const read = child('plans', 'fold', { root, limited: true });
  rmSync(root, { recursive: true, force: true });
  return {
    ...rest,
    ...Object.fromEntries(Object.entries(read).map(([key, value]) => [`fold.${key}`, value])),
  };
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const shown = (n) => (Number.isInteger(n) || Math.abs(n) >= 100 ? Math.round(n) : Number(n.toPrecision(3)));

if (values.one !== undefined) {
  const [module, run] = values.one.split(' ');
  const { [run]: measured } = await import(`./scheduler/${module}.mjs`);
  console.log(JSON.stringify(await measured(JSON.parse(positionals[0]))));
  process.exit(0);
}

const results = {};
for (const name of positionals.length > 0 ? positionals : Object.keys(benches)) {
  if (benches[name] === undefined)
    throw new Error(`no benchmark is named ${name}: ${Object.keys(benches).join(', ')}`);
  const runs = Array.from({ length: Number(values.runs) }, (_, i) => measure(name, i + 1));
  const keys = Object.keys(runs[0]);
  results[name] = Object.fromEntries(keys.map((key) => [key, shown(median(runs.map((run) => run[key])))]));
  if (values.json) continue;
  console.log(`${name} (medians of ${runs.length})`);
  for (const [key, value] of Object.entries(results[name])) console.log(`  ${key.padEnd(22)} ${value}`);
}
if (values.json) console.log(JSON.stringify(results, undefined, 2));
