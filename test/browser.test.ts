// The two HTML reports in a real browser: no request, no complaint, no barrier (axe), and what the script of the page does.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BuildReport } from '@evalmake/core/build-report/model';
import { type Browser, chromium, type Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

interface Study {
  readonly kind: string;
  readonly models: number;
  readonly datasets: number;
  readonly shards: number;
}

/** Modules of other test projects, where the compiler puts them. */
const load = async (path: string): Promise<unknown> => import(new URL(path, import.meta.url).href);
const { studyReport } = (await load('../cli/doubles/report-models.js')) as {
  studyReport: (size: Study) => BuildReport;
};
const { hostile } = (await load('../cli/doubles/hostile-report.js')) as {
  hostile: (report: BuildReport) => BuildReport;
};
const { renderPage } = (await load('../../../packages/cli/dist/page/page.js')) as {
  renderPage: (report: BuildReport) => Promise<string>;
};

const places = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
// One that is named is the only one: what lies elsewhere may still be on its way there.
const named = process.env.EVALMAKE_CHROMIUM;
const candidates = named === undefined ? places.map((name) => `/usr/bin/${name}`) : [named];
const found = candidates.find((path) => existsSync(path));
const folder = mkdtempSync(join(tmpdir(), 'evalmake-browser-'));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let browser: Browser | undefined;

test.after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

interface View {
  readonly scheme: 'light' | 'dark';
  readonly width: number;
}

const views: readonly View[] = [
  { scheme: 'light', width: 1280 },
  { scheme: 'dark', width: 390 },
];

/** Opens a file and hears all that the browser asks for and complains of. */
async function open(file: string, { scheme, width }: View): Promise<{ page: Page; heard: string[] }> {
  const page = await (browser as Browser).newPage({ viewport: { width, height: 900 }, colorScheme: scheme });
  const heard: string[] = [];
  const address = pathToFileURL(file).href;
  page.on('console', (message) => heard.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => heard.push(error.message));
  page.on('request', (request) => {
    if (request.url() !== address && !request.url().startsWith('data:')) heard.push(request.url());
  });
  await page.goto(address);
  return { page, heard };
}

/** What axe finds, each as a rule and the first place. */
async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate<string[]>(
    'axe.run().then(({ violations }) => violations.map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 200)}`))',
  );
}

async function expectNoBarrier(page: Page, heard: readonly string[]): Promise<void> {
  const sideways = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
  assert.ok(sideways <= 0, `the page scrolls sideways by ${sideways}`);
  assert.equal(await barriers(page), []);
  assert.equal(heard, []);
}

const text = (page: Page, expression: string): Promise<string> =>
  page.evaluate<string>(`String(${expression})`);
const shown = "[...document.querySelectorAll('.family')].filter((line) => line.checkVisibility()).length";

async function write(name: string, report: BuildReport): Promise<string> {
  const file = join(folder, `${name}.html`);
  writeFileSync(file, await renderPage(report));
  return file;
}

async function opened(file: string, view: View): Promise<{ page: Page; heard: string[] }> {
  const one = await open(file, view);
  await one.page.waitForSelector('html[data-ready]', { state: 'attached' });
  return one;
}

async function searchAndFilter(page: Page): Promise<void> {
  await page.keyboard.press('/');
  await page.keyboard.type('score@m1');
  assert.is(await text(page, shown), '2');
  assert.match(await text(page, 'location.hash'), 'q=score');
  await page.fill('#find', '');
  await page.selectOption('#state', 'run');
  assert.is(await text(page, shown), '1');
  await page.selectOption('#state', '');
  await page.selectOption('#order', 'cost');
  assert.match(await text(page, "document.querySelector('.family .name').textContent"), 'submit@');
}

async function zoomAndLevels(page: Page): Promise<void> {
  const width = async (): Promise<number> =>
    Number(await text(page, "document.querySelector('.view:not([hidden]) svg').clientWidth"));
  const before = await width();
  await page.click('[data-zoom="in"]');
  assert.ok((await width()) > before * 1.2);
  await page.click('[data-level="families"]');
  assert.is(await text(page, "document.querySelector('#level-targets').hidden"), 'true');
  const boxes =
    "[...document.querySelectorAll('#level-families .box')].filter((box) => !box.matches('.away')).length";
  const all = Number(await text(page, boxes));
  await page.check('#only-open');
  assert.ok(Number(await text(page, boxes)) < all);
  await page.focus('#level-families .box:not(.away)');
  assert.is(
    await text(page, "document.querySelectorAll('#level-families.lit, #level-families .lit').length"),
    '1',
  );
}

