// The figures: the same bytes every time, words for those who cannot see, hostile names, what is off is absent.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { costPlane } from 'evalkit/figures/cost-plane';
import { costBars } from 'evalkit/figures/costs';
import { effects } from 'evalkit/figures/effects';
import type { Figure } from 'evalkit/figures/figure';
import { shortName, shortNames } from 'evalkit/figures/label';
import { power } from 'evalkit/figures/power';
import { draw } from 'evalkit/figures/renderer';
import { riskByThreshold } from 'evalkit/figures/risk-by-threshold';
import { selectiveRisk } from 'evalkit/figures/selective-risk';
import { textWidth } from 'evalkit/figures/text-width';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as results from './figures-results.ts';

const phase = fileURLToPath(new URL('../../../packages/evalkit/dist/phases/figures.cjs', import.meta.url));
const test = suite('figures');
let folder = '';
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'figures-'));
});
test.after(() => rmSync(folder, { recursive: true, force: true }));

const ALWAYS = ['effects', 'discordance', 'selective-risk'];
const ALL = [...ALWAYS, 'risk-by-threshold', 'power', 'cost-plane', 'acceptability', 'costs'];
const FLAGS = ['unsupported-sensitivity', 'power-analysis', 'cost-effectiveness'];

interface Entry {
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  readonly alt: string;
  readonly svg: string;
  readonly spec: string;
  readonly sources: readonly string[];
}

/** Runs the phase on results of these treatments; returns the entries of figures.json. */
function run(
  out: string,
  treatments: readonly string[],
  optional: readonly string[] = FLAGS,
): readonly Entry[] {
  const documents = results.documents(treatments);
  const words = ['evalkit', 'figures', '--out-dir', join(folder, out)];
  for (const [name, document] of Object.entries(documents)) {
    if (!['significance', 'costs', ...optional].includes(name)) continue;
    const path = join(folder, `${name}.json`);
    writeFileSync(path, JSON.stringify(document));
    words.push(`--${name}`, path);
  }
  const { status, stderr } = spawnSync(process.execPath, [phase, ...words.slice(1)], { encoding: 'utf8' });
  assert.is(status, 0, stderr);
  const list = JSON.parse(readFileSync(join(folder, out, 'figures.json'), 'utf8')) as { figures: Entry[] };
  assert.is(stderr, `figures: ${list.figures.length} figures\n`, 'no warning of Vega');
  return list.figures;
}

const bytes = (out: string): readonly string[] =>
  readdirSync(join(folder, out)).map((name) => `${name}\n${readFileSync(join(folder, out, name), 'utf8')}`);

test('two runs write the same bytes; each figure has words, a picture and a spec', () => {
  const entries = run('one', ['careful', 'strict']);
  run('two', ['careful', 'strict']);
  assert.equal(bytes('one'), bytes('two'));
  assert.equal(
    entries.map(({ name }) => name),
    ALL,
  );
  for (const entry of entries) {
    assert.equal(Object.keys(entry), ['name', 'title', 'caption', 'alt', 'svg', 'spec', 'sources']);
    assert.ok(entry.title && entry.caption && entry.alt && entry.sources.length > 0, entry.name);
    const svg = readFileSync(join(folder, 'one', entry.svg), 'utf8');
    assert.match(
      svg,
      /^<svg [^>]*role="img"[^>]*><title id="[^"]+">[^<]+<\/title><desc id="[^"]+">[^<]+<\/desc>/,
    );
    assert.match(svg, 'var(--fig-ink, #222)');
    assert.not.match(svg, /="#(222|ddd)(222|ddd)?"(?! ?(?:>|class))|NaN|undefined|Infinity|null/, entry.name);
    const spec = JSON.parse(readFileSync(join(folder, 'one', entry.spec), 'utf8'));
    assert.match(spec.$schema, /vega-lite\/v6/);
  }
});

test('a figure whose analysis is off is absent, and what an earlier run left of it is removed', () => {
  cpSync(join(folder, 'one'), join(folder, 'off'), { recursive: true });
  writeFileSync(join(folder, 'off', 'mine.svg'), 'not of this phase');
  const entries = run('off', ['careful'], []);
  assert.equal(
    entries.map(({ name }) => name),
    [...ALWAYS, 'costs'],
  );
  const left = [...ALWAYS, 'costs'].flatMap((name) => [`${name}.svg`, `${name}.vl.json`]);
  assert.equal(readdirSync(join(folder, 'off')).sort(), [...left, 'figures.json', 'mine.svg'].sort());
});

