// The five statistics phases as commands: files in and out, equal bytes on every run, and located errors.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const phases = fileURLToPath(new URL('../../../packages/evalkit/dist/phases/', import.meta.url));
const columns =
  'item_id,dataset,cluster,type,condition,temp,samples,em,em_sd,f1,f1_sd,abstained,unanswerable,false_answer,support,unsupported,prompt_tokens,completion_tokens,usd';
const config = {
  conditions: ['control', 'careful', 'strict'],
  stats: {
    alpha: 0.05,
    random_seed: 7,
    bootstrap_samples: 300,
    permutation_samples: 300,
    non_inferiority_margin: 0.05,
    risk_thresholds: [0.5],
    primary: { metric: 'false_answer', type: 'open', temp: 0 },
  },
  unsupported_sensitivity: { thresholds: [0.5, 0, 1], policies: ['excluded', 'wrong'] },
  mixed_effects: { quadrature_points: 15 },
  power_analysis: { power: 0.8, target_effects: [0.1], sample_sizes: [50], samples_per_item: [1, 3] },
  cost_effectiveness: { metric: 'em', lambdas: [0, 0.001] },
};
const names = ['stats', 'unsupported-sensitivity', 'mixed-effects', 'power-analysis', 'cost-effectiveness'];

/** Rows of 24 open-book items in 8 passages (a third unanswerable) under three conditions and two temperatures. */
function scoreLines(): string[] {
  const lines: string[] = [];
  for (const [t, temp] of ['0.0', '0.7'].entries()) {
    for (const [c, condition] of config.conditions.entries()) {
      for (let i = 0; i < 24; i += 1) {
        const samples = t === 0 ? 1 : 2;
        const hard = i % 3 === 2;
        const abstained = Number((i * 5 + c * 4 + t) % 7 < 1 + 2 * c);
        const right = hard ? abstained : Number(!abstained && (i * 3 + c) % 4 > 0);
        const sd = samples > 1 ? '0' : '';
        const cells = [
          `q${i}`,
          'wiki',
          `p${Math.floor(i / 3)}`,
          'open',
          condition,
          temp,
          samples,
          right,
          sd,
          right,
          sd,
        ];
        cells.push(abstained, Number(hard), hard ? 1 - abstained : '', (i % 10) / 10, Number(i % 10 < 5));
        lines.push([...cells, 100, 10, 0.0001 * (c + 1) * samples].join(','));
      }
    }
  }
  return lines;
}

interface Context {
  dir: string;
}

const test = suite<Context>('phases');
test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), 'evalkit-stats-'));
  mkdirSync(join(context.dir, 'in'));
});
test.after.each((context) => rmSync(context.dir, { recursive: true, force: true }));

/** Runs a phase in the folder; the inputs are in/config.json and in/scores.csv unless given. */
function run(dir: string, name: string, given: { config?: object; scores?: string; out?: string } = {}) {
  writeFileSync(join(dir, 'in/config.json'), JSON.stringify(given.config ?? config));
  writeFileSync(join(dir, 'in/scores.csv'), given.scores ?? `${[columns, ...scoreLines()].join('\n')}\n`);
  const out = given.out ?? `out/${name}.json`;
  const args = [
    join(phases, `${name}.js`),
    name,
    '--config',
    'in/config.json',
    '--scores',
    'in/scores.csv',
    '--out',
    out,
  ];
  const done = spawnSync(process.execPath, args, { cwd: dir, encoding: 'utf8' });
  return { code: done.status, error: done.stderr, out: join(dir, out) };
}

for (const name of names) {
  test(`${name}: writes its document, byte for byte the same for any order of rows`, ({ dir }) => {
    const first = run(dir, name);
    assert.is(first.code, 0, first.error);
    const text = readFileSync(first.out, 'utf8');
    assert.is(JSON.parse(text).schema_version, 2);
    assert.ok(text.endsWith('}\n'));
    const turned = `${[columns, ...scoreLines().reverse()].join('\n')}\n`;
    const second = run(dir, name, { scores: turned, out: 'other/place.json' });
    assert.is(readFileSync(second.out, 'utf8'), text);
    assert.not.match(text, /NaN|Infinity|undefined/);
  });
}

test('stats: the primary endpoint stands first, with every treatment', ({ dir }) => {
  const found = JSON.parse(readFileSync(run(dir, 'stats').out, 'utf8'));
  assert.equal(Object.keys(found).slice(0, 2), ['schema_version', 'primary']);
  assert.equal(
    found.primary.results.map((result: { treatment: string }) => result.treatment),
    ['careful', 'strict'],
  );
  assert.is(found.primary.temp, '0.0');
  assert.equal(Object.keys(found.results), ['0.0', '0.7']);
  assert.is(found.results['0.7'].open.strict.metrics.em.kind, 'mean');
});

test('the seed moves only what is random', ({ dir }) => {
  const one = JSON.parse(readFileSync(run(dir, 'stats').out, 'utf8'));
  const other = { ...config, stats: { ...config.stats, random_seed: 8 } };
  const two = JSON.parse(readFileSync(run(dir, 'stats', { config: other }).out, 'utf8'));
  const [left, right] = [one, two].map((found) => found.results['0.7'].open.strict.metrics.f1);
  assert.is.not(JSON.stringify(left.intervals.bca), JSON.stringify(right.intervals.bca));
  assert.equal(left.intervals.cluster_t, right.intervals.cluster_t);
});

