// The page of a build report: texts of data never become markup, its policy names what is in it, its data is the report.
import { createHash } from 'node:crypto';
import type { BuildReport } from '@evalmake/core/build-report/model';
import { familyBody } from 'evalmake/dist/page/family.js';
import { historyOf } from 'evalmake/dist/page/history.js';
import { textOf as markupOf } from 'evalmake/dist/page/html.js';
import { renderPage } from 'evalmake/dist/page/page.js';
import { taskBody } from 'evalmake/dist/page/task.js';
import { timelineOf } from 'evalmake/dist/page/timeline.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { corpus, hostile } from './doubles/hostile-report.ts';
import { sizes, studyReport } from './doubles/report-models.ts';
import { attribute, dataOf, type Element, elementsOf, textOf } from './page-markup.ts';

const small = { models: 2, datasets: 1, shards: 14 } as const;
const kinds = ['fresh', 'stale', 'failed', 'never-built'] as const;

const pages = new Map<keyof typeof sizes, Promise<string>>();

/** The page of a study of this size, rendered once. */
function pageOf(name: keyof typeof sizes): Promise<string> {
  const page = pages.get(name) ?? renderPage(studyReport(sizes[name]));
  pages.set(name, page);
  return page;
}

/** Everything that our own code writes. */
const known = new Set(
  `html head meta title link style body header nav main section footer div span p a b bdi small strong code pre kbd h1 h2 h3 ul ol li dl dt
  dd table caption thead tbody tr th td del ins details summary button label input select option dialog form noscript br script
  svg g path rect circle text tspan defs marker`.split(/\s+/),
);
const attributes =
  /^(?:lang|charset|content|http-equiv|name|rel|href|id|class|type|title|role|tabindex|scope|aria-[a-z]+|data-[a-z]+|hidden|open|selected|value|method|placeholder|autocomplete|spellcheck|width|height|viewBox|preserveAspectRatio|x|y|r|cx|cy|rx|d|transform|orient|refX|refY|markerWidth|markerHeight|marker-end)$/;