test('risk is drawn by threshold, from all that is answered on, and the control once', () => {
  const { significance } = results.documents(['careful', 'strict']);
  const { spec } = selectiveRisk(significance) as Figure;
  const [panel] = spec['vconcat'] as [{ data: { values: readonly object[] } }];
  const [control, careful] = panel.data.values;
  assert.equal(control, { condition: 'control', threshold: 0, answered: 90, wrong: 40 });
  assert.equal(careful, { condition: 'careful', threshold: 0, answered: 70, wrong: 30 });
  assert.is(panel.data.values.length, 3 * 3);
  assert.ok(panel.data.values.some((point) => 'wrong' in point && point.wrong === null));
});

test('hostile names are shortened and escaped, and still differ', () => {
  const long = 'x'.repeat(300);
  const hostile = [
    '<script>alert(1)</script>',
    `"'&]]>--> fill="#222222"`,
    `${long}1${long}`,
    `${long}2${long}`,
  ];
  hostile.push('a\u0000\u001b[31m\n\u202e\u2066\ud800 id="clip1"', '\u05de\u05d5\u05d3\u05dc');
  const entries = run('hostile', hostile);
  assert.equal(
    entries.map(({ name }) => name),
    ALL,
  );
  for (const { svg, alt } of entries) {
    const text = readFileSync(join(folder, 'hostile', svg), 'utf8');
    assert.not.match(text, /<script|\u0000|\u001b|\u202e|\u2066|x{40}/, svg);
    assert.not.match(text, '\uFFFD');
    assert.not.match(alt, /x{40}/);
    // Every tag is one of ours, and every attribute is quoted.
    const tags = new Set(Array.from(text.matchAll(/<([^\s/>]+)/g), ([, tag]) => tag));
    for (const tag of tags)
      assert.ok(
        ['svg', 'title', 'desc', 'style', 'g', 'path', 'text', 'line', 'tspan'].includes(tag ?? ''),
        `${tag} in ${svg}`,
      );
  }
  const costs = readFileSync(join(folder, 'hostile', 'costs.svg'), 'utf8');
  assert.match(costs, '&lt;script&gt;alert(1)&lt;/script&gt;');
  assert.match(costs, 'xxxxxxxxx (2)');
  assert.match(costs, '\u2068\u05de\u05d5\u05d3\u05dc\u2069');
});

test('a label is short, printable and one line', () => {
  assert.is(shortName('a\tb\n\u0007c'), 'a b c');
  assert.is(shortName(''), '(no name)');
  assert.is(shortName('0123456789', 7), '0123…89');
  assert.is(shortName('\ud83d\udc69\u200d\ud83d\udd2c'.repeat(40)).includes('\ud83d\ud83d'), false);
  assert.equal([...shortNames(['a', 'a ', 'b']).values()], ['a', 'a (2)', 'b']);
  assert.ok(textWidth('mmmm', 11) > textWidth('iiii', 11));
});

test('results without data draw nothing; what is missing of one leaves the rest', async () => {
  const { significance, costs, ...optional } = results.documents(['careful']);
  assert.is(effects({ ...significance, results: {} }), null);
  assert.is(costBars({ ...costs, by_condition: {} }), null);
  assert.is(riskByThreshold({ ...optional['unsupported-sensitivity'], results: {} }), null);
  assert.is(power({ ...optional['power-analysis'], endpoints: [] }), null);
  assert.is(costPlane({ ...optional['cost-effectiveness'], results: {} }), null);
  const noInterval = structuredClone(significance);
  const metrics = results.metricsOf(noInterval.results, 'careful');
  Object.assign(metrics.em ?? {}, { ci: null });
  Object.assign(metrics.f1 ?? {}, { delta: null });
  const figure = effects(noInterval);
  if (figure === null) throw new Error('nothing drawn');
  const { svg, warnings } = await draw(figure);
  assert.equal(warnings, []);
  assert.match(svg, '+5.0 (no interval), n = 120');
  assert.not.match(svg, 'Token F1');
});

test('the words of a figure say what the numbers say', () => {
  const { significance, costs, ...optional } = results.documents(['careful']);
  assert.match(
    effects(significance)?.alt ?? '',
    'careful: −12.5 percentage points [−20.0, −5.0], n = 40, better',
  );
  assert.match(costBars(costs)?.alt ?? '', 'careful: 160 answers, 12,300 tokens, 0.0420 USD');
  assert.match(
    riskByThreshold(optional['unsupported-sensitivity'])?.alt ?? '',
    'wrong: at 0.6 from inconclusive to better',
  );
  assert.match(power(optional['power-analysis'])?.alt ?? '', 'temperature 0.0: 13.2 pp at n = 40');
  assert.match(
    costPlane(optional['cost-effectiveness'])?.alt ?? '',
    'careful: better and dearer (+5.0 percentage points, 0.000200 USD an answer)',
  );
  const free = costBars({ ...costs, usd: 0, by_condition: { a: { ...costs, usd: 0 } } });
  assert.not.match(JSON.stringify(free?.spec), 'Money');
});

test.run();