test('wrong rows are all named, with file, line and column', ({ dir }) => {
  const lines = scoreLines();
  const edit = (at: number, column: number, text: string) => {
    const cells = (lines[at] ?? '').split(',');
    cells[column] = text;
    lines[at] = cells.join(',');
  };
  edit(0, 7, '1.5');
  edit(2, 3, 'ajar');
  edit(3, 5, 'warm');
  edit(4, 6, '0');
  edit(80, 7, '0.3');
  edit(81, 12, '0.5');
  lines.push(lines[10] ?? '');
  const found = run(dir, 'stats', { scores: `${[columns, ...lines].join('\n')}\n` });
  assert.is(found.code, 1);
  assert.match(found.error, /in\/scores\.csv:2: em: expected a number from 0 to 1, found "1\.5"/);
  assert.match(found.error, /scores\.csv:4: type: expected open or closed, found "ajar"/);
  assert.match(found.error, /scores\.csv:5: temp: expected a number, found "warm"/);
  assert.match(found.error, /scores\.csv:6: samples: expected a whole number from 1 up, found "0"/);
  assert.match(found.error, /scores\.csv:82: em: expected a multiple of 1\/2/);
  assert.match(
    found.error,
    /scores\.csv:146: a second row for item q10, .*the first is at in\/scores\.csv:12/,
  );
});

test('a missing column, an empty file, a missing file', ({ dir }) => {
  assert.match(
    run(dir, 'stats', { scores: 'item_id,dataset\n' }).error,
    /scores\.csv:1: missing columns cluster, type/,
  );
  const headerOnly = run(dir, 'mixed-effects', { scores: `${columns}\n` });
  assert.is(headerOnly.code, 1);
  assert.match(headerOnly.error, /no row of the control control .*no rows at all/);
});

test('configuration errors name the dotted key, and the control must have scores', ({ dir }) => {
  const changed = (key: string, value: unknown) => ({ ...config, stats: { ...config.stats, [key]: value } });
  const errors: [string, object, RegExp][] = [
    [
      'stats',
      changed('alpha', 0.7),
      /config\.json: stats\.alpha: expected a number above 0 and below 0\.5, found 0\.7/,
    ],
    [
      'stats',
      changed('bootstrap_samples', 10),
      /stats\.bootstrap_samples: expected a whole number from 100 to/,
    ],
    [
      'stats',
      changed('primary', { metric: 'em', type: 'closed', temp: 0 }),
      /stats\.primary\.type: .*\(open\)/,
    ],
    [
      'stats',
      changed('primary', { metric: 'em', type: 'open', temp: 0.3 }),
      /stats\.primary\.temp: .*\(0\.0, 0\.7\)/,
    ],
    ['stats', changed('primary', { metric: 'unsupported', type: 'closed', temp: 0 }), /em, f1 or abstained/],
    [
      'stats',
      { ...config, conditions: ['control'] },
      /conditions: expected the control and at least one treatment/,
    ],
    [
      'stats',
      { ...config, conditions: ['a', 'b'] },
      /no row of the control a .*only careful, control, strict/,
    ],
    ['stats', { ...config, conditions: ['control', 'strict', 'strict'] }, /every condition once/],
    [
      'mixed-effects',
      { ...config, mixed_effects: { quadrature_points: 1 } },
      /quadrature_points: .*15 to 101/,
    ],
    ['power-analysis', { ...config, power_analysis: {} }, /power_analysis\.power: .*it is missing/],
    [
      'unsupported-sensitivity',
      { ...config, unsupported_sensitivity: { thresholds: [0], policies: ['maybe'] } },
      /policies: expected each at most once of wrong, right, excluded/,
    ],
    [
      'cost-effectiveness',
      { ...config, cost_effectiveness: { metric: 'em', lambdas: [-1] } },
      /lambdas\[0\]: .*from 0 up/,
    ],
  ];
  for (const [name, wrong, message] of errors) {
    const found = run(dir, name, { config: wrong });
    assert.is(found.code, 1, name);
    assert.match(found.error, message);
  }
});

test('a treatment without scores and a condition that is not configured are noted', ({ dir }) => {
  const found = run(dir, 'stats', { config: { ...config, conditions: ['control', 'strict', 'absent'] } });
  assert.is(found.code, 0, found.error);
  const document = JSON.parse(readFileSync(found.out, 'utf8'));
  assert.match(
    document.notes.join('\n'),
    /treatment absent has no scores\ncondition careful is in the scores and not/,
  );
  assert.is(document.results['0.0'].open.absent.metrics.em.verdict, 'no data');
});

test('wrong flags are usage errors', ({ dir }) => {
  const done = spawnSync(process.execPath, [join(phases, 'stats.js'), 'stats', '--scores', 'x'], {
    cwd: dir,
    encoding: 'utf8',
  });
  assert.is(done.status, 2);
  assert.match(done.stderr, /--config FILE is required/);
});

test.run();