async function keysAndPlaces(page: Page): Promise<void> {
  await page.evaluate('document.activeElement.blur()');
  await page.keyboard.press('j');
  assert.match(await text(page, "document.activeElement.closest('details').className"), 'open-work');
  await page.keyboard.press('?');
  assert.is(await text(page, "document.querySelector('#keys').open"), 'true');
  await page.keyboard.press('Escape');
  assert.is(await text(page, "document.querySelector('#keys').open"), 'false');
  await page.evaluate("location.hash = '%E0%A4%A'"); // no text at all, and no matter
  await page.evaluate("location.hash = 't-80'");
  await page.waitForSelector('#t-80[open] .body table', { state: 'attached' });
  await page.selectOption('#timeline-run', '38');
  assert.is(await text(page, "document.querySelector('#timeline-title').textContent"), 'Timeline, run 38');
  await page.selectOption('#compare-from', '36');
  assert.match(await text(page, "document.querySelector('#compared').textContent"), 'content changed');
}

async function buildReports(): Promise<void> {
  const size = { models: 2, datasets: 2, shards: 4 };
  const stale = await write('stale', studyReport({ ...size, kind: 'stale' }));
  for (const view of views) {
    const { page, heard } = await opened(stale, view);
    if (view.width > 400) {
      await searchAndFilter(page);
      await zoomAndLevels(page);
      await keysAndPlaces(page);
    }
    await expectNoBarrier(page, heard);
    await page.close();
  }
  const failed = await write('failed', studyReport({ ...size, kind: 'failed' }));
  const { page, heard } = await opened(failed, { scheme: 'dark', width: 1280 });
  await expectNoBarrier(page, heard);
  assert.ok((await page.pdf()).length > 10_000);
  await page.close();
}

/** Without scripts the page says it all, and has no button that does nothing. */
async function withoutScripts(): Promise<void> {
  const file = await write('plain', studyReport({ kind: 'stale', models: 1, datasets: 1, shards: 2 }));
  const page = await (browser as Browser).newPage({ javaScriptEnabled: false });
  await page.goto(pathToFileURL(file).href);
  assert.is(await page.locator('button:visible, select:visible, input:visible').count(), 0);
  await page.locator('.family > summary').first().click();
  await page.locator('.family[open] .task > summary').first().click();
  assert.match((await page.locator('.task[open] .made').first().textContent()) ?? '', 'sha256');
  await page.close();
}

async function hostileReport(): Promise<void> {
  const file = await write(
    'hostile',
    hostile(studyReport({ kind: 'failed', models: 2, datasets: 1, shards: 4 })),
  );
  const { page, heard } = await opened(file, { scheme: 'light', width: 390 });
  await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
  await page.waitForSelector('.task[open] .body > *', { state: 'attached' });
  await expectNoBarrier(page, heard);
  assert.is(await text(page, "document.querySelectorAll('x-data, img, iframe').length"), '0');
  await page.close();
}

async function experimentReport(): Promise<void> {
  const { ReportWorkspace } = (await load('../evalkit/report-workspace.js')) as {
    ReportWorkspace: new () => {
      folder: string;
      report: (out: string) => { status: number | null; stderr: string };
    };
  };
  const space = new ReportWorkspace();
  try {
    const done = space.report('out/report');
    assert.is(done.status, 0, done.stderr);
    for (const view of views) {
      const { page, heard } = await open(join(space.folder, 'out/report.html'), view);
      await expectNoBarrier(page, heard);
      if (view.width > 400) assert.ok((await page.pdf()).length > 10_000);
      await page.close();
    }
  } finally {
    rmSync(space.folder, { recursive: true });
  }
}

if (found === undefined) {
  test('no browser is here, so nothing was opened', () => {
    console.log(`skipped: no Chromium among ${places.join(', ')}; EVALMAKE_CHROMIUM can name one`);
  });
} else {
  test.before(async () => {
    browser = await chromium.launch({ executablePath: found, args: ['--no-sandbox', '--disable-gpu'] });
  });
  test('the build report: no request, no barrier, and search, graph, keys and places work', buildReports);
  test('the build report without scripts', withoutScripts);
  test('a build report of hostile texts: nothing of it runs, also where the script fills in', hostileReport);
  test('the experiment report: no request, no barrier, and it prints', experimentReport);
}

test.run();
