// Benchmark of a whole evaluation behind the answers: parse, score, statistics, costs, the four analyses and the report at -j2.
// Usage: node bench/evaluation.mjs [--items N] [--samples N] [--runs N] [TARGET…]   (12,500 questions, 1 sample, 3 runs, all)
// With every time stands the most memory that the phase had: 400,000 answers are --items 200000, or --items 50000 --samples 4.
import { spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parse, stringify } from 'yaml';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    items: { type: 'string', default: '12500' },
    samples: { type: 'string', default: '1' },
    runs: { type: 'string', default: '3' },
  },
});
const items = Number(values.items);
const samples = Number(values.samples);

/** Numbers from 0 to below 1, the same in every run. */
let state = 12345;
function random() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
}

/** Four fifths of the questions are open-book, four to a passage, every third of them without an answer. */
function questions() {
  const open = [];
  const closed = [];
  const common = (id) => ({ id, question: `What is the name of thing ${id}?`, answers: [`thing ${id}`] });
  for (let n = 0; n < items; n++) {
    if (n % 5 === 4) {
      closed.push({ ...common(`c${n}`), dataset: 'general', cluster: `c${n}` });
      continue;
    }
    const passage = Math.floor(n / 5);
    const context = `Passage ${passage}. ${[0, 1, 2, 3].map((k) => `It tells of thing o${passage * 5 + k}.`).join(' ')}`;
    const unanswerable = n % 3 === 0;
    const base = { ...common(`o${n}`), dataset: 'passages', cluster: `p${passage}`, context };
    open.push({ ...base, answers: unanswerable ? [] : base.answers, is_unanswerable: unanswerable });
  }
  return { open, closed };
}

/** An answer as `infer` writes it: right more often, and kept to itself more often, under the treatment. */
function answer(question, type, condition, sample) {
  const treated = condition === 'treatment';
  const abstains = random() < (question.is_unanswerable ? (treated ? 0.7 : 0.4) : treated ? 0.15 : 0.1);
  const text = abstains
    ? "I don't know."
    : random() < 0.6 && question.answers[0]
      ? question.answers[0]
      : 'another';
  const custom_id = `${question.dataset}|${question.id}|t0.0|s${sample}|${type}`;
  const usage = { prompt_tokens: treated ? 300 : 180, completion_tokens: 3 + Math.floor(random() * 5) };
  const response = {
    model: 'bench',
    text,
    support: Number(random().toFixed(4)),
    finish_reason: 'stop',
    usage,
  };
  const { id: item_id, dataset } = question;
  const request_id = `r-${condition}-${custom_id}`;
  return { custom_id, request_id, item_id, dataset, type, temp: 0, sample, response, error: null };
}

/** The root pipeline without what comes before the answers; these lie there as files. */
function workspace() {
  const folder = mkdtempSync(join(tmpdir(), 'evalmake-evaluation-'));
  const put = (path, text) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const lines = (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const { open, closed } = questions();
  put('data/prepared/open_book.jsonl', lines(open));
  put('data/prepared/closed_book.jsonl', lines(closed));
  for (const condition of ['control', 'treatment']) {
    put(`prompts/${condition}.md`, `You answer as ${condition}.\n`);
    const rows = [];
    for (const [type, list] of [
      ['open', open],
      ['closed', closed],
    ])
      for (const question of list)
        for (let k = 0; k < samples; k++) rows.push(answer(question, type, condition, k));
    for (let at = 0; at < rows.length; at += 5000)
      put(`results/${condition}/part-${at}.results.jsonl`, lines(rows.slice(at, at + 5000)));
  }
  const config = parse(readFileSync(join(root, 'config.yaml'), 'utf8'));
  Object.assign(config, { temps: [0], samples_per_item: [samples] });
  for (const key of Object.keys(config.optional)) config.optional[key] = true;
  put('config.yaml', stringify(config));
  const text = readFileSync(join(root, 'pipeline.yaml'), 'utf8')
    .replaceAll('{ from: prepare.open }', 'data/prepared/open_book.jsonl')
    .replaceAll('{ from: prepare.closed }', 'data/prepared/closed_book.jsonl')
    .replaceAll('{ from: infer.results }', 'results/*/*.results.jsonl');
  const pipeline = parse(text);
  for (const name of ['prepare', 'build', 'infer']) delete pipeline.targets[name];
  for (const target of Object.values(pipeline.targets)) delete target.code;
  delete pipeline.config_schema;
  put('pipeline.yaml', stringify(pipeline));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** The processes that descend from one and this one: memory now, the most so far, in MB, and the phase, as Linux tells. */
function processesOf(pid) {
  const parents = new Map();
  const all = [];
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const status = readFileSync(`/proc/${name}/status`, 'utf8');
      const number = (field) => Number(new RegExp(`^${field}:\\s*(\\d+)`, 'm').exec(status)?.[1] ?? 0);
      const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      const phase = words[words.findIndex((word) => /(?:^|\/)evalkit$/.test(word)) + 1];
      parents.set(Number(name), number('PPid'));
      all.push({ id: Number(name), now: number('VmRSS') / 1e3, most: number('VmHWM') / 1e3, phase });
    } catch {
      // it has ended
    }
  }
  const isBelow = (one) => one === pid || (parents.has(one) && isBelow(parents.get(one)));
  return all.filter(({ id }) => isBelow(id));
}

/** Builds all that was asked for; gives seconds, the peak of memory, and time and peak of each target. */
function build(folder) {
  const started = performance.now();
  const args = [
    join(root, 'packages/cli/bin/evalmake.cjs'),
    '-C',
    folder,
    '-j2',
    '--json',
    '--force',
    ...positionals,
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  let peak = 0;
  const peaks = new Map();
  child.stdout.on('data', (data) => {
    out += data;
  });
  const timer = setInterval(() => {
    const processes = processesOf(child.pid);
    peak = Math.max(
      peak,
      processes.reduce((sum, { now }) => sum + now, 0),
    );
    for (const { phase, most } of processes) peaks.set(phase, Math.max(peaks.get(phase) ?? 0, most));
  }, 20);
  return new Promise((done, fail) => {
    child.on('exit', (code) => {
      clearInterval(timer);
      if (code !== 0) fail(new Error(`evalmake ended with ${code}\n${out.slice(-2000)}`));
      const events = out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      const times = events.flatMap(({ event, task, ms }) =>
        event === 'finished'
          ? [`${task} ${ms} ms ${(peaks.get(task.replaceAll('_', '-')) ?? 0).toFixed(0)} MB`]
          : [],
      );
      done({ seconds: (performance.now() - started) / 1000, peak, times });
    });
  });
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const folder = workspace();
const all = [];
for (let run = 0; run < Number(values.runs); run++) all.push(await build(folder));
console.log(all.at(-1)?.times.join(', '));
const seconds = median(all.map((one) => one.seconds)).toFixed(1);
const peak = Math.max(...all.map((one) => one.peak)).toFixed(0);
console.log(
  `${items} questions x 2 conditions x ${samples}: ${seconds} s (median of ${values.runs}), at most ${peak} MB`,
);
rmSync(folder, { recursive: true });
