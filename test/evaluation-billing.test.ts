// The evaluation of this repository against a real batch server: what is asked, what is billed, and what is not asked again.
// test-timeout: 300
import * as assert from 'uvu/assert';
import { askServer, BatchServer, copyEvaluation, rowsOf, small } from './workspace/evaluation.ts';
import type { Outcome } from './workspace/program.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import type { Workspace } from './workspace/workspace.ts';

const env = { PROVIDER_API_KEY: 'a-key-of-nobody' };
const results = 'experiments/run_r001/embedded/results';

interface Site {
  readonly ws: Workspace;
  readonly server: BatchServer;
  /** Builds and returns how many rows that billed; no row is ever billed twice. */
  readonly build: (more?: readonly string[], exit?: number) => Promise<{ billed: number; outcome: Outcome }>;
}

/** What is bought is known with the answers in a table; the statistics on them have tests of their own. */
const answers = ['parse'];

async function withSite(
  ws: Workspace,
  provider: string,
  body: (site: Site) => Promise<void>,
  targets: readonly string[] = answers,
): Promise<void> {
  copyEvaluation(ws);
  const server = await BatchServer.start(ws);
  try {
    const args = askServer(ws, provider, server.url);
    let before = 0;
    const build: Site['build'] = async (more = [], exit = 0) => {
      const outcome = await ws.evalmake(['--json', ...args, ...more, ...targets], { env });
      assert.is(outcome.code, exit, `${outcome.stdout.slice(-3000)}${outcome.stderr}`);
      const { rows, byRow } = await server.bill();
      assert.equal(
        Object.entries(byRow).filter(([, n]) => n !== 1),
        [],
        'each row was billed once',
      );
      const billed = rows - before;
      before = rows;
      return { billed, outcome };
    };
    await body({ ws, server, build });
  } finally {
    server.stop();
  }
}

/** Questions times four requests each (one at 0.0, three at 0.7) times two conditions. */
const everything = 16 * 4 * 2;

function addQuestion(ws: Workspace, id: string): void {
  const path = 'data/raw/closed_book.jsonl';
  const row = { id, question: `Which river flows through town ${id}?`, answers: ['the Thames'] };
  ws.write(path, `${JSON.stringify(row)}\n${ws.read(path)}`);
}

/** All questions of the small set, so that one more is not cut off by the cap. */
const uncapped = ['--set', 'datasets.closed_book.max_items=null'];

scenario(
  'A batch provider is billed for each row once, and the answers are those of the embedded one.',
  async (ws) => {
    await withSite(ws, 'openai', async ({ build }) => {
      assert.is((await build()).billed, everything);
      const [bought] = JSON.parse((await ws.evalmake(['log', '--costs', '--json'])).stdout).runs;
      const ratio = bought.actualUsd / bought.estimateUsd;
      assert.ok(
        ratio > 0.8 && ratio < 1.25,
        `paid ${ratio} times the estimate, which nobody has corrected yet`,
      );
      const predictions = ws.read(`${results}/predictions.csv`);
      assert.is((await build()).billed, 0);
      const embedded = await ws.evalmake([...small, ...answers]);
      assert.is(embedded.code, 0, embedded.stderr);
      assert.is(ws.read(`${results}/predictions.csv`), predictions);
      assert.is((await build()).billed, 0, 'the former answers are kept');
      assert.is(ws.read(`${results}/predictions.csv`), predictions);
    });
  },
);

scenario(
  'What the original pipeline got wrong: prompt, cap, statistics, a lost and a damaged part.',
  async (ws) => {
    await withSite(
      ws,
      'openai',
      async ({ build }) => {
        await build();
        const first = ws.read(`${results}/predictions.csv`);

        ws.write('prompts/treatment.md', `${ws.read('prompts/treatment.md')}\nBe brief.\n`);
        assert.is(
          (await build()).billed,
          everything / 2,
          'a changed prompt asks its condition, not the control',
        );
        assert.is.not(ws.read(`${results}/predictions.csv`), first);

        const cap = await build(['--set', 'datasets.open_book.max_items=11']);
        assert.is(cap.billed, 4 * 2, 'one question more, once per condition');

        const significance = ws.read(`${results}/significance.json`);
        assert.is((await build(['--set', 'stats.alpha=0.01'])).billed, 8 - 8);
        assert.is.not(ws.read(`${results}/significance.json`), significance);

        const part = `${results}/control/part-0001.results.jsonl`;
        const good = ws.read(part);
        ws.remove(part);
        assert.is(
          (await build(['--set', 'stats.alpha=0.01'])).billed,
          0,
          'a lost part is merged from what was bought',
        );
        assert.is(ws.read(part), good);
        ws.write(part, good.slice(0, good.length / 2));
        assert.is((await build(['--set', 'stats.alpha=0.01'])).billed, 0, 'so is a damaged one');
        assert.is(ws.read(part), good);
      },
      [],
    );
  },
);

scenario(
  'A job that expires half way: what it answered is paid once, and only the rest is asked again.',
  async (ws) => {
    await withSite(ws, 'openai', async ({ server, build }) => {
      await server.faults([{ kind: 'job-expires', finished: 7 }]);
      assert.is((await build()).billed, everything);
    });
  },
);

scenario(
  'With .evalmake deleted and one question added, one question per condition is billed.',
  async (ws) => {
    await withSite(ws, 'openai', async ({ build }) => {
      await build(uncapped);
      ws.remove('.evalmake');
      addQuestion(ws, 'x1');
      const { billed } = await build(uncapped);
      assert.is(billed, 4 * 2);
      assert.is((await build(uncapped)).billed, 0);
      assert.ok(rowsOf(ws, `${results}/control/part-0001.results.jsonl`).length > 0);
    });
  },
);

for (const provider of ['fireworks', 'anthropic', 'chat']) {
  scenario(`${provider}: each row is billed once, one question more asks its rows alone.`, async (ws) => {
    await withSite(ws, provider, async ({ build }) => {
      const free = ['--set', 'pricing.input_per_million=0', '--set', 'pricing.output_per_million=0'];
      const more = provider === 'chat' ? [...free, '--set', 'pricing.batch_discount=0'] : [];
      if (provider === 'chat') {
        const { outcome } = await build(free, 2);
        assert.match(
          outcome.stdout + outcome.stderr,
          'pricing.batch_discount: must be 0',
          'calls have no discount',
        );
      }
      assert.is((await build(more)).billed, everything);
      const cap = await build([...more, '--set', 'datasets.open_book.max_items=11']);
      assert.is(cap.billed, 4 * 2);
    });
  });
}

scenario('The key of a provider is in no file of the workspace.', async (ws) => {
  await withSite(ws, 'openai', async ({ build }) => {
    await build();
    const found = await import('node:child_process').then(({ spawnSync }) =>
      spawnSync('grep', ['-rl', '--exclude-dir=node_modules', env.PROVIDER_API_KEY, ws.root], {
        encoding: 'utf8',
      }),
    );
    assert.is(found.stdout, '');
  });
});

runScenarios();