/** Nothing but what our code writes, and no address that leads out. */
function expectTame(elements: readonly Element[]): void {
  for (const element of elements) {
    assert.ok(known.has(element.tagName), `element ${element.tagName}`);
    for (const { name, value } of element.attrs) {
      assert.ok(attributes.test(name), `attribute ${name} of ${element.tagName}`);
      if (name === 'href') assert.match(value, /^(?:#[\w-]+$|data:image\/svg\+xml,)/);
      if (name === 'type') assert.match(value, /^(?:button|search|checkbox|application\/[\w-]+)$/);
    }
  }
}

function policyOf(elements: readonly Element[]): string {
  const meta = elements.find((one) => attribute(one, 'http-equiv') === 'Content-Security-Policy');
  return attribute(meta as Element, 'content') ?? '';
}

const digestOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

test('hostile texts in every place of the model stay text, and the data comes back equal', async () => {
  for (const [at, kind] of kinds.entries()) {
    const report = hostile(studyReport({ ...small, kind }), at * 5);
    const page = await renderPage(report);
    const elements = elementsOf(page);
    expectTame(elements);
    assert.is(elements.filter(({ tagName }) => tagName === 'script').length, 2);
    assert.equal(dataOf(elements), report);
    assert.not.match(
      page,
      /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe]/,
    );
  }
});

test('hostile texts in a report whose data is packed', async () => {
  const report = hostile(studyReport({ ...small, models: 4, kind: 'stale' }));
  const elements = elementsOf(await renderPage(report));
  const data = elements.find((one) => attribute(one, 'id') === 'data') as Element;
  assert.is(attribute(data, 'type'), 'application/octet-stream');
  assert.equal(dataOf(elements), report);
});

test('what the script fills in is written by the same code, and is as tame', () => {
  for (const [at, kind] of kinds.entries()) {
    const report = hostile(studyReport({ ...small, kind }), at * 3 + 1);
    const history = historyOf(report.runs);
    for (const index of report.tasks.keys())
      expectTame(elementsOf(markupOf(taskBody(report, index, history)), 'piece'));
    for (const index of report.families.keys())
      expectTame(elementsOf(markupOf(familyBody(report, index, { lines: 20, bodies: false })), 'piece'));
    for (const run of report.runs) expectTame(elementsOf(markupOf(timelineOf(run)), 'piece'));
  }
});

test('each text of the corpus as the name of everything', async () => {
  const base = studyReport({ models: 1, datasets: 1, shards: 2, kind: 'failed' });
  for (const text of [...corpus, '']) {
    const all = JSON.parse(
      JSON.stringify(base, (key, value) =>
        ['id', 'task', 'name', 'text', 'path', 'pipeline'].includes(key) ? text : value,
      ),
    ) as BuildReport;
    const elements = elementsOf(await renderPage(all));
    expectTame(elements);
    assert.equal(dataOf(elements), all);
  }
});

test('the policy names the one style and the one script by digest, and allows nothing else', async () => {
  const page = await pageOf('stale');
  const elements = elementsOf(page);
  const [, script] = elements.filter(({ tagName }) => tagName === 'script');
  const style = elements.find(({ tagName }) => tagName === 'style');
  assert.is(
    policyOf(elements),
    [
      `default-src 'none'; style-src ${digestOf(textOf(style as Element))}; script-src ${digestOf(textOf(script as Element))}`,
      "img-src data:; base-uri 'none'; form-action 'none'",
    ].join('; '),
  );
  const outside = page.match(/\b[a-z][a-z+.-]*:\/\/[^\s"'<)&]*/gi) ?? [];
  assert.equal([...new Set(outside)], ['http://www.w3.org/2000/svg']);
});

test('the same report gives the same bytes', async () => {
  for (const kind of kinds) {
    const report = studyReport({ ...small, kind });
    const page = await renderPage(report);
    assert.is(await renderPage(JSON.parse(JSON.stringify(report)) as BuildReport), page);
  }
});

/** The sections with their headings. */
function headings(elements: readonly Element[]): string[] {
  return elements.filter(({ tagName }) => tagName === 'h2').map((one) => textOf(one));
}

const title = (elements: readonly Element[]): string =>
  textOf(elements.find(({ tagName }) => tagName === 'title') as Element);

test('the title begins with the state, and the sections come in their order', async () => {
  const titles: Record<string, string> = {};
  for (const name of ['fresh', 'stale', 'failed', 'neverBuilt'] as const) {
    const elements = elementsOf(await pageOf(name));
    titles[name] = title(elements);
    const order = headings(elements).map((text) => text.replace(/,.*/, ''));
    const first = name === 'fresh' ? 'Fresh' : 'Why it is not fresh';
    const rest =
      'What a build would do|Graph|Timeline|Runs|Failures and checks|Costs|Targets|Artifacts|Config|Keys';
    assert.equal(order, [first, ...rest.split('|')]);
  }
  assert.equal(titles, {
    fresh: 'fresh · judge-study',
    stale: 'stale 11 · judge-study',
    failed: 'failed 1 · judge-study',
    neverBuilt: 'never built · judge-study',
  });
});

test('what is empty says so in a sentence, with what to type', async () => {
  const report = studyReport(sizes.neverBuilt);
  const page = textOf(elementsOf(await pageOf('neverBuilt'))[0] as Element);
  assert.match(page, 'Nothing has been built yet. 189 tasks are defined: evalmake build');
  assert.match(page, 'No build is known yet: evalmake build');
  const { summary, ...rest } = report;
  const none = {
    ...summary,
    tasks: 0,
    verdicts: {},
    forecast: { run: 0, maybe: 0, keep: 0, jobs: 1, unknown: 0 },
  };
  const { money: _, ...free } = none;
  const empty = { ...rest, summary: free, causes: [], targets: [], families: [], tasks: [], costs: [] };
  const bare = await renderPage({ ...empty, edges: { targets: [], families: [] }, config: { keys: [] } });
  expectTame(elementsOf(bare));
  assert.match(bare, 'No target is defined yet');
  assert.match(bare, 'The pipeline has no config.');
  assert.match(bare, 'No target is paid');
});

test('1,000 shards are one box with its bar, and one grid', async () => {
  const page = await pageOf('thousandShards');
  assert.match(page, '150/1000');
  const elements = elementsOf(page);
  assert.is(elements.filter((one) => attribute(one, 'class')?.startsWith('box')).length, 12);
  const bar = elements.filter((one) => attribute(one, 'class') === 'f-recheck' && one.tagName === 'rect');
  assert.ok(Number(attribute(bar[0] as Element, 'width')) >= 2, 'one of 1,000 can be seen');
  assert.match(page, 'aria-label="The 1000 tasks of score@m0,ds0 in order: 150 to run, 850 fresh"');
});

test('10,000 tasks: few boxes, said what is folded and what is left out, and below 2 MB', async () => {
  const page = await pageOf('tenThousand');
  assert.ok(page.length <= 2_000_000, `${page.length} bytes`);
  assert.match(page, 'The 327 families are folded into their targets');
  assert.match(page, 'what builds before run 41 did with each task');
  assert.is(page.match(/class="box /g)?.length, 12);
});

test('200 tasks stay below 400 kB', async () => {
  for (const name of ['fresh', 'stale', 'failed'] as const)
    assert.ok((await pageOf(name)).length <= 400_000, name);
});

test.run();
