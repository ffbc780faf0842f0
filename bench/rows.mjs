// Benchmark of rows: a million rows in a file of 1 GB are read, found in the cache, found answered, and merged; speed and memory.
// Usage: node bench/rows.mjs [--rows N]
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const args = process.argv.slice(2);
const at = args.indexOf('--rows');
const rows = at < 0 ? 1_000_000 : Number(args[at + 1]);

/** Writes a line per row, a megabyte at a time. */
function writeLines(path, line) {
  const fd = openSync(path, 'w');
  let text = '';
  for (let i = 0; i < rows; i++) {
    text += `${JSON.stringify(line(i))}\n`;
    if (text.length > 1 << 20 || i === rows - 1) {
      writeSync(fd, text);
      text = '';
    }
  }
  closeSync(fd);
}

const system = 'Answer with one word. '.repeat(16);
const prompt = 'Which river is it, and where? '.repeat(17);
const question = (i) => ({
  custom_id: `q-${i}`,
  body: {
    model: 'm',
    messages: [
      { role: 'system', content: system },
      { role: 'user', content: `${i} ${prompt}` },
    ],
    temperature: 0,
  },
});
const reply = (i) => ({
  custom_id: `q-${i}`,
  response: { status: 200, body: { text: `${i} ${prompt}${prompt}` } },
});

/** One step, in a process of its own, so that its memory is its own. */
const steps = {
  async 'table, cold'(dir) {
    const { cachedRowTable } = await import('@evalmake/engine/row-index-cache');
    const writes = [];
    return () => {
      const table = cachedRowTable(tableOptions(dir, (write) => writes.push(write)));
      for (const write of writes) write();
      return { table, from: 'requests.jsonl' };
    };
  },
  async 'table, from the cache'(dir) {
    const { cachedRowTable } = await import('@evalmake/engine/row-index-cache');
    return () => ({ table: cachedRowTable(tableOptions(dir, () => {})), from: 'requests.jsonl' });
  },
  async 'take answers'(dir) {
    const { cachedRowTable } = await import('@evalmake/engine/row-index-cache');
    const { RowStore } = await import('@evalmake/engine/row-store');
    const { takeAnswers } = await import('@evalmake/engine/row-taking');
    const table = cachedRowTable(tableOptions(dir, () => {}));
    return () => {
      const store = new RowStore(join(dir, 'store.jsonl'));
      const path = join(dir, 'done.jsonl');
      const form = { path, name: path, format: 'jsonl', error: 'error', attempt: '1', at: 't', ended: true };
      const taken = takeAnswers({ ...form, table, store });
      store.durable();
      if (taken.answers !== rows) throw new Error('answers are missing');
      return { table, from: 'done.jsonl' };
    };
  },
  async 'all answered: store and state'(dir) {
    const { cachedRowTable } = await import('@evalmake/engine/row-index-cache');
    const { RowAnswers } = await import('@evalmake/engine/row-answers');
    const { RowStore } = await import('@evalmake/engine/row-store');
    const { rowState } = await import('@evalmake/engine/row-state');
    const table = cachedRowTable(tableOptions(dir, () => {}));
    return () => {
      const answers = new RowAnswers(new RowStore(join(dir, 'store.jsonl')));
      const { counts } = rowState({ table, answers, previous: undefined, maxAttempts: 3 });
      if (counts.reused !== rows) throw new Error('answers are missing');
      return { table, from: 'store.jsonl' };
    };
  },
  async 'merge, with the sidecar'(dir) {
    const { cachedRowTable } = await import('@evalmake/engine/row-index-cache');
    const { RowAnswers } = await import('@evalmake/engine/row-answers');
    const { RowStore } = await import('@evalmake/engine/row-store');
    const { mergeRows } = await import('@evalmake/engine/row-merge');
    const table = cachedRowTable(tableOptions(dir, () => {}));
    const answers = new RowAnswers(new RowStore(join(dir, 'store.jsonl')));
    return () => {
      const path = join(dir, 'out.jsonl');
      mergeRows({
        table,
        answers,
        leaveOut: new Set(),
        path,
        format: 'jsonl',
        sidecar: `${path}.keys.jsonl`,
      });
      return { table, from: 'out.jsonl' };
    };
  },
  async 'answers from the sidecar'(dir) {
    const { cachedRowTable } = await import('@evalmake/engine/row-index-cache');
    const { RowAnswers } = await import('@evalmake/engine/row-answers');
    const { RowStore } = await import('@evalmake/engine/row-store');
    const table = cachedRowTable(tableOptions(dir, () => {}));
    return () => {
      const source = { output: join(dir, 'out.jsonl'), name: 'out.jsonl', format: 'jsonl' };
      const answers = new RowAnswers(new RowStore(join(dir, 'none.jsonl')), [source]);
      for (let i = 0; i < rows; i++) if (!answers.has(table.keys, i)) throw new Error('answers are missing');
      return { table, from: 'out.jsonl' };
    };
  },
  /** What a build does, in one process: what counts is the memory. */
  async 'all in one process'(dir) {
    const names = ['table, cold', 'take answers', 'all answered: store and state', 'merge, with the sidecar'];
    return async () => {
      rmSync(join(dir, 'cache'), { recursive: true, force: true });
      rmSync(join(dir, 'store.jsonl'), { force: true });
      let last;
      for (const name of names) last = (await steps[name](dir))();
      return last;
    };
  },
};

function tableOptions(dir, later) {
  return {
    files: [{ path: join(dir, 'requests.jsonl'), name: 'requests.jsonl' }],
    spec: { format: 'jsonl', id: 'custom_id', by: ['body'] },
    fingerprint: 'f',
    digests: ['of the requests'],
    cache: { dir: join(dir, 'cache'), later },
  };
}

if (process.env.ROWS_STEP !== undefined) {
  const dir = process.env.ROWS_DIR;
  const run = await steps[process.env.ROWS_STEP](dir);
  const start = process.hrtime.bigint();
  const { table, from } = await run();
  const s = Number(process.hrtime.bigint() - start) / 1e9;
  const mb = statSync(join(dir, from)).size / 1e6;
  if (table.size !== rows) throw new Error(table.problems.join('\n'));
  const peak = process.resourceUsage().maxRSS / 1024;
  console.log(
    `${process.env.ROWS_STEP}: ${s.toFixed(2)} s, ${(mb / s).toFixed(0)} MB/s of ${mb.toFixed(0)} MB, peak ${peak.toFixed(0)} MB`,
  );
} else {
  const dir = mkdtempSync(join(tmpdir(), 'evalmake-rows-'));
  try {
    writeLines(join(dir, 'requests.jsonl'), question);
    writeLines(join(dir, 'done.jsonl'), reply);
    for (const step of Object.keys(steps)) {
      const env = { ...process.env, ROWS_STEP: step, ROWS_DIR: dir };
      const options = { env, stdio: ['ignore', 'inherit', 'inherit'] };
      const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), ...args], options);
      if (status !== 0) throw new Error(`"${step}" ended with ${status}`);
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
