// The soak: simulated histories and crash points on all cores, until there were so many or so much time has passed.
//
//   npm run soak -- 10000            so many histories
//   npm run soak -- 30m              so long (s, m or h)
//     --from N        the first seed; default: 1, the seeds of the test and those after them
//     --crashes N     one enumeration of crash points per so many histories; default 50, 0 for none
//     --rows          histories and crash points of rows, whose provider must not be paid twice, in place of all others
//     --jobs N        processes; default: one per CPU
//
// Every failure is told with what replays it. The last lines are the counts; exit 1 when a promise was broken.
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const worker = fileURLToPath(new URL('../build/test/all/simulation/soak-worker.js', import.meta.url));
const units = { s: 1000, m: 60_000, h: 3_600_000 };
const batchSize = 25;

/** Reads the command line; wrong usage ends the program with 2. */
function readOptions() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        from: { type: 'string', default: '1' },
        crashes: { type: 'string', default: '50' },
        jobs: { type: 'string', default: String(availableParallelism()) },
        rows: { type: 'boolean', default: false },
      },
    });
    const [, number, unit] = /^(\d+)([smh]?)$/.exec(positionals[0] ?? '1000') ?? [];
    if (number === undefined || positionals.length > 1)
      throw new Error(`${positionals}: expected a number of histories, or a time such as 30m`);
    const [from, crashes, jobs] = [values.from, values.crashes, values.jobs].map(Number);
    if (![from, crashes, jobs].every((n) => Number.isInteger(n) && n >= 0) || jobs < 1)
      throw new Error('--from, --crashes and --jobs take whole numbers');
    const limit = unit === '' ? { histories: Number(number) } : { ms: Number(number) * units[unit] };
    return { from, crashes, jobs, rows: values.rows, ...limit };
  } catch (error) {
    console.error(`${error.message}\nUsage is in the first lines of scripts/soak.mjs`);
    process.exit(2);
  }
}

/** Adds numbers up, by name. */
function add(sum, more) {
  for (const [key, value] of Object.entries(more)) sum[key] = (sum[key] ?? 0) + value;
}

const options = readOptions();
const started = performance.now();
const histories = {};
const crashes = {};
const kinds = {};
let next = options.from;
let told = started;

/** The next batch of seeds; undefined when it is enough. */
function nextBatch() {
  const done = next - options.from;
  if (options.ms !== undefined && performance.now() - started > options.ms) return undefined;
  if (options.histories !== undefined && done >= options.histories) return undefined;
  const count = Math.min(batchSize, (options.histories ?? Number.POSITIVE_INFINITY) - done);
  const batch = { first: next, count, crash: undefined, rows: options.rows };
  const due =
    options.crashes > 0 &&
    Math.floor(done / options.crashes) !== Math.floor((done + count) / options.crashes);
  if (due) batch.crash = Math.floor((next + count) / options.crashes);
  next += count;
  return batch;
}

function tellCounts() {
  const seconds = (performance.now() - started) / 1000;
  const perSecond = (n = 0) => Math.round(n / seconds);
  console.log(
    `${Math.round(seconds)} s, seeds ${options.from} to ${next - 1}: histories ${JSON.stringify(histories)}; crash points ${JSON.stringify(crashes)}; ` +
      `${perSecond(histories.builds + (crashes.builds ?? 0))} builds and ${perSecond(histories.changes)} changes of the disk a second`,
  );
  const count = (kind) => kinds[kind] ?? 0;
  console.log(
    `wrong fresh ${count('wrong-fresh')}, lost outputs ${count('lost-output')}, runs too many ${count('extra-run')}, other ${count('other') + count('threw')}`,
  );
}

/** Keeps one process busy until there is nothing left. */
function run() {
  return new Promise((done) => {
    const child = fork(worker, { execArgv: ['--enable-source-maps'] });
    const hand = () => {
      const batch = nextBatch();
      if (batch === undefined) child.disconnect();
      else child.send(batch);
    };
    child.on('message', (result) => {
      add(histories, result.histories);
      add(crashes, result.crashes);
      for (const { kind, says } of result.failures) {
        add(kinds, { [kind]: 1 });
        console.log(`${says}\n`);
      }
      if (performance.now() - told > 60_000) {
        told = performance.now();
        tellCounts();
      }
      hand();
    });
    child.on('exit', (code, signal) => {
      if (code !== 0) {
        add(kinds, { other: 1 });
        console.log(`a worker ended with ${signal ?? code}`);
      }
      done();
    });
    hand();
  });
}

await Promise.all(Array.from({ length: options.jobs }, run));
tellCounts();
process.exitCode = Object.keys(kinds).length > 0 ? 1 : 0;
